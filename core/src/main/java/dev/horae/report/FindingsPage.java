package dev.horae.report;

import dev.horae.data.Json;
import dev.horae.data.Resources;
import dev.horae.page.Numbers;
import dev.horae.page.Page;
import dev.horae.report.Table.Best;
import dev.horae.report.Table.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@link Findings} as one self-contained web page. It loads nothing: style, pictures, the library
 * that draws the charts (Apache ECharts) and all figures are inside. Tables are plain HTML, so that
 * they are there without JavaScript too; with it they can be sorted, charts are drawn, and either
 * can be saved. The records are what the template reads, by reflection; those with methods for it
 * are not private, or they would count as unused.
 */
public final class FindingsPage {

  private static final String LIBRARY = "echarts.min.js";

  /** Letters of a text that stays on one line, such as a date or a model. */
  private static final int SHORT = 20;

  /** Letters of a text that needs more than a narrow column. */
  private static final int LONG = 40;

  private record Contents(List<Link> links, List<Part> parts, String data) {}

  private record Link(String id, String text) {}

  /**
   * @param own its title and lead, where they are not those of the page
   * @param level of its headings: 2 below the page's title
   * @param inner of the titles of tables, charts and items
   */
  private record Part(
      String id, Optional<Titled> own, int level, int inner, List<Shown> blocks, Source origin) {}

  private record Titled(String title, String lead) {}

  private record Source(
      String command,
      String data,
      String protocol,
      String seeds,
      String version,
      String machine,
      String made) {

    static Source of(Origin origin) {
      return new Source(
          origin.command(),
          String.join(", ", origin.data()),
          origin.protocol(),
          origin.seeds().stream().map(String::valueOf).collect(Collectors.joining(", ")),
          origin.version(),
          origin.machine(),
          origin.made());
    }
  }

  /** One block; all but one of them are empty. */
  private record Shown(
      Optional<String> heading,
      Optional<Text> text,
      Optional<Grid> table,
      Optional<Plot> chart,
      Optional<Items> items) {}

  private record Grid(int index, String title, List<Head> heads, List<Line> lines, String note) {}

  /**
   * @param kind class of its cells
   */
  private record Head(String name, String kind) {}

  private record Line(Cell first, List<Cell> cells) {}

  private record Cell(String text, String kind, boolean best) {}

  /**
   * @param table what it draws, unless that is shown anyway
   */
  private record Plot(int index, String title, String note, Optional<Grid> table) {}

  // What the script reads.

  private record Data(List<Sheet> tables, List<Drawn> charts) {}

  /**
   * @param name of its file, without an ending
   */
  private record Sheet(
      String name, List<Column> columns, List<List<@Nullable Object>> rows, String csv) {}

  private record Drawn(
      String name,
      int table,
      Chart.Mark mark,
      String x,
      String y,
      @Nullable String series,
      @Nullable String low,
      @Nullable String high,
      boolean logX,
      boolean logY) {}

  private final List<Table> tables = new ArrayList<>();
  private final List<Drawn> charts = new ArrayList<>();

  private FindingsPage() {}

  /** {@return the page of one experiment} */
  public static String html(Findings findings) {
    FindingsPage page = new FindingsPage();
    return page.render(
        findings.title(),
        findings.lead(),
        List.of(),
        List.of(page.part(findings, 0, Optional.empty())));
  }

  /**
   * {@return a page of several experiments with a table of contents; that of one is as above}
   *
   * @param all at least one
   */
  public static String html(List<Findings> all) {
    if (all.size() == 1) {
      return html(all.get(0));
    }
    FindingsPage page = new FindingsPage();
    List<Part> parts =
        IntStream.range(0, all.size())
            .mapToObj(
                p -> {
                  Findings findings = all.get(p);
                  return page.part(
                      findings, p, Optional.of(new Titled(findings.title(), findings.lead())));
                })
            .toList();
    List<Link> links =
        IntStream.range(0, all.size())
            .mapToObj(p -> new Link(parts.get(p).id(), all.get(p).title()))
            .toList();
    List<String> data = all.stream().flatMap(f -> f.origin().data().stream()).distinct().toList();
    String on = data.isEmpty() ? "" : " on " + String.join(", ", data);
    return page.render("Report", Numbers.count(all.size(), "experiment") + on + ".", links, parts);
  }

