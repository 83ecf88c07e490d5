package dev.horae.prep;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a reader makes of a text: one entry for each line that begins a row or is refused. */
final class Reading implements Rows {

  /**
   * @param fields of a row; null otherwise
   * @param refusal why the line is no row; "pass: " before that of a line that holds nothing
   */
  record Entry(long line, List<Object> fields, String refusal) {
    @Override
    public String toString() {
      return line + ": " + (fields == null ? refusal : fields);
    }
  }

  private final List<String> columns;
  final List<Entry> entries = new ArrayList<>();

  /**
   * @param columns whose values are kept
   */
  Reading(List<String> columns) {
    this.columns = columns;
  }

  @Override
  public void row(long line, Fields fields) {
    List<Object> values = new ArrayList<>();
    columns.forEach(name -> values.add(fields.in(name)));
    entries.add(new Entry(line, values, null));
  }

  @Override
  public void reject(long line, String reason, String content) {
    entries.add(new Entry(line, null, reason));
  }

  @Override
  public void pass(long line, String reason) {
    entries.add(new Entry(line, null, "pass: " + reason));
  }

  static List<Entry> csv(List<String> columns, String text) {
    return csv(columns, PrepareOptions.Text.PLAIN, text.getBytes(StandardCharsets.UTF_8));
  }

  static List<Entry> csv(List<String> columns, PrepareOptions.Text how, byte[] text) {
    Reading reading = new Reading(columns);
    DelimitedText.readCsv(lines(text, how), table(Format.CSV, columns, how), reading);
    return reading.entries;
  }

  static List<Entry> recBole(List<String> columns, byte[] text) {
    Reading reading = new Reading(columns);
    PrepareOptions.Text how = PrepareOptions.Text.PLAIN;
    DelimitedText.readRecBole(lines(text, how), table(Format.RECBOLE, columns, how), reading);
    return reading.entries;
  }

  static List<Entry> jsonLines(List<String> columns, byte[] text) {
    Reading reading = new Reading(columns);
    PrepareOptions.Text how = PrepareOptions.Text.PLAIN;
    JsonLines.read(lines(text, how), table(Format.JSONL, columns, how), reading);
    return reading.entries;
  }

  private static LineReader lines(byte[] text, PrepareOptions.Text how) {
    return new LineReader("text", new ByteArrayInputStream(text), how.encoding());
  }

  /** A table in which each column is also a text column. */
  private static Table table(Format format, List<String> columns, PrepareOptions.Text how) {
    PrepareOptions.Sources sources =
        new PrepareOptions.Sources(
            format,
            List.of(Path.of("text")),
            List.of(),
            Optional.empty(),
            Map.of(),
            List.of(),
            how,
            PrepareOptions.Cells.USUAL);
    return new Table(
        sources,
        List.of(Column.USER, Column.ITEM, Column.TIME),
        Set.of(Column.USER, Column.ITEM),
        columns);
  }
}
