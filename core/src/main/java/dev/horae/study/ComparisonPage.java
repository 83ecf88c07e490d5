package dev.horae.study;

import dev.horae.data.Html;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The table as one self-contained web page, then warnings, a chart with intervals, the tests, the
 * paper's numbers and the audit. It loads nothing, and fits a telephone: rows of the table become
 * blocks there, and the chart is as wide as the screen.
 */
final class ComparisonPage {

  private static final int TICKS = 5;
  private static final List<String> TESTED =
      List.of("against", "difference", "p", "p (Holm)", "d_z");

  private final Standings standings;
  private final StringBuilder html = new StringBuilder();

  private ComparisonPage(Standings standings) {
    this.standings = standings;
  }

  static String html(Standings standings) {
    return new ComparisonPage(standings).page();
  }

  private String page() {
    String title = "Comparison on " + standings.title();
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    html.append(Html.escape(title)).append("</title>\n<style>\n").append(style());
    html.append("</style>\n</head>\n<body>\n<main>\n<header><h1>").append(Html.escape(title));
    html.append("</h1>\n<p class=\"lead\">").append(Html.escape(standings.lead()));
    html.append("</p></header>\n");
    table();
    warnings();
    chart();
    tests();
    verdicts();
    audit();
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void warnings() {
    List<String> warnings = standings.warnings();
    if (!warnings.isEmpty()) {
      html.append("<ul class=\"warnings\" role=\"alert\">\n");
      warnings.forEach(w -> html.append("<li>").append(Html.escape(w)).append("</li>\n"));
      html.append("</ul>\n");
    }
  }

  private void table() {
    List<Columns.Column> columns = Columns.of(standings);
    html.append(
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"standings cards\">\n<thead><tr>");
    for (int c = 0; c < columns.size(); ) {
      String group = columns.get(c).group();
      int width = 1;
      while (c + width < columns.size() && columns.get(c + width).group().equals(group)) {
        width++;
      }
      html.append("<th colspan=\"").append(width);
      html.append(
          group.isEmpty() ? "\"></th>" : "\" class=\"group\">" + Html.escape(group) + "</th>");
      c += width;
    }
    html.append("</tr>\n<tr>");
    columns.forEach(c -> html.append("<th>").append(Html.escape(c.name())).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
    for (int r = 0; r < standings.rows().size(); r++) {
      Standings.Row row = standings.rows().get(r);
      html.append("<tr class=\"").append(row.result().heuristic() ? "heuristic" : "neural");
      html.append(row.beatenBy().isEmpty() ? "" : " beaten").append(row.there() ? "" : " missing");
      html.append("\">");
      for (int c = 0; c < columns.size(); c++) {
        Columns.Cell cell = columns.get(c).cells().get(r);
        html.append(c == 0 ? "<th scope=\"row\">" : "<td data-name=\"");
        html.append(c == 0 ? "" : Html.escape(columns.get(c).fullName()) + "\">");
        cell(cell);
        html.append(c == 0 ? "</th>" : "</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n<p class=\"note\"><b>Best</b>, <u>second</u>. ");
    html.append(Html.escape(TableFiles.note(standings))).append("</p>\n");
  }

  /** The deviation stands small below the mean. */
  private void cell(Columns.Cell cell) {
    String[] parts = cell.text().split(" (?=± )|(?= \\(heuristic\\))", 2);
    String text = Html.escape(parts[0].strip());
    html.append(
        switch (cell.mark()) {
          case BEST -> "<b>" + text + "</b>";
          case SECOND -> "<u>" + text + "</u>";
          case NONE -> text;
        });
    if (parts.length > 1) {
      html.append("<small>").append(Html.escape(parts[1].strip())).append("</small>");
    }
  }

  private void chart() {
    List<Standings.Row> rows = standings.rows().stream().filter(Standings.Row::there).toList();
    if (rows.isEmpty()) {
      return;
    }
    double most =
        rows.stream()
            .mapToDouble(
                row ->
                    Math.max(
                        Math.max(
                            row.interval().high(), row.mean(Standings.MASKED + Standings.DECISIVE)),
                        row.published().map(Published.Entry::ndcg10).orElse(0.0)))
            .max()
            .orElseThrow();
    double step = step(most / TICKS);
    double end = step * Math.max(1, Math.ceil(most / step));
    html.append("<h2>NDCG@10</h2>\n<div class=\"chart\" role=\"img\" aria-label=\"NDCG@10 of each");
    html.append(" model\">\n<div class=\"axis\"><svg>");
    for (int tick = 0; tick * step <= end + step / 2; tick++) {
      svg(
          "<text class=\"tick\" x=\"%.2f%%\" y=\"12\">%s</text>",
          x(tick * step, end), tick(tick * step, step));
    }
    html.append("</svg></div>\n");
    for (Standings.Row row : rows) {
      bar(row, step, end);
    }
    html.append("</div>\n<p class=\"note\"><span class=\"key dot\"></span> history competes,");
    html.append(
        " with its 95 % bootstrap interval over users; <span class=\"key ring\"></span> history");
    html.append(" masked");
    if (rows.stream().anyMatch(row -> row.published().isPresent())) {
      html.append("; <span class=\"key mark\"></span> published");
    }
    html.append(". Grey: heuristic baselines.</p>\n");
  }

  /** One row of the chart; coordinates are shares of its width. */
  private void bar(Standings.Row row, double step, double end) {
    html.append("<div class=\"").append(row.result().heuristic() ? "heuristic" : "neural");
    html.append(row.beatenBy().isEmpty() ? "\">" : " beaten\">");
    html.append("<span>").append(Html.escape(row.model())).append("</span><svg>");
    for (int tick = 0; tick * step <= end + step / 2; tick++) {
      svg(
          "<line class=\"grid\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"0\" y2=\"100%%\"/>",
          x(tick * step, end));
    }
    svg(
        "<line class=\"interval\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"50%%\" y2=\"50%%\"/>",
        x(row.interval().low(), end), x(row.interval().high(), end));
    svg(
        "<circle class=\"ring\" cx=\"%.2f%%\" cy=\"50%%\" r=\"5\"/>",
        x(row.mean(Standings.MASKED + Standings.DECISIVE), end));
    row.published()
        .ifPresent(
            entry ->
                svg(
                    "<line class=\"mark\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"15%%\""
                        + " y2=\"85%%\"/>",
                    x(entry.ndcg10(), end)));
    svg(
        "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"50%%\""
            + " r=\"5\"><title>%s</title></circle></svg></div>%n",
        x(row.mean(Standings.DECISIVE), end),
        Html.escape(
            String.format(
                Locale.ROOT,
                "%s: %s, 95 %% interval %.4f to %.4f",
                row.model(),
                row.spreads().get(Standings.DECISIVE).text(),
                row.interval().low(),
                row.interval().high())));
  }

  private void svg(String format, Object... values) {
    html.append(String.format(Locale.ROOT, format, values));
  }

  /** Per cent, with room for half a dot at both ends. */
  private static double x(double value, double end) {
    return 2 + 95 * value / end;
  }

  /** {@return 1, 2 or 5 times a power of ten, at least so much} */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(least, 1e-6))));
    double digits = least / power;
    return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
  }

