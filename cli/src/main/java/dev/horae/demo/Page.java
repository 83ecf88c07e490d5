package dev.horae.demo;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Html;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One self-contained web page about a run: its figures, the comparison, and for some users what
 * they did, what is recommended to them and why. It loads nothing: style and pictures are inside.
 *
 * @param title of the page
 * @param lead one or two sentences below it
 * @param facts counts and seconds
 * @param models the comparison, one row each, all with the same metrics; the first stands out
 * @param stories one per user
 */
public record Page(
    String title, String lead, List<Fact> facts, List<Row> models, List<UserStory> stories) {

  /** One figure with its name, both as they are to be read. */
  public record Fact(String name, String value) {}

  /**
   * @param name such as {@code ndcg@10}
   * @param low of its 95 % interval, as {@code high}
   */
  public record Metric(String name, double mean, double low, double high) {}

  /** One model of the comparison. */
  public record Row(String model, List<Metric> metrics) {}

  /**
   * An item as the page shows it.
   *
   * @param detail a second line, such as brand and category; may be empty
   * @param picture a file that ImageIO reads; a missing or broken one shows as an empty frame
   */
  public record Card(String title, String detail, Optional<Path> picture) {}

  /**
   * One event of a history.
   *
   * @param time seconds since 1970-01-01 UTC; empty in data without times
   */
  public record Visit(Card item, Optional<Long> time) {}

  /**
   * A modality's exact part of a score, which may be negative.
   *
   * @param modality {@code id}, {@code text} or {@code image}
   */
  public record Part(String modality, double score) {}

  /** An item of the history and how much it mattered to a recommendation, 0..1. */
  public record Reason(Card item, double weight) {}

  /**
   * @param score the sum of {@code parts}
   * @param reasons what mattered most, heaviest first; may be empty
   * @param taken whether it is what the user did next
   */
  public record Recommended(
      Card item, double score, List<Part> parts, List<Reason> reasons, boolean taken) {}

  /**
   * How a gate of the model opened at the last event.
   *
   * @param name such as {@code temporal experts}
   * @param weights per expert, each 0..1
   */
  public record Gate(String name, List<Double> weights) {}

  /**
   * What the user did next, which the model had not seen.
   *
   * @param rank that the model gave it, 1 = best
   * @param items that were ranked
   */
  public record Next(Visit visit, int rank, int items) {}

  /**
   * @param history oldest first
   * @param top best first
   */
  public record UserStory(
      String user,
      List<Visit> history,
      Optional<Next> next,
      List<Recommended> top,
      List<Gate> gates) {}

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMM yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /** Writes the page, whole or not at all. */
  public void write(Path file) {
    AtomicFiles.writeText(file, html());
  }

  /** {@return the page} */
  public String html() {
    StringBuilder html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    html.append("<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.append("<title>").append(Html.escape(title)).append("</title>\n");
    html.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    html.append("<header><h1>").append(Html.escape(title)).append("</h1>\n");
    html.append("<p class=\"lead\">").append(Html.escape(lead)).append("</p></header>\n");
    facts(html);
    comparison(html);
    if (!stories.isEmpty()) {
      legend(html);
    }
    stories.forEach(story -> story(html, story));
    return html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void facts(StringBuilder html) {
    html.append("<dl class=\"facts\">\n");
    for (Fact fact : facts) {
      html.append("<div><dt>").append(Html.escape(fact.name())).append("</dt>");
      html.append("<dd>").append(Html.escape(fact.value())).append("</dd></div>\n");
    }
    html.append("</dl>\n");
  }

  private void comparison(StringBuilder html) {
    if (models.isEmpty()) {
      return;
    }
    html.append(
        """
        <h2>Comparison</h2>
        <div class="scroll"><table class="cards">
        <thead><tr><th>model</th>\
        """);
    models
        .get(0)
        .metrics()
        .forEach(m -> html.append("<th>").append(Html.escape(m.name())).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
    for (Row row : models) {
      html.append("<tr><th>").append(Html.escape(row.model())).append("</th>");
      for (Metric metric : row.metrics()) {
        html.append(
            String.format(
                Locale.ROOT,
                "<td data-name=\"%s\">%.4f<small>%.4f – %.4f</small></td>",
                Html.escape(metric.name()),
                metric.mean(),
                metric.low(),
                metric.high()));
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
    html.append("<p class=\"note\">Small: 95 % bootstrap intervals over users.</p>\n");
  }

  private static void legend(StringBuilder html) {
    html.append("<h2>Recommendations</h2>\n<p class=\"note\">Each bar shows what ");
    for (String modality : List.of("id", "text", "image")) {
      html.append("<span class=\"key m-").append(modality).append("\"></span>&nbsp;");
      html.append(modality).append(modality.equals("image") ? "" : ", ");
    }
    html.append(" add to the score; hatched parts are negative.</p>\n");
  }

  private static void story(StringBuilder html, UserStory story) {
    html.append("<section>\n<h3>User ").append(Html.escape(story.user())).append("</h3>\n");
    html.append("<h4>History</h4>\n<ol class=\"strip\">\n");
    Optional<Long> before = Optional.empty();
    for (Visit visit : story.history()) {
      visit(html, visit, before, "");
      before = visit.time();
    }
    html.append("</ol>\n<h4>Top ").append(story.top().size()).append("</h4>\n<ol class=\"top\">\n");
    story.top().forEach(recommended -> recommended(html, recommended));
    html.append("</ol>\n");
    if (story.next().isPresent()) {
      Next next = story.next().get();
      html.append("<h4>What came next</h4>\n<div class=\"next\"><ol class=\"strip\">");
      visit(html, next.visit(), before, " class=\"taken\"");
      html.append("</ol><p>Rank <b>").append(number(next.rank())).append("</b> of ");
      html.append(number(next.items())).append(" items. The model had not seen it.</p></div>\n");
    }
    if (!story.gates().isEmpty()) {
      html.append("<h4>Gates at the last event</h4>\n<div class=\"gates\">\n");
      story.gates().forEach(gate -> gate(html, gate));
      html.append("</div>\n");
    }
    html.append("</section>\n");
  }

  private static void visit(
      StringBuilder html, Visit visit, Optional<Long> before, String attribute) {
    html.append("<li").append(attribute).append(">");
    picture(html, visit.item());
    html.append("<b>").append(Html.escape(visit.item().title())).append("</b>");
    if (visit.time().isPresent()) {
      long time = visit.time().get();
      html.append("<time>").append(DAY.format(Instant.ofEpochSecond(time))).append("</time>");
      html.append("<span class=\"gap\">");
      html.append(before.map(last -> "+ " + duration(time - last)).orElse("first"));
      html.append("</span>");
    }
    html.append("</li>\n");
  }

  private static void recommended(StringBuilder html, Recommended recommended) {
    html.append(recommended.taken() ? "<li class=\"taken\">" : "<li>");
    picture(html, recommended.item());
    html.append("<div class=\"what\"><b>").append(Html.escape(recommended.item().title()));
    html.append("</b><span>").append(Html.escape(recommended.item().detail())).append("</span>");
    html.append(recommended.taken() ? "<em>bought next</em>" : "").append("</div>\n");
    html.append("<div class=\"why\"><span class=\"score\">");
    html.append(String.format(Locale.ROOT, "%.2f", recommended.score())).append("</span>");
    double total = recommended.parts().stream().mapToDouble(part -> Math.abs(part.score())).sum();
    html.append("<div class=\"bar\">");
    for (Part part : recommended.parts()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<i class=\"m-%s%s\" style=\"width:%.1f%%\" title=\"%s %+.2f\"></i>",
              Html.escape(part.modality()),
              part.score() < 0 ? " negative" : "",
              total == 0 ? 0 : 100 * Math.abs(part.score()) / total,
              Html.escape(part.modality()),
              part.score()));
    }
    html.append("</div><span class=\"parts\">");
    html.append(
        recommended.parts().stream()
            .map(
                part ->
                    String.format(
                        Locale.ROOT, "%s %+.2f", Html.escape(part.modality()), part.score()))
            .collect(Collectors.joining(" · ")));
    html.append("</span>");
    if (!recommended.reasons().isEmpty()) {
      html.append("<ul class=\"reasons\">");
      for (Reason reason : recommended.reasons()) {
        html.append("<li title=\"").append(Html.escape(reason.item().title())).append("\">");
        picture(html, reason.item());
        html.append(Math.round(100 * reason.weight())).append(" %</li>");
      }
      html.append("</ul>");
    }
    html.append("</div></li>\n");
  }

  private static void gate(StringBuilder html, Gate gate) {
    html.append("<figure><figcaption>").append(Html.escape(gate.name())).append("</figcaption>");
    for (double weight : gate.weights()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<div><i style=\"width:%.1f%%\"></i><span>%.2f</span></div>",
              100 * Math.max(0, Math.min(1, weight)),
              weight));
    }
    html.append("</figure>\n");
  }

  private static void picture(StringBuilder html, Card item) {
    Optional<String> data = item.picture().flatMap(Thumbnail::dataUri);
    if (data.isPresent()) {
      html.append("<img alt=\"\" src=\"").append(data.get()).append("\">");
    } else {
      html.append("<span class=\"blank\">no picture</span>");
    }
  }

  private static String duration(long seconds) {
    if (seconds < 3_600) {
      return seconds < 60 ? "moments" : count(seconds / 60, "minute");
    }
    long days = seconds / 86_400;
    if (days == 0) {
      return count(seconds / 3_600, "hour");
    }
    return days < 45
        ? count(days, "day")
        : days < 730 ? count(Math.round(days / 30.44), "month") : count(days / 365, "year");
  }

  private static String count(long n, String unit) {
    return n + " " + unit + (n == 1 ? "" : "s");
  }

  private static String number(int n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  private static String style() {
    try (InputStream css = Page.class.getResourceAsStream("page.css")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("page.css is missing from the jar", e);
    }
  }
}
