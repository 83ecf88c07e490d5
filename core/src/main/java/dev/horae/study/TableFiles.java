package dev.horae.study;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Csv;
import dev.horae.data.Json;
import dev.horae.eval.BeyondAccuracy;
import dev.horae.page.Markdown;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.FindingsPage;
import dev.horae.report.Origin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** A table as Markdown, CSV and LaTeX; the page is that of its {@link StandingsFindings}. */
public final class TableFiles {

  /** What the columns mean. */
  static final String NOTE =
      "± is the standard deviation over seeds; a model that no seed changes is trained once. Costs"
          + " are of one run, peak memory the most of any. p is a paired randomisation test over"
          + " users, gains averaged over seeds, with Holm's correction; d_z is the mean difference"
          + " over its standard deviation.";

  static final String NOTE_ON_BEST =
      " The best is compared with the second, every other with the best.";

  private static final String NOTE_ON_TIES =
      " Random: events of one user with equal times change places, in five orders; change is against"
          + " the order of the file, all with the first seed.";

  /** What is shown of other orders of equal times. */
  private static final List<String> TIES =
      List.of(Standings.DECISIVE, Standings.MASKED + Standings.DECISIVE);

  private static final String NOTE_ON_BEATEN = " ↓ marks a model that a heuristic baseline beats.";

  private TableFiles() {}

  /**
   * Writes {@code NAME.md}, {@code .csv}, {@code .tex}, {@code .html} and {@code .findings.json},
   * each whole or not at all.
   *
   * @return the files
   */
  public static List<Path> write(Standings standings, Path folder, Origin origin) {
    String name = standings.manifest().name();
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(".md", markdown(standings));
    texts.put(".csv", csv(standings));
    texts.put(".tex", latex(standings));
    Findings findings = StandingsFindings.of(standings, origin);
    texts.put(".html", FindingsPage.html(findings));
    texts.put("." + FindingsFiles.FILE, Json.text(findings) + "\n");
    List<Path> files = new ArrayList<>();
    texts.forEach(
        (kind, text) -> {
          Path file = folder.resolve(name + kind);
          AtomicFiles.writeText(file, text);
          files.add(file);
        });
    return files;
  }

  static String note(Standings standings) {
    boolean beaten = standings.rows().stream().anyMatch(row -> !row.beatenBy().isEmpty());
    return NOTE
        + (standings.reference().isEmpty()
            ? NOTE_ON_BEST
            : " Every row is compared with " + standings.reference() + ".")
        + standings.beyond().map(TableFiles::noteOnBeyond).orElse("")
        + (standings.shuffled() ? NOTE_ON_TIES : "")
        + (beaten ? NOTE_ON_BEATEN : "");
  }

  static String noteOnBeyond(BeyondAccuracy some) {
    return " The ten items shown are those that recommend shows, history "
        + (some.historyLeftOut() ? "left out" : "included")
        + ": coverage, share of the catalogue in any list; novelty, mean -log2 of an item's share"
        + " of training events; popularity lift, how much more often they were trained on than the"
        + " histories' items; long tail, share outside the items with 80 % of the events; cold,"
        + " share without any.";
  }