  private static String tick(double value, double step) {
    int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private void tests() {
    if (standings.rows().stream().allMatch(row -> row.tests().isEmpty())) {
      return;
    }
    html.append("<h2>Could it be chance?</h2>\n<div class=\"scroll\" tabindex=\"0\">");
    html.append("<table class=\"cards\">\n");
    html.append("<thead><tr><th></th>");
    List<String> metrics = List.of("ndcg@10", "ndcg@5");
    for (String metric : metrics) {
      html.append("<th colspan=\"5\" class=\"group\">").append(metric.toUpperCase(Locale.ROOT));
      html.append("</th>");
    }
    html.append("</tr>\n<tr><th>model</th>");
    for (int m = 0; m < metrics.size(); m++) {
      TESTED.forEach(name -> html.append("<th>").append(name).append("</th>"));
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (Standings.Row row : standings.rows()) {
      if (!row.tests().isEmpty()) {
        html.append("<tr><th scope=\"row\">").append(Html.escape(row.model())).append("</th>");
        metrics.forEach(metric -> test(metric, row.tests().get(metric)));
        html.append("</tr>\n");
      }
    }
    html.append("</tbody></table></div>\n");
  }

  private void test(String metric, Standings.Against test) {
    List<String> cells =
        List.of(
            test.other(),
            String.format(Locale.ROOT, "%+.4f", test.difference()),
            Columns.p(test.p()),
            Columns.p(test.corrected()),
            String.format(Locale.ROOT, "%+.3f", test.effect()));
    for (int c = 0; c < cells.size(); c++) {
      html.append("<td data-name=\"").append(metric.toUpperCase(Locale.ROOT)).append(' ');
      html.append(TESTED.get(c)).append("\">").append(Html.escape(cells.get(c))).append("</td>");
    }
  }

  private void verdicts() {
    if (standings.verdicts().isEmpty()) {
      return;
    }
    html.append("<h2>Against the paper</h2>\n<ul class=\"verdicts\">\n");
    html.append(
        standings.verdicts().stream()
            .map(verdict -> "<li>" + Html.escape(verdict) + "</li>\n")
            .collect(Collectors.joining()));
    html.append("</ul>\n");
  }

  private void audit() {
    html.append("<h2>Audit of the protocol</h2>\n<dl class=\"audit\">\n");
    for (Audit.Finding finding : standings.audit()) {
      html.append(finding.alarming() ? "<div class=\"alarming\">" : "<div>").append("<dt>");
      html.append(Html.escape(finding.what())).append("</dt><dd><b>");
      html.append(Html.escape(finding.value())).append("</b> ");
      html.append(Html.escape(finding.remark())).append("</dd></div>\n");
    }
    html.append("</dl>\n");
  }

  private static String style() {
    try (InputStream css = ComparisonPage.class.getResourceAsStream("comparison.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("comparison.css is missing from the jar", e);
    }
  }
}
