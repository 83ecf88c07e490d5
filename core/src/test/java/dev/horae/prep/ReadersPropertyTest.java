package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.horae.data.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * For any damage to any text: each line is in exactly one row, or refused, or blank, and no value
 * differs from that of plain readers. {@code -Dhorae.inputs=1000000} tries more.
 */
class ReadersPropertyTest {

  private static final int INPUTS = Integer.getInteger("horae.inputs", 12_000);

  private static final List<String> COLUMNS = List.of("user", "item", "time", "note");
  private static final List<String> SEPARATORS = List.of(",", ";", "\t", "|", "::");
  private static final List<String> NOTES =
      List.of(
          "plain",
          "",
          "with, comma; and more",
          "line\nfeed",
          "two\n\nlines, \"quoted\"\r\n",
          "24\"",
          "\"",
          "\"Halfway",
          "\"Heroes\"",
          "C:\\",
          "say \\\"hi\\\"",
          "caf\u00e9 \ud83d\ude00",
          " ",
          "u1,i1,1400000001,x",
          "tab\there",
          "a|b::c",
          "\\",
          "\\\\",
          "it's",
          "1,5 m");
  private static final List<String> DAMAGE =
      List.of(
          "\"",
          "\"",
          "\"\"",
          "\\\"",
          ",",
          ";",
          "\t",
          "|",
          "::",
          "\n",
          "\n",
          "\r",
          "\r\n",
          "\0",
          "\\",
          "\u00FF",
          "\u00C3",
          "\u00EF\u00BB\u00BF",
          "\u00ED\u00A0\u0080",
          "\u00E9",
          " ",
          "'",
          "{",
          "}",
          "[",
          ":",
          "\\u12",
          "\\ud83d",
          "NaN",
          "e",
          "-",
          "\u00E2\u0080\u00A8",
          "\u00C2\u0085");

  /** In a quoted text a line ends with a line feed, whatever was in the file. */
  private static String lineEnds(String text) {
    return text.replace("\r\n", "\n");
  }

  private static final Pattern SWALLOWED = Pattern.compile("\nu[0-9]+.i[0-9]");

  private static final ObjectReader JSON =
      Json.MAPPER
          .reader()
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final LongAdder lines = new LongAdder();
  private final LongAdder inRows = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder passed = new LongAdder();
  private final LongAdder swallowed = new LongAdder();

  @Test
  void everyLineIsInOneRowOrRefused() {
    IntStream.range(0, INPUTS).parallel().forEach(seed -> new Input(seed).check());
    System.out.printf(
        "%d inputs: %d lines = %d in rows + %d refused + %d blank + headers; %d rows swallowed%n",
        INPUTS, lines.sum(), inRows.sum(), refused.sum(), passed.sum(), swallowed.sum());
    assertThat(inRows.sum()).isGreaterThan(refused.sum());
    assertThat(refused.sum()).isGreaterThan(INPUTS / 2);
    // Two marks in two neighbouring lines can make one quoted text of them: RFC 4180 reads it so.
    assertThat(swallowed.sum()).isLessThan(INPUTS / 500);
  }

  /** One text, drawn from its seed alone: both cores share the work, and each run is the same. */
  private final class Input {
    private final Random random;

    Input(int seed) {
      random = new Random(new SplittableRandom(seed).nextLong()); // neighbours begin alike
    }

    void check() {
      switch (random.nextInt(4)) {
        case 0 -> recBole();
        case 1 -> json();
        default -> delimited();
      }
    }

    private void delimited() {
      String separator = SEPARATORS.get(random.nextInt(SEPARATORS.size()));
      boolean rfc = separator.equals(",") || separator.equals(";") || random.nextBoolean();
      List<List<String>> rows = rows();
      StringBuilder text = new StringBuilder();
      for (List<String> row : rows) {
        text.append(
            row.stream()
                .map(field -> rfc ? quoted(field, separator) : unquoted(field, separator))
                .collect(Collectors.joining(separator, "", random.nextInt(9) > 0 ? "\n" : "\r\n")));
      }
      String header = String.join(separator, COLUMNS) + "\n";
      boolean damaged = random.nextInt(8) > 0;
      byte[] bytes =
          bytes(header, damaged ? damaged(text.toString(), header) : utf8(text.toString()));
      List<Reading.Entry> entries = Reading.csv(COLUMNS, PrepareOptions.Text.PLAIN, bytes);
      List<String> expected =
          new PlainReaders.Delimited(separator, true, COLUMNS, 3).read(PlainReaders.lines(bytes));
      compare(bytes, entries, expected, 1);
      for (Reading.Entry entry : entries) {
        if (entry.fields() != null && SWALLOWED.matcher(entry.fields().get(3).toString()).find()) {
          swallowed.increment();
        }
      }
      if (!damaged && rfc) {
        assertThat(entries.stream().map(Reading.Entry::fields).filter(row -> row != null))
            .isEqualTo(
                rows.stream()
                    .map(row -> row.stream().map(ReadersPropertyTest::lineEnds).toList())
                    .toList());
      }
    }

    private void recBole() {
      String header =
          COLUMNS.stream().map(name -> name + ":token").collect(Collectors.joining("\t"));
      List<List<String>> rows = rows();
      StringBuilder text = new StringBuilder();
      for (List<String> row : rows) {
        text.append(
            row.stream()
                .map(field -> unquoted(field, "\t"))
                .collect(Collectors.joining("\t", "", "\n")));
      }
      byte[] bytes = bytes(header + "\n", damaged(text.toString(), header + "\n"));
      List<String> names = List.of(header.split("\t"));
      List<String> expected =
          new PlainReaders.Delimited("\t", false, names, 3).read(PlainReaders.lines(bytes));
      compare(bytes, Reading.recBole(COLUMNS, bytes), expected, 1);
    }

