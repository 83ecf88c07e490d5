package dev.horae.cli;

import dev.horae.data.Catalogue;
import dev.horae.data.Moment;
import dev.horae.eval.Tables;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How recommendations read on a terminal. */
final class Explanations {

  private static final int INFLUENTIAL = 3;

  private Explanations() {}

  static String text(Answer answer, Catalogue catalogue) {
    List<List<String>> rows = new ArrayList<>();
    for (Scored item : answer.items()) {
      rows.add(
          List.of(
              Integer.toString(rows.size() + 1),
              score(item.score()),
              item.item(),
              title(item.item(), catalogue)));
    }
    return unknown(answer.unknown(), answer.source() == Source.POPULAR)
        + Tables.render(List.of("", "score", "item", "title"), rows);
  }

  static String text(Explanation explanation, Catalogue catalogue) {
    if (explanation.answer().source() == Source.POPULAR) {
      return text(explanation.answer(), catalogue);
    }
    StringBuilder text = new StringBuilder(unknown(explanation.answer().unknown(), false));
    text.append("history, oldest first\n");
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
                        title(event.item(), catalogue))));
    text.append(Tables.render(List.of("", "day", "item", "title"), events)).append('\n');
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("", "score"));
    for (Reason reason : explanation.reasons()) {
      if (rows.isEmpty()) {
        header.addAll(reason.shares().keySet());
        header.addAll(List.of("mattered most", "item", "title"));
      }
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(rows.size() + 1));
      row.add(score(reason.item().score()));
      reason.shares().values().forEach(share -> row.add(signed(share)));
      row.add(influential(reason.influence()));
      row.add(reason.item().item());
      row.add(title(reason.item().item(), catalogue));
      rows.add(row);
    }
    text.append("recommended; the views add up to the score; #n +x = the score falls by x without")
        .append(" event n\n")
        .append(Tables.render(header, rows))
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

  private static String unknown(List<String> items, boolean nothing) {
    String skipped =
        items.isEmpty() ? "" : "not in the catalogue, skipped: " + String.join(", ", items) + "\n";
    return nothing
        ? skipped + "the history has no item of the catalogue, so these are the most popular\n"
        : skipped;
  }

  private static String title(String item, Catalogue catalogue) {
    return catalogue.item(catalogue.index(item).orElseThrow()).title();
  }

  private static String score(double score) {
    return String.format(Locale.ROOT, "%.3f", score);
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.3f", value);
  }
}
