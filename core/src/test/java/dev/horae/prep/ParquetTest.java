package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Item;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetTest {

  private static final PrepareOptions.Protocol REJECTING =
      new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.KEEP, 50, 1);

  @TempDir Path directory;

  private Path write(String name, String query) {
    Path file = directory.resolve(name);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      Files.createDirectories(file.getParent());
      statement.execute(
          "COPY (" + query + ") TO " + Sql.quote(file.toString()) + " (FORMAT parquet)");
    } catch (SQLException | IOException e) {
      throw new AssertionError(e);
    }
    return file;
  }

  /** {@return the ids of the items that SQL expressions give, each from a file of its own} */
  private List<String> items(String... expressions) {
    List<Path> files = new ArrayList<>();
    for (String expression : expressions) {
      files.add(
          write(
              "e" + files.size() + ".parquet",
              "SELECT 'u' AS \"user\", " + expression + " AS item"));
    }
    return ids(
        Prepared.run(
            new PrepareOptions.Sources(Format.PARQUET, files, List.of()), REJECTING, directory));
  }

  private static List<String> ids(Dataset dataset) {
    return Arrays.stream(dataset.histories().items())
        .mapToObj(item -> dataset.catalogue().item(item).id())
        .toList();
  }

  private void refused(String expression, String message) {
    Path events = write("e.parquet", "SELECT 'u' AS \"user\", " + expression + " AS item");
    assertThatThrownBy(() -> Prepared.events(Format.PARQUET, REJECTING, events))
        .isInstanceOf(DataException.class)
        .hasMessage(events + message);
  }

  @Test
  void aWholeNumberIsTheSameIdWhateverItsType() {
    assertThat(
            items(
                "3::TINYINT",
                "3::BIGINT",
                "3::UBIGINT",
                "3::HUGEINT",
                "3::FLOAT",
                "3::DOUBLE",
                "3.00::DECIMAL(9,2)",
                "3::DECIMAL(38,0)",
                "'3'",
                "'3'::BLOB",
                "' 3 '"))
        .containsOnly("3");
    assertThat(
            items(
                "-0.0::DOUBLE",
                "9007199254740991::DOUBLE",
                "18446744073709551615::UBIGINT",
                "12345678901234567890123456789012345678::DECIMAL(38,0)",
                "3.50::DECIMAL(9,2)",
                "1e-7::DOUBLE"))
        .containsExactly(
            "0",
            "9007199254740991",
            "18446744073709551615",
            "12345678901234567890123456789012345678",
            "3.5",
            "0.0000001");
  }

  @Test
  void otherTypesAreTexts() {
    assertThat(
            items(
                "'\\xC3\\xBC \\x5C'::BLOB",
                "UUID '123e4567-e89b-12d3-a456-426614174000'",
                "'b'::ENUM('a', 'b')",
                "DATE '2024-02-29'",
                "TIMESTAMP '2024-02-29 12:00:00'",
                "TIMESTAMPTZ '2024-02-29 12:00:00+02'",
                "'\"a\"'::JSON"))
        .containsExactly(
            "ü \\",
            "123e4567-e89b-12d3-a456-426614174000",
            "b",
            "2024-02-29",
            "2024-02-29 12:00:00",
            "2024-02-29 10:00:00+00",
            "a");
  }

  @Test
  void columnsThatHoldNoIdsAreRefused() {
    String repair =
        ", but prepare reads one item per row; write one row for each value or name another column"
            + " with ``column`` item=NAME";
    refused("['a', 'b']", ": column item holds many values in a row (VARCHAR[])" + repair);
    refused("{'id': 1}", ": column item holds many values in a row (STRUCT(id INTEGER))" + repair);
    refused(
        "MAP {'a': 1}",
        ": column item holds many values in a row (MAP(VARCHAR, INTEGER))" + repair);
    refused(
        "true",
        ": column item is of type BOOLEAN, which holds no ids; name another column with ``column``"
            + " item=NAME");
    refused(
        "'a', true AS time, 1",
        ": column time is of type BOOLEAN, which holds no times; name another column with"
            + " ``column`` time=NAME");
  }

  @Test
  void valuesThatAreNoIdsAreRejectedWithTheirRow() throws IOException {
    Path events =
        write(
            "e.parquet",
            "SELECT * FROM (VALUES (1.0::DOUBLE, 'a'::BLOB), ('nan', 'b'), ('-inf', 'c'), (NULL,"
                + " 'd'), (1e16, 'e'), (2, '\\xFF'), (2, 'NA'), (2, NULL)) t(\"user\", item)");
    assertThat(Prepared.histories(Prepared.events(Format.PARQUET, REJECTING, events)))
        .containsExactly("1: a@0");
    String e = events + ",";
    assertThat(Files.readAllLines(directory.resolve("out/rejects.csv")))
        .containsExactly(
            "file,line,reason,content",
            e + "2,user is missing,\"user=, item=b, time=\"",
            e + "3,user is missing,\"user=, item=c, time=\"",
            e + "4,user is missing,\"user=, item=d, time=\"",
            e + "5,user is too large for exact numbers of type DOUBLE,user=1e+16",
            e + "6,not UTF-8,item=\\xFF",
            e + "7,item is missing,\"user=2, item=NA, time=\"",
            e + "8,item is missing,\"user=2, item=, time=\"");
  }

  @Test
  void theNamedFileAndOnlyItIsRead() {
    for (String name :
        List.of("user=7/item=8/e.parquet", "e*.parquet", "e?.parquet", "[e]*.parquet", "e].x")) {
      Path events = write(name, "SELECT 'u' AS \"user\", 'a' AS item");
      write("ee.parquet", "SELECT 'v' AS \"user\", 'b' AS item");
      assertThat(Prepared.histories(Prepared.events(Format.PARQUET, Prepared.ALL, events)))
          .containsExactly("u: a@0");
    }
  }

  @Test
  void filesThatAreNoneAreNamedWithTheRepair() throws IOException {
    Path good = write("good.parquet", "SELECT 'u' AS \"user\", range AS item FROM range(300)");
    byte[] bytes = Files.readAllBytes(good);
    Path events = directory.resolve("e.parquet");
    Files.write(events, new byte[0]);
    refusedFile(events, ": is empty; write or copy it again");
    Files.write(events, Arrays.copyOf(bytes, bytes.length / 2));
    refusedFile(
        events, ": is cut off: a Parquet file ends with the letters PAR1; write or copy it again");
    Files.write(events, new byte[] {0x1F, (byte) 0x8B, 8, 0});
    refusedFile(events, ": is compressed as a whole (gzip), which Parquet needs not; unpack it");
    Files.writeString(events, "PARE and what is encrypted");
    refusedFile(events, ": is encrypted; write it without encryption");
    refusedFile(directory, ": is a folder; name the files in it");
    Files.writeString(events, "PAR1");
    refusedFile(
        events, ": is cut off: a Parquet file ends with the letters PAR1; write or copy it again");
    for (int at = 4; at < bytes.length - 4; at += bytes.length / 8) {
      byte[] broken = bytes.clone();
      broken[at] ^= 0x55;
      Files.write(events, broken);
      try {
        Prepared.events(Format.PARQUET, REJECTING, events);
      } catch (DataException e) {
        assertThat(e)
            .hasMessageStartingWith(events.toString())
            .hasMessageNotContainingAny("LINE 1", "SELECT", "DESCRIBE");
      }
    }
  }

  private void refusedFile(Path events, String message) {
    assertThatThrownBy(() -> Prepared.events(Format.PARQUET, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage(events + message);
  }

  @Test
  void timesIn32BitsAreWarnedAbout() {
    Path events =
        write("e.parquet", "SELECT 'u' AS \"user\", 'a' AS item, 1400000000::FLOAT AS time");
    assertThat(DatasetReport.of(Prepared.events(Format.PARQUET, Prepared.ALL, events)))
        .contains(
            "  "
                + events
                + ": column time is of 32-bit numbers, in which seconds since 1970 are rounded to"
                + " steps of 128; write it as DOUBLE or INT64\n");
  }

  /** As in lines of JSON: what is not finite is missing, and the row stays. */
  @Test
  void numbersThatAreNotFiniteInListsAndStructsCostNoRow() {
    Path events = write("e.parquet", "SELECT 'u' || range AS \"user\", 'a' AS item FROM range(4)");
    Path items =
        write(
            "i.parquet",
            "SELECT 'a' AS item, {'name': 'Thing', 'price': 'nan'::DOUBLE} AS title, ['b', 'inf']"
                + " AS brand, [1.5, 'nan'::DOUBLE, '-inf'::DOUBLE] AS sizes, MAP {'nan'::DOUBLE:"
                + " 'inf'::FLOAT} AS notes");
    Dataset dataset =
        Prepared.run(
            new PrepareOptions.Sources(
                Format.PARQUET,
                List.of(events),
                List.of(items),
                Optional.empty(),
                Map.of(),
                List.of("sizes", "notes")),
            Prepared.ALL,
            directory);
    assertThat(dataset.manifest().counts()).containsEntry("item_rows_rejected", 0);
    assertThat(dataset.catalogue().item(1).title()).isEqualTo("Thing");
  }

  private Dataset withItems(String select) {
    return Prepared.run(
        new PrepareOptions.Sources(
            Format.PARQUET,
            List.of(write("e.parquet", "SELECT 'u' AS \"user\", 'a' AS item")),
            List.of(write("i.parquet", select))),
        Prepared.ALL,
        directory);
  }

  /** A text beside bytes in a struct keeps its backslashes, and a name is no type. */
  @Test
  void onlyBytesAreDecoded() {
    for (String image :
        List.of(
            "{'NAME': 'x', 'url': 'C:\\xampp\\\\x41', 'BLOB_PATH': 'y'}",
            "{'url': 'C:\\xampp\\\\x41', 'BLOB': 'y'}",
            "{'url': 'C:\\xampp\\\\x41', 'a BLOB, (BLOB)': 'y'}",
            "{'url': 'C:\\xampp\\\\x41', 'bytes': '\\xC3\\xBC'::BLOB}")) {
      assertThat(
              withItems("SELECT 'a' AS item, " + image + " AS image").catalogue().item(1).image())
          .as(image)
          .isEqualTo("C:\\xampp\\\\x41");
    }
    assertThat(
            withItems("SELECT 'a' AS item, {'url': '\\xC3\\xBC \\x5C'::BLOB} AS image")
                .catalogue()
                .item(1)
                .image())
        .isEqualTo("\u00fc \\");
  }

  /** As data sets of Hugging Face have them. */
  @Test
  void picturesInAColumnCostNoItem() {
    String bytes = "'\\xFF\\xD8\\xFF'::BLOB";
    String warning =
        directory.resolve("i.parquet")
            + ": column image holds bytes that are no text (UTF-8), 1 times, which are left out:"
            + " write texts as strings, and pictures to files of their own, in the folder of"
            + " ``images``\n";
    Dataset dataset =
        withItems(
            "SELECT 'a' AS item, 'T' AS title, {'bytes': " + bytes + ", 'path': 'a.jpg'} AS image");
    assertThat(dataset.catalogue().item(1).image()).isEqualTo("a.jpg");
    assertThat(DatasetReport.of(dataset)).contains(warning);
    dataset = withItems("SELECT 'a' AS item, 'T' AS title, " + bytes + " AS image");
    assertThat(dataset.catalogue().item(1))
        .isEqualTo(new Item("a", "T", "", List.of(), List.of(), Map.of()));
    assertThat(dataset.manifest().counts()).containsEntry("item_rows_rejected", 0);
    assertThat(DatasetReport.of(dataset)).contains(warning);
  }

  @Test
  void aFileWithoutRowsHasNoEvents() {
    Path events = write("e.parquet", "SELECT 'u' AS \"user\", 'a' AS item WHERE false");
    assertThatThrownBy(() -> Prepared.events(Format.PARQUET, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage("events: no usable row was found; check the files and the format");
  }

  /** DuckDB knows no case and calls the second {@code ITEM_1}; files of others have both. */
  @Test
  void columnsThatDifferByCaseAloneAreTwo() throws IOException {
    Path events = write("e.parquet", "SELECT 'u' AS \"user\", 'a' AS itex, 'b' AS item");
    String bytes = Files.readString(events, StandardCharsets.ISO_8859_1);
    Files.writeString(events, bytes.replace("itex", "ITEM"), StandardCharsets.ISO_8859_1);
    assertThat(Prepared.histories(Prepared.events(Format.PARQUET, Prepared.ALL, events)))
        .containsExactly("u: b@0");
    Map<Column, List<String>> upper = Map.of(Column.ITEM, List.of("ITEM"));
    assertThat(
            Prepared.histories(
                Prepared.run(
                    new PrepareOptions.Sources(
                        Format.PARQUET,
                        List.of(events),
                        List.of(),
                        Optional.empty(),
                        upper,
                        List.of()),
                    Prepared.ALL,
                    directory)))
        .containsExactly("u: a@0");
    Files.writeString(events, bytes.replace("itex", "item"), StandardCharsets.ISO_8859_1);
    refusedFile(
        events, ": has the columns item and item, of which only one can count; rename the others");
  }

  @Test
  void nestedAndUnboundedValuesOfACatalogue() {
    Path events = write("e.parquet", "SELECT 'u' AS \"user\", 'a' AS item");
    Path items =
        write(
            "i.parquet",
            "SELECT 'a' AS item, ['T'::BLOB, '\\xC3\\xBC'::BLOB] AS title, 'inf'::DOUBLE AS price,"
                + " 3.0::DOUBLE AS size, {'name': 'Acme'} AS brand,"
                + " [{'id': 1, 'name': 'A'}, {'id': 2, 'name': 'B'}] AS categories,"
                + " {'hi_res': [NULL, 'b.jpg'], 'large': ['a.jpg', 'b-small.jpg'],"
                + " 'variant': ['PT01', 'MAIN']} AS image"
                + " UNION ALL BY NAME SELECT 'b' AS item, 2.5::DOUBLE AS price");
    Prepared.run(
        new PrepareOptions.Sources(
            Format.PARQUET,
            List.of(events),
            List.of(items),
            Optional.empty(),
            Map.of(),
            List.of("price", "size")),
        Prepared.ALL,
        directory);
    Item item =
        PreparedDataset.open(directory.resolve("out"), List.of("price", "size"))
            .catalogue()
            .item(1);
    assertThat(item)
        .isEqualTo(
            new Item(
                "a",
                "T ü",
                "Acme",
                List.of("A", "B"),
                List.of("b.jpg", "a.jpg"),
                Map.of("price", "", "size", "3")));
  }

  /** A type as DuckDB writes it, a random literal of it, and the id that it should be; or null. */
  private record Type(String name, Function<Random, String> literal, Function<String, String> id) {}

  private static String whole(String literal) {
    return literal;
  }

  private static final List<Type> TYPES =
      List.of(
          new Type("SMALLINT", random -> "" + (short) random.nextInt(), ParquetTest::whole),
          new Type("BIGINT", random -> "" + random.nextLong(), ParquetTest::whole),
          new Type("UINTEGER", random -> "" + random.nextInt(1 << 30), ParquetTest::whole),
          new Type(
              "DOUBLE",
              random ->
                  switch (random.nextInt(6)) {
                    case 0 -> "nan";
                    case 1 -> "-inf";
                    case 2 -> "1e" + random.nextInt(300);
                    default -> "" + (random.nextLong() >> (11 + random.nextInt(50)));
                  },
              literal -> {
                if (literal.endsWith("n") || literal.endsWith("f")) {
                  return null;
                }
                BigDecimal exact = new BigDecimal(Double.parseDouble(literal));
                return exact.abs().compareTo(new BigDecimal("9007199254740992")) > 0
                    ? null
                    : exact.toBigInteger().toString();
              }),
          new Type(
              "DECIMAL(12,3)",
              random -> new BigDecimal(random.nextInt(1 << 20)).movePointLeft(3).toPlainString(),
              literal -> {
                String text = literal;
                while (text.contains(".") && (text.endsWith("0") || text.endsWith("."))) {
                  text = text.substring(0, text.length() - 1);
                }
                return text.isEmpty() ? "0" : text;
              }),
          new Type(
              "VARCHAR",
              random ->
                  List.of("NA", "", "  ", "\u00fc" + random.nextInt(99), " x" + random.nextInt(99))
                      .get(random.nextInt(5)),
              literal -> literal.isBlank() || literal.equals("NA") ? null : literal.strip()),
          new Type(
              "BLOB",
              random ->
                  List.of("\\xC3\\xBC", "\\xC3", "b" + random.nextInt(99)).get(random.nextInt(3)),
              literal -> literal.equals("\\xC3") ? null : literal.replace("\\xC3\\xBC", "\u00fc")));

  /** Every row is an event or rejected; every id is that of a conversion of its own. */
  @Test
  void everyRowIsAnEventOrRejected() throws IOException {
    Random random = new Random(5);
    for (Type type : TYPES) {
      List<String> rows = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      List<Integer> rejected = new ArrayList<>();
      int count = 1 + random.nextInt(2500);
      for (int row = 1; row <= count; row++) {
        boolean absent = random.nextInt(10) == 0;
        String literal = type.literal.apply(random);
        rows.add("(%s)".formatted(absent ? "NULL" : Sql.quote(literal)));
        String id = absent ? null : type.id.apply(literal);
        if (id == null) {
          rejected.add(row);
        } else {
          expected.add(id);
        }
      }
      if (expected.isEmpty()) {
        continue;
      }
      Path events =
          write(
              "e.parquet",
              "SELECT 'u' AS \"user\", CAST(x AS %s) AS item FROM (VALUES %s) t(x)"
                  .formatted(type.name, String.join(", ", rows)));
      Dataset dataset = Prepared.events(Format.PARQUET, REJECTING, events);
      assertThat(ids(dataset)).as(type.name).isEqualTo(expected);
      assertThat(
              Files.readAllLines(directory.resolve("out/rejects.csv")).stream()
                  .skip(1)
                  .map(line -> Integer.valueOf(line.split(",")[1]))
                  .toList())
          .as(type.name)
          .isEqualTo(rejected);
    }
  }
}