    private void json() {
      boolean python = random.nextBoolean();
      StringBuilder text = new StringBuilder();
      for (List<String> row : rows()) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < COLUMNS.size(); i++) {
          pairs.add(literal(COLUMNS.get(i), python) + ": " + literal(row.get(i), python));
        }
        pairs.add(literal("price", python) + (python ? ": None" : ": [1.5, {\"a\": null}]"));
        text.append("{").append(String.join(", ", pairs)).append("}\n");
      }
      String first = "{\"user\": \"u0\", \"item\": \"i0\"}\n".repeat(2);
      byte[] bytes = bytes(first, damaged(text.toString(), first));
      List<String> plain = PlainReaders.lines(bytes);
      List<Reading.Entry> entries = Reading.jsonLines(COLUMNS, bytes);
      compare(bytes, entries, PlainReaders.jsonLines(plain, COLUMNS), 0);
      if (!python) {
        entries.forEach(entry -> compareWithJackson(plain.get((int) entry.line() - 1), entry));
      }
    }

    /** What Jackson reads is read, with the same texts. */
    private static void compareWithJackson(String line, Reading.Entry entry) {
      if (line == null || line.isBlank()) {
        return;
      }
      try {
        JsonNode object = JSON.readTree(line);
        if (object.isObject()) {
          assertThat(entry.fields()).as(line).isNotNull();
          for (int i = 0; i < COLUMNS.size(); i++) {
            JsonNode value = object.path(COLUMNS.get(i));
            if (value.isTextual() && !value.textValue().contains("\ud83d")) {
              assertThat(entry.fields().get(i)).as(line).isEqualTo(value.textValue());
            }
          }
        }
      } catch (JsonProcessingException e) {
        return; // ours reads Python's literals too, and refuses what the plain reader refuses
      }
    }

    /**
     * @param headers how many lines come before the first entry
     */
    private void compare(
        byte[] bytes, List<Reading.Entry> entries, List<String> expected, int headers) {
      List<String> said = new ArrayList<>();
      long next = 1 + headers;
      long all = PlainReaders.lines(bytes).size();
      for (int i = 0; i < entries.size(); i++) {
        Reading.Entry entry = entries.get(i);
        long end = i + 1 < entries.size() ? entries.get(i + 1).line() : all + 1;
        assertThat(entry.line()).as(() -> show(bytes)).isEqualTo(next);
        boolean row = entry.fields() != null;
        boolean blank = !row && entry.refusal().startsWith("pass: ");
        assertThat(row ? 1 : end - next).as(() -> show(bytes)).isEqualTo(1);
        inRows.add(row ? end - next : 0);
        passed.add(blank ? 1 : 0);
        refused.add(row || blank ? 0 : 1);
        next = end;
        said.add(entry.line() + ": " + (row ? entry.fields() : blank ? "passed" : "refused"));
      }
      assertThat(next).as(() -> show(bytes)).isEqualTo(all + 1);
      lines.add(all);
      assertThat(said).as(() -> show(bytes)).isEqualTo(expected);
    }

    private List<List<String>> rows() {
      List<List<String>> rows = new ArrayList<>();
      for (int i = 1 + random.nextInt(7); i > 0; i--) {
        rows.add(
            List.of(
                "u" + random.nextInt(30),
                "i" + random.nextInt(10),
                Integer.toString(1_400_000_000 + random.nextInt(1_000_000)),
                NOTES.get(random.nextInt(NOTES.size()))));
      }
      return rows;
    }

    private static String quoted(String field, String separator) {
      return field.contains("\"")
              || field.contains(separator)
              || field.contains("\n")
              || field.contains("\r")
          ? '"' + field.replace("\"", "\"\"") + '"'
          : field;
    }

    private static String unquoted(String field, String separator) {
      return field.replace(separator, " ").replace('\r', ' ').replace('\n', ' ');
    }

    private static String literal(String text, boolean python) {
      String escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
      escaped = escaped.replace("\t", "\\t");
      return python && !text.contains("'")
          ? "'" + escaped + "'"
          : '"' + escaped.replace("\"", "\\\"") + '"';
    }

    /** {@return the text, its characters being bytes, with up to four injuries} */
    private String damaged(String text, String header) {
      StringBuilder bytes = new StringBuilder(utf8(text));
      for (int change = random.nextInt(5); change > 0 && bytes.length() > 1; change--) {
        int at = random.nextInt(bytes.length());
        int end = Math.min(bytes.length(), at + 1 + random.nextInt(20));
        switch (random.nextInt(9)) {
          case 0 -> bytes.setLength(at);
          case 1 -> bytes.deleteCharAt(at);
          case 2 -> bytes.delete(at, end);
          case 3 -> bytes.insert(random.nextInt(bytes.length()), bytes.substring(at, end));
          case 4 -> bytes.setCharAt(at, (char) random.nextInt(256));
          case 5 -> bytes.insert(at, random.nextInt(500) == 0 ? "x".repeat(70_000) : header);
          default -> bytes.insert(at, DAMAGE.get(random.nextInt(DAMAGE.size())));
        }
      }
      return bytes.toString();
    }

    /** {@return a text whose characters are bytes} */
    private static String utf8(String text) {
      return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String header, String text) {
      return (header + text).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String show(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      return text.length() > 2000 ? text.substring(0, 2000) : text;
    }
  }
}
