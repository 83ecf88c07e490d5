package dev.horae.demo;

import dev.horae.data.AtomicFiles;
import dev.horae.page.Numbers;
import dev.horae.page.Page;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
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
public record DemoPage(
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

  private static final List<String> MODALITIES = List.of("id", "text", "image");

  /** Writes the page, whole or not at all. */
  public void write(Path file) {
    AtomicFiles.writeText(file, html());
  }

  /** {@return the page} */
  public String html() {
    List<String> metrics =
        models.isEmpty() ? List.of() : models.get(0).metrics().stream().map(Metric::name).toList();
    return Page.html(
        DemoPage.class,
        title,
        lead,
        new Contents(
            facts,
            metrics,
            models.stream().map(DemoPage::line).toList(),
            MODALITIES,
            stories.stream().map(DemoPage::told).toList()));
  }

  /** What the template reads; the records below are its parts. */
  private record Contents(
      List<Fact> facts,
      List<String> metrics,
      List<Line> models,
      List<String> modalities,
      List<Told> stories) {}

  private record Line(String model, List<Cell> cells) {}

  private record Cell(String name, String mean, String low, String high) {}

  private record Told(
      String user,
      List<Step> history,
      int count,
      List<Choice> top,
      List<Came> next,
      List<Opened> gates) {}

  /**
   * @param picture a data URI
   */
  private record Shown(String title, String detail, Optional<String> picture) {}

  private record Step(Shown item, Optional<Day> day, boolean taken) {}

  private record Day(String date, String gap) {}

  private record Choice(
      Shown item, String score, List<Bar> bars, String parts, List<Cause> reasons, boolean taken) {}

  private record Bar(String modality, boolean negative, String width, String text) {}

  private record Cause(Shown item, long percent) {}

  private record Came(Step step, String rank, String items) {}

  private record Opened(String name, List<Weight> weights) {}

  private record Weight(String width, String text) {}

  private static Line line(Row row) {
    return new Line(
        row.model(),
        row.metrics().stream()
            .map(
                metric ->
                    new Cell(
                        metric.name(),
                        Numbers.fixed(metric.mean(), 4),
                        Numbers.fixed(metric.low(), 4),
                        Numbers.fixed(metric.high(), 4)))
            .toList());
  }

  private static Told told(UserStory story) {
    List<Step> history = new ArrayList<>();
    Optional<Long> before = Optional.empty();
    for (Visit visit : story.history()) {
      history.add(step(visit, before, false));
      before = visit.time();
    }
    Optional<Long> last = before;
    return new Told(
        story.user(),
        history,
        story.top().size(),
        story.top().stream().map(DemoPage::choice).toList(),
        story.next().stream()
            .map(
                next ->
                    new Came(
                        step(next.visit(), last, true),
                        Numbers.grouped(next.rank()),
                        Numbers.grouped(next.items())))
            .toList(),
        story.gates().stream().map(DemoPage::opened).toList());
  }

  private static Step step(Visit visit, Optional<Long> before, boolean taken) {
    return new Step(
        shown(visit.item()),
        visit
            .time()
            .map(
                time ->
                    new Day(
                        DAY.format(Instant.ofEpochSecond(time)),
                        before.map(last -> "+ " + duration(time - last)).orElse("first"))),
        taken);
  }

  private static Shown shown(Card card) {
    return new Shown(card.title(), card.detail(), card.picture().flatMap(Thumbnail::dataUri));
  }

  private static Choice choice(Recommended recommended) {
    double total = recommended.parts().stream().mapToDouble(part -> Math.abs(part.score())).sum();
    List<Bar> bars =
        recommended.parts().stream()
            .map(
                part ->
                    new Bar(
                        part.modality(),
                        part.score() < 0,
                        Numbers.percent(total == 0 ? 0 : Math.abs(part.score()) / total),
                        part.modality() + " " + Numbers.signed(part.score(), 2)))
            .toList();
    return new Choice(
        shown(recommended.item()),
        Numbers.fixed(recommended.score(), 2),
        bars,
        bars.stream().map(Bar::text).collect(Collectors.joining(" · ")),
        recommended.reasons().stream()
            .map(reason -> new Cause(shown(reason.item()), Math.round(100 * reason.weight())))
            .toList(),
        recommended.taken());
  }

  private static Opened opened(Gate gate) {
    return new Opened(
        gate.name(),
        gate.weights().stream()
            .map(
                weight ->
                    new Weight(
                        Numbers.percent(Math.max(0, Math.min(1, weight))),
                        Numbers.fixed(weight, 2)))
            .toList());
  }

  private static String duration(long seconds) {
    if (seconds < 3_600) {
      return seconds < 60 ? "moments" : Numbers.count(seconds / 60, "minute");
    }
    long days = seconds / 86_400;
    if (days == 0) {
      return Numbers.count(seconds / 3_600, "hour");
    }
    return days < 45
        ? Numbers.count(days, "day")
        : days < 730
            ? Numbers.count(Math.round(days / 30.44), "month")
            : Numbers.count(days / 365, "year");
  }
}