  private String render(String title, String lead, List<Link> links, List<Part> parts) {
    Map<Table, String> names = FindingsFiles.names(tables);
    List<Sheet> sheets =
        tables.stream()
            .map(
                table ->
                    new Sheet(
                        Objects.requireNonNull(names.get(table)),
                        table.columns(),
                        table.rows(),
                        FindingsFiles.csv(table)))
            .toList();
    String data = inScript(Json.line(new Data(sheets, charts)));
    List<String> scripts = new ArrayList<>();
    if (!charts.isEmpty()) {
      scripts.add(Resources.text(FindingsPage.class, LIBRARY));
    }
    scripts.add(Resources.text(FindingsPage.class, "FindingsPage.js"));
    return Page.html(FindingsPage.class, title, lead, new Contents(links, parts, data), scripts);
  }

  /** JSON in which nothing ends or begins an element. */
  private static String inScript(String json) {
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
  }

  private Part part(Findings findings, int place, Optional<Titled> own) {
    List<Shown> blocks = findings.blocks().stream().map(block -> shown(block, findings)).toList();
    int level = own.isPresent() ? 3 : 2;
    Source origin = Source.of(findings.origin());
    return new Part("part-" + (place + 1), own, level, level + 1, blocks, origin);
  }

  private Shown shown(Block block, Findings findings) {
    Optional<String> heading = Optional.empty();
    Optional<Text> text = Optional.empty();
    Optional<Grid> table = Optional.empty();
    Optional<Plot> chart = Optional.empty();
    Optional<Items> items = Optional.empty();
    if (block instanceof Heading it) {
      heading = Optional.of(it.text());
    } else if (block instanceof Text it) {
      text = Optional.of(it);
    } else if (block instanceof Table it) {
      table = Optional.of(grid(it));
    } else if (block instanceof Chart it) {
      chart = Optional.of(plot(it, findings));
    } else if (block instanceof Items it) {
      items = Optional.of(it);
    }
    return new Shown(heading, text, table, chart, items);
  }

  private Plot plot(Chart chart, Findings findings) {
    charts.add(
        new Drawn(
            FindingsFiles.name(chart.title()),
            index(chart.data()),
            chart.mark(),
            chart.x(),
            chart.y(),
            chart.series(),
            chart.low(),
            chart.high(),
            chart.logX(),
            chart.logY()));
    boolean shown = findings.blocks().contains(chart.data());
    return new Plot(
        charts.size() - 1,
        chart.title(),
        chart.note(),
        shown ? Optional.empty() : Optional.of(grid(chart.data())));
  }

  /** A table may be shown and drawn, also more than once; the page has its figures once. */
  private int index(Table table) {
    int known = tables.indexOf(table);
    if (known >= 0) {
      return known;
    }
    tables.add(table);
    return tables.size() - 1;
  }

  private Grid grid(Table table) {
    List<Head> heads = new ArrayList<>();
    List<Optional<String>> best = new ArrayList<>();
    for (int c = 0; c < table.columns().size(); c++) {
      heads.add(new Head(table.columns().get(c).name(), kind(table, c)));
      best.add(best(table, c));
    }
    List<Line> lines = new ArrayList<>();
    for (List<@Nullable Object> row : table.rows()) {
      List<Cell> cells = new ArrayList<>();
      for (int c = 0; c < row.size(); c++) {
        Object value = row.get(c);
        String text = FindingsFiles.text(value, table.columns().get(c));
        boolean stands = value instanceof Number && best.get(c).filter(text::equals).isPresent();
        cells.add(new Cell(text, heads.get(c).kind(), stands));
      }
      lines.add(new Line(cells.get(0), cells.subList(1, cells.size())));
    }
    return new Grid(index(table), table.title(), heads, lines, table.note());
  }

  /** Long texts are given room, so that they do not make a tower of words beside many figures. */
  private static String kind(Table table, int column) {
    int longest =
        table.rows().stream()
            .map(row -> row.get(column))
            .filter(String.class::isInstance)
            .mapToInt(cell -> ((String) cell).length())
            .max()
            .orElse(-1);
    if (longest < 0) {
      return "number";
    }
    return longest <= SHORT ? "text short" : longest <= LONG ? "text" : "text long";
  }

  /** As it is shown, for of two that look the same both are; nothing is the best of one. */
  private static Optional<String> best(Table table, int column) {
    Column of = table.columns().get(column);
    double[] values =
        table.rows().stream()
            .map(row -> row.get(column))
            .filter(Number.class::isInstance)
            .mapToDouble(value -> ((Number) value).doubleValue())
            .sorted()
            .toArray();
    if (of.best() == Best.NONE || values.length < 2) {
      return Optional.empty();
    }
    double value = of.best() == Best.LOWEST ? values[0] : values[values.length - 1];
    return Optional.of(FindingsFiles.text(value, of));
  }
}
