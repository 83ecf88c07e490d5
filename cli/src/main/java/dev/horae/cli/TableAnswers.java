package dev.horae.cli;

import dev.horae.data.Catalogue;
import dev.horae.data.Moment;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import dev.horae.shell.Plain;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How recommendations read on a terminal. */
final class TableAnswers {

  private static final int INFLUENTIAL = 3;
  private static final String COMMAS = " (an id with a comma needs a --history of its own)";

  private TableAnswers() {}

  /**
   * @param columns of the terminal, where titles are cut; 0 where it is none
   */
  static String text(Reply reply, Reply.Terms terms, int columns) {
    Question question = reply.question();
    if (question.problem() != null) {
      return Plain.line(question.problem()) + "\n";
    }
    StringBuilder text = new StringBuilder();
    int later = question.history().later();
    if (later > 0) {
      text.append("left out, later than ")
          .append(terms.moment())
          .append(": ")
          .append(events(later))
          .append('\n');
    }
    int untimed = question.history().untimed();
    if (untimed > 0 && untimed < question.history().events().size()) { // not where none has one
      text.append("without a usable time, kept at their place: ")
          .append(events(untimed))
          .append('\n');
    }
    List<String> unknown = reply.answer().unknown();
    if (!unknown.isEmpty()) {
      text.append("unknown to the model, skipped: ")
          .append(Plain.line(String.join(", ", unknown)))
          .append(hasCommas(question, terms) ? COMMAS : "")
          .append('\n');
    }
    String reason = reply.reason(terms);
    text.append(reason.isEmpty() ? "" : Plain.line(reason) + "\n");
    if (reply.explanation().isPresent()
        && reply.answer().source() == Source.MODEL
        && !reply.answer().items().isEmpty()) {
      return text.append(text(reply.explanation().get(), terms.catalogue(), columns)).toString();
    }
    boolean popular = reply.answer().source() == Source.POPULAR;
    boolean cold = reply.answer().items().stream().anyMatch(Scored::cold);
    List<String> header = new ArrayList<>(List.of("", popular ? "events" : "score"));
    header.addAll(cold ? List.of("", "item", "title") : List.of("item", "title"));
    List<List<String>> rows = new ArrayList<>();
    for (Scored item : reply.answer().items()) {
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(rows.size() + 1));
      row.add(popular ? Long.toString((long) item.score()) : score(item.score()));
      row.addAll(item(item, cold, terms.catalogue()));
      rows.add(row);
    }
    if (rows.isEmpty()) {
      return text.toString();
    }
    return text.append(cold ? Reply.COLD + "\n" : "")
        .append(Printed.table(header, rows, columns))
        .toString();
  }

  /** {@return the mark of a cold item, where one of the table is cold, its id and its title} */
  private static List<String> item(Scored item, boolean marked, Catalogue catalogue) {
    String title = catalogue.item(item.item()).title();
    return marked
        ? List.of(item.cold() ? "cold" : "", item.item(), title)
        : List.of(item.item(), title);
  }

  private static boolean hasCommas(Question question, Reply.Terms terms) {
    return question.line() == 0
        && question.history().events().size() > 1
        && terms.catalogue().items().stream().anyMatch(item -> item.id().contains(","));
  }

  private static String events(int count) {
    return count + (count == 1 ? " event" : " events");
  }

  /**
   * @param explanation of what the model recommended
   * @param columns of the terminal, where titles are cut; 0 where it is none
   */
  static String text(Explanation explanation, Catalogue catalogue, int columns) {
    StringBuilder text = new StringBuilder();
    List<List<String>> events = new ArrayList<>();
    explanation
        .history()
        .forEach(
            event ->
                events.add(
                    List.of(
                        "#" + (events.size() + 1),
                        Moment.day(event.time()),
                        event.item(),
                        catalogue.item(event.item()).title())));
    text.append(
        events.isEmpty()
            ? "the model recommends the same after every history\n"
            : "history, oldest first\n"
                + Printed.table(List.of("", "day", "item", "title"), events, columns)
                + "\n");
    boolean cold = explanation.reasons().stream().anyMatch(reason -> reason.item().cold());
    boolean inWords =
        explanation.reasons().stream().anyMatch(reason -> !reason.because().isEmpty());
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("", "score"));
    for (Reason reason : explanation.reasons()) {
      if (rows.isEmpty()) {
        header.addAll(reason.shares().keySet());
        header.add("mattered most");
        header.addAll(inWords ? List.of("because") : List.of());
        header.addAll(cold ? List.of("", "item", "title") : List.of("item", "title"));
      }
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(rows.size() + 1));
      row.add(score(reason.item().score()));
      reason.shares().values().forEach(share -> row.add(signed(share)));
      row.add(influential(reason.influence()));
      row.addAll(inWords ? List.of(reason.because()) : List.of());
      row.addAll(item(reason.item(), cold, catalogue));
      rows.add(row);
    }
    text.append(cold ? Reply.COLD + "\n" : "");
    text.append("recommended; the views add up to the score; #n +x = the score falls by x without")
        .append(" event n\n")
        .append(Printed.table(header, rows, columns))
        .append('\n');
    explanation
        .gates()
        .forEach(
            (name, weights) ->
                text.append("experts after the last event, ")
                    .append(name)
                    .append(" gate: ")
                    .append(
                        weights.stream()
                            .map(w -> String.format(Locale.ROOT, "%.0f %%", 100 * w))
                            .collect(Collectors.joining("  ")))
                    .append('\n'));
    return text.toString();
  }

  private static String influential(List<Double> influence) {
    return IntStream.range(0, influence.size())
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -Math.abs(influence.get(i))))
        .limit(INFLUENTIAL)
        .map(i -> "#" + (i + 1) + " " + signed(influence.get(i)))
        .collect(Collectors.joining("  "));
  }

  private static String score(double score) {
    return String.format(Locale.ROOT, "%.3f", score);
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.3f", value);
  }
}
