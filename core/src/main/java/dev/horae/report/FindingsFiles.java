package dev.horae.report;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Csv;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Reasons;
import dev.horae.page.Markdown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@link Findings} as files of a folder: {@code findings.json}, {@code findings.md}, {@code
 * report.html}, a CSV per table.
 */
public final class FindingsFiles {

  public static final String FILE = "findings.json";

  /** The page, see {@link FindingsPage}. */
  public static final String PAGE = "report.html";

  private static final String NOTHING = "–";

  /** What sums of doubles leave of nothing. */
  private static final double ROUNDING = 1e-9;

  private FindingsFiles() {}

  /**
   * Writes {@code findings.json}, {@code findings.md}, {@code report.html} and {@code TITLE.csv}
   * for each table, each whole or not at all.
   *
   * @return the files
   */
  public static List<Path> write(Findings findings, Path folder) {
    List<Path> files = new ArrayList<>();
    names(findings.tables())
        .forEach(
            (table, name) -> {
              Path file = folder.resolve(name + ".csv");
              AtomicFiles.writeText(file, csv(table));
              files.add(file);
            });
    Path markdown = folder.resolve("findings.md");
    AtomicFiles.writeText(markdown, markdown(findings));
    files.add(markdown);
    Path page = folder.resolve(PAGE);
    AtomicFiles.writeText(page, FindingsPage.html(findings));
    files.add(page);
    Path json = folder.resolve(FILE); // last: with it all are there
    Json.write(json, findings);
    files.add(json);
    return files;
  }

  /** Throws {@link dev.horae.data.DataException} when the folder holds none. */
  public static Findings read(Path folder) {
    return Json.read(folder.resolve(FILE), Findings.class);
  }

  /**
   * {@return what a folder holds: its {@code findings.json} and every {@code NAME.findings.json},
   * by name; none where there is neither}
   */
  public static List<Findings> readAll(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> isFindings(file.getFileName().toString()))
          .sorted()
          .map(file -> Json.read(file, Findings.class))
          .toList();
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static boolean isFindings(String name) {
    return name.equals(FILE) || name.endsWith("." + FILE);
  }

  /**
   * {@return the name of each table's file, without an ending} A chart may draw a table that is
   * also shown: it has one. Titles of which the same is left, such as those of users {@code a} and
   * {@code A}, are numbered.
   */
  static Map<Table, String> names(List<Table> tables) {
    Map<Table, String> names = new LinkedHashMap<>();
    for (Table table : tables) {
      if (!names.containsKey(table)) {
        String name = name(table.title());
        String free = name;
        for (int n = 2; names.containsValue(free); n++) {
          free = name + "-" + n;
        }
        names.put(table, free);
      }
    }
    return names;
  }

  /** {@return the title as a name of a file} */
  static String name(String title) {
    return title
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}]+", "-")
        .replaceAll("^-|-$", "");
  }

  /** {@return the table with every figure unrounded} */
  public static String csv(Table table) {
    StringBuilder text = new StringBuilder();
    text.append(Csv.line(table.columns().stream().map(Table.Column::name).toList()));
    for (List<@Nullable Object> row : table.rows()) {
      text.append(Csv.line(row.stream().map(cell -> cell == null ? "" : cell.toString()).toList()));
    }
    return text.toString();
  }

  /** {@return a cell as people read it} */
  public static String text(@Nullable Object cell, Table.Column column) {
    if (cell == null) {
      return NOTHING;
    }
    return cell instanceof Number number
        ? text(number.doubleValue(), column.digits())
        : cell.toString();
  }

  /** What is not nothing is not shown as 0.0000, but as less than the last digit. */
  private static String text(double value, int digits) {
    double least = Math.pow(10, -digits);
    double size = Math.abs(value);
    boolean small = size >= ROUNDING && size < least / 2;
    String shown =
        String.format(
            Locale.ROOT,
            "%,." + digits + "f",
            small ? Math.copySign(least, value) : size < ROUNDING ? 0 : value);
    return small ? (value < 0 ? ">" : "<") + shown : shown;
  }

  /** {@return all but drawings and pictures as Markdown} */
  static String markdown(Findings findings) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(Markdown.text(findings.title())).append("\n\n");
    text.append(Markdown.text(findings.lead())).append('\n');
    for (Block block : findings.blocks()) {
      if (block instanceof Heading heading) {
        text.append("\n## ").append(Markdown.text(heading.text())).append('\n');
      } else if (block instanceof Text paragraph) {
        String mark = paragraph.warning() ? "**" : "";
        text.append('\n')
            .append(mark)
            .append(Markdown.text(paragraph.text()))
            .append(mark)
            .append('\n');
      } else if (block instanceof Table table) {
        table(text, table);
      } else if (block instanceof Chart chart) {
        chart(text, chart, findings);
      } else if (block instanceof Items items) {
        items(text, items);
      }
    }
    origin(text, findings.origin());
    return text.toString();
  }

  private static void table(StringBuilder text, Table table) {
    text.append("\n### ").append(Markdown.text(table.title())).append("\n\n");
    text.append(
        Markdown.row(
            table.columns().stream().map(column -> Markdown.text(column.name())).toList()));
    List<String> rules = new ArrayList<>();
    for (int c = 0; c < table.columns().size(); c++) {
      int column = c;
      rules.add(
          table.rows().stream().anyMatch(row -> row.get(column) instanceof String)
              ? "---"
              : "---:");
    }
    text.append(Markdown.row(rules));
    for (List<@Nullable Object> row : table.rows()) {
      List<String> cells = new ArrayList<>();
      for (int c = 0; c < row.size(); c++) {
        cells.add(Markdown.text(text(row.get(c), table.columns().get(c))));
      }
      text.append(Markdown.row(cells));
    }
    note(text, table.note());
  }

  /** Its table, unless that is shown anyway. */
  private static void chart(StringBuilder text, Chart chart, Findings findings) {
    if (!findings.blocks().contains(chart.data())) {
      table(text, chart.data());
    }
    note(text, chart.note());
  }

  private static void items(StringBuilder text, Items items) {
    text.append("\n### ").append(Markdown.text(items.title())).append("\n\n");
    for (Items.Shown item : items.items()) {
      String mark = item.marked() ? "**" : "";
      text.append("- ").append(mark).append(Markdown.text(item.name())).append(mark);
      text.append(item.small().isEmpty() ? "" : ", " + Markdown.text(item.small())).append('\n');
    }
  }

  private static void origin(StringBuilder text, Origin origin) {
    text.append("\n---\n\n`").append(origin.command()).append("`, ").append(origin.made());
    text.append(", ").append(Markdown.text(origin.version())).append(", ");
    text.append(Markdown.text(origin.machine())).append('\n');
  }

  private static void note(StringBuilder text, String note) {
    if (!note.isEmpty()) {
      text.append('\n').append(Markdown.text(note)).append('\n');
    }
  }
}