  static String markdown(Standings standings) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(Markdown.text(standings.title())).append("\n\n");
    text.append(Markdown.text(standings.lead())).append("\n\n");
    List<Columns.Column> columns = Columns.of(standings);
    text.append(Markdown.row(columns.stream().map(c -> Markdown.text(c.fullName())).toList()));
    text.append(
        Markdown.row(
            columns.stream().map(c -> c.name().equals("model") ? "---" : "---:").toList()));
    for (int row = 0; row < standings.rows().size(); row++) {
      int r = row;
      text.append(Markdown.row(columns.stream().map(c -> markdownCell(c.cells().get(r))).toList()));
    }
    text.append('\n').append(note(standings)).append('\n');
    section(text, "Warnings", standings.warnings().stream().map(TableFiles::bold).toList());
    section(text, "Against the paper", standings.verdicts().stream().map(Markdown::text).toList());
    section(
        text,
        "Audit of the protocol",
        standings.audit().stream().map(TableFiles::markdownLine).toList());
    return text.toString();
  }

  private static String bold(String warning) {
    return "**" + Markdown.text(warning) + "**";
  }

  private static String markdownCell(Columns.Cell cell) {
    return switch (cell.mark()) {
      case BEST -> "**" + Markdown.text(cell.text()) + "**";
      case SECOND -> "<u>" + Markdown.text(cell.text()) + "</u>";
      case NONE -> Markdown.text(cell.text());
    };
  }

  private static void section(StringBuilder text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.append("\n## ").append(title).append("\n\n");
      lines.forEach(line -> text.append("- ").append(line).append('\n'));
    }
  }

  private static String markdownLine(Audit.Finding finding) {
    String mark = finding.alarming() ? "**" : "";
    String value = finding.value().isEmpty() ? "" : ": " + finding.value();
    String remark = finding.remark().isEmpty() ? "" : "; " + finding.remark();
    return mark + Markdown.text(finding.what() + value) + mark + Markdown.text(remark);
  }

  /** Every figure unrounded; empty where there is none. */
  static String csv(Standings standings) {
    List<String> header =
        new ArrayList<>(
            List.of("dataset", "model", "kind", "seeds", "seeds_wanted", "text", "image"));
    for (String metric : Standings.METRICS) {
      header.add(metric.replace(' ', '_'));
      header.add(metric.replace(' ', '_') + "_deviation");
    }
    header.addAll(
        List.of("ndcg@10_low", "ndcg@10_high", "history_share_of_top_10", "tied_targets"));
    if (standings.shuffled()) {
      header.add("orders_of_ties");
      for (String metric : TIES) {
        header.add(metric.replace(' ', '_') + "_random_ties");
        header.add(metric.replace(' ', '_') + "_random_ties_deviation");
      }
    }
    standings.beyond().ifPresent(some -> addBeyond(header, some));
    for (String metric : Standings.TESTED) {
      for (String part : List.of("against", "difference", "p", "p_holm", "d_z")) {
        header.add(metric.replace(' ', '_') + "_" + part);
      }
    }
    header.addAll(
        List.of(
            "parameters",
            "epochs",
            "seconds_per_epoch",
            "seconds",
            "peak_memory_bytes",
            "published_ndcg@10",
            "beaten_by",
            "failures"));
    StringBuilder text = new StringBuilder(String.join(",", header)).append('\n');
    for (Standings.Row row : standings.rows()) {
      text.append(Csv.line(cells(standings, row)));
    }
    return text.toString();
  }

  private static void addBeyond(List<String> header, BeyondAccuracy some) {
    header.addAll(
        List.of(
            "coverage@10",
            "novelty@10",
            "popularity_lift@10",
            "long_tail_share@10",
            "cold_share@10"));
    for (BeyondAccuracy.Length length : some.byLength()) {
      String events = "_after_" + length.events().replace("–", "_to_").replace("+", "_or_more");
      header.addAll(List.of("users" + events, "ndcg@10" + events, "masked_ndcg@10" + events));
    }
  }

  private static void addBeyond(
      List<String> cells, BeyondAccuracy some, Optional<BeyondAccuracy> own) {
    List<ToDoubleFunction<BeyondAccuracy>> figures =
        List.of(
            BeyondAccuracy::coverage,
            BeyondAccuracy::novelty,
            BeyondAccuracy::popularityLift,
            BeyondAccuracy::longTailShare,
            BeyondAccuracy::coldShare);
    figures.forEach(f -> cells.add(own.map(b -> number(f.applyAsDouble(b))).orElse("")));
    for (int g = 0; g < some.byLength().size(); g++) {
      int place = g;
      Optional<BeyondAccuracy.Length> length = own.map(b -> b.byLength().get(place));
      cells.add("" + some.byLength().get(g).users());
      cells.add(length.map(l -> number(l.ndcg())).orElse(""));
      cells.add(length.map(l -> number(l.masked())).orElse(""));
    }
  }

  private static List<String> cells(Standings standings, Standings.Row row) {
    Result result = row.result();
    List<String> cells =
        new ArrayList<>(
            List.of(
                standings.manifest().name(),
                result.model(),
                result.heuristic() ? "heuristic" : "trained",
                "" + result.outcomes().size(),
                "" + result.wanted(),
                result.text(),
                result.image()));
    for (String metric : Standings.METRICS) {
      Spread spread = row.spreads().get(metric);
      cells.add(spread == null ? "" : number(spread.mean()));
      cells.add(spread == null ? "" : number(spread.deviation()));
    }
    cells.add(row.there() ? number(row.interval().low()) : "");
    cells.add(row.there() ? number(row.interval().high()) : "");
    cells.add(row.there() ? number(row.historyShare().mean()) : "");
    cells.add(
        row.there()
            ? number(result.outcomes().stream().mapToDouble(Result.Outcome::tied).max().orElse(0))
            : "");
    if (standings.shuffled()) {
      cells.add("" + result.shuffled().size());
      for (String metric : TIES) {
        Spread spread = row.shuffled().get(metric);
        cells.add(spread == null ? "" : number(spread.mean()));
        cells.add(spread == null ? "" : number(spread.deviation()));
      }
    }
    standings.beyond().ifPresent(some -> addBeyond(cells, some, row.beyond()));
    for (String metric : Standings.TESTED) {
      Standings.Against test = row.tests().get(metric);
      cells.addAll(
          test == null
              ? List.of("", "", "", "", "")
              : List.of(
                  test.other(),
                  number(test.difference()),
                  number(test.p()),
                  number(test.corrected()),
                  number(test.effect())));
    }
    cells.add(known(row.cost(Result.Cost::parameters)));
    cells.add(known(row.cost(Result.Cost::epochs)));
    cells.add(known(row.cost(Result.Cost::secondsPerEpoch)));
    cells.add(known(row.cost(Result.Cost::seconds)));
    cells.add(known((double) row.peakBytes()));
    cells.add(row.published().map(entry -> number(entry.ndcg10())).orElse(""));
    cells.add(String.join("; ", row.beatenBy()));
    cells.add(String.join("; ", result.failures()));
    return cells;
  }

  private static String known(double value) {
    return value == 0 ? "" : number(value);
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? ""
        : value == Math.rint(value) && Math.abs(value) < 1e15
            ? String.format(Locale.ROOT, "%.0f", value)
            : Double.toString(value);
  }

  /** A table* for the packages booktabs and graphicx. */
  static String latex(Standings standings) {
    List<Columns.Column> columns = Columns.of(standings);
    StringBuilder text = new StringBuilder("% needs \\usepackage{booktabs,graphicx}\n");
    text.append("\\begin{table*}\n\\centering\n\\caption{");
    text.append(escape(standings.title())).append(". ").append(escape(standings.lead()));
    for (String warning : standings.warnings()) {
      text.append(" \\textbf{Warning: ").append(escape(warning)).append("}");
    }
    text.append("}\n\\resizebox{\\textwidth}{!}{%\n\\begin{tabular}{l");
    text.append("r".repeat(columns.size() - 1)).append("}\n\\toprule\n");
    text.append(groups(columns)).append(" \\\\\n");
    text.append(row(columns.stream().map(c -> escape(c.name())).toList()));
    text.append("\\midrule\n");
    for (int r = 0; r < standings.rows().size(); r++) {
      int place = r;
      text.append(row(columns.stream().map(c -> latexCell(c.cells().get(place))).toList()));
    }
    text.append("\\bottomrule\n\\end{tabular}}\n\n\\smallskip\\footnotesize ");
    text.append(escape(note(standings))).append("\n\\end{table*}\n");
    standings.verdicts().forEach(verdict -> text.append("% ").append(verdict).append('\n'));
    return text.toString();
  }

  private static String groups(List<Columns.Column> columns) {
    List<String> cells = new ArrayList<>();
    for (int c = 0; c < columns.size(); ) {
      String group = columns.get(c).group();
      int width = 1;
      while (!group.isEmpty()
          && c + width < columns.size()
          && columns.get(c + width).group().equals(group)) {
        width++;
      }
      cells.add(group.isEmpty() ? "" : "\\multicolumn{" + width + "}{c}{" + escape(group) + "}");
      c += width;
    }
    return String.join(" & ", cells);
  }

  private static String row(List<String> cells) {
    return String.join(" & ", cells) + " \\\\\n";
  }

  private static String latexCell(Columns.Cell cell) {
    return switch (cell.mark()) {
      case BEST -> "\\textbf{" + escape(cell.text()) + "}";
      case SECOND -> "\\underline{" + escape(cell.text()) + "}";
      case NONE -> escape(cell.text());
    };
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            letter ->
                escaped.append(
                    switch (letter) {
                      case '\\' -> "\\textbackslash{}";
                      case '~' -> "\\textasciitilde{}";
                      case '^' -> "\\textasciicircum{}";
                      case '&', '%', '$', '#', '_', '{', '}' -> "\\" + (char) letter;
                      case '±' -> "$\\pm$";
                      case '↓' -> "$\\downarrow$";
                      case '<' -> "$<$";
                      case '>' -> "$>$";
                      case '–' -> "--";
                      default -> Character.toString(letter);
                    }));
    return escaped.toString();
  }
}
