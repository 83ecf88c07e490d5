package dev.horae.study.cases;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Moment;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.features.TextTemplate;
import dev.horae.page.Numbers;
import dev.horae.picture.Thumbnails;
import dev.horae.report.Block;
import dev.horae.report.Heading;
import dev.horae.report.Items;
import dev.horae.report.Table;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Explanation.Reason;
import dev.horae.sequence.Scorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Users one by one: what they took, what each run recommended, and why. */
final class CasePage {

  private static final int EVENTS = 12; // of a history that are shown
  private static final int INFLUENTIAL = 3;
  private static final int PIXELS = 112;
  private static final double DAY = 86_400;

  /**
   * What a run makes of a user.
   *
   * @param events of the history that the model saw, their positions, oldest first
   * @param top its first items, best first
   * @param items these and, behind them, the next item where it is not among them
   * @param scores of {@code items}
   * @param why one reason per one of {@code items}
   */
  record View(int[] events, int[] top, int[] items, float[] scores, Explanation why) {}

  private final Dataset dataset;
  private final Histories histories;
  private final Split split;
  private final List<Side> sides;
  private final Map<Integer, String> pictures = new HashMap<>();

  CasePage(Dataset dataset, Split split, List<Side> sides) {
    this.dataset = dataset;
    this.split = split;
    this.sides = sides;
    histories = dataset.histories();
  }

  /** {@return what a run makes of some users, by user} */
  Map<Integer, View> views(Side side, List<Integer> users) {
    Map<Integer, View> views = new LinkedHashMap<>();
    try (Scorer scorer = side.run().scorer()) {
      Windows windows = Windows.before(split, Split.Part.TEST, scorer.maxLength());
      for (int w = 0; w < windows.count(); w++) { // few users: a pass for each
        if (users.contains(windows.user(w))) {
          scorer.score(
              windows,
              w,
              w + 1,
              (user, scores) -> {
                scorer.requireFinite(
                    scores,
                    () -> "user " + dataset.users().get(user),
                    item -> dataset.catalogue().item(item).id());
                views.put(user, view(scorer, user, scores));
              });
        }
      }
    }
    return views;
  }

  private View view(Scorer scorer, int user, float[] scores) {
    int target = split.testTarget(user);
    int next = histories.items()[target];
    TopK best = new TopK(Math.min(Choice.TOP, scores.length - 1));
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    int[] top = best.indices();
    int[] items =
        Arrays.stream(top).anyMatch(item -> item == next)
            ? top
            : IntStream.concat(Arrays.stream(top), IntStream.of(next)).toArray();
    int from = split.inputFrom(user, target, scorer.maxLength());
    Histories seen =
        new Histories(
            new int[] {0, target - from},
            Arrays.copyOfRange(histories.items(), from, target),
            Arrays.copyOfRange(histories.times(), from, target));
    float[] shown = new float[items.length];
    for (int i = 0; i < items.length; i++) {
      shown[i] = scores[items[i]];
    }
    return new View(
        IntStream.range(from, target).toArray(), top, items, shown, scorer.explain(seen, items));
  }

  /**
   * Adds all about a user.
   *
   * @param place of the user among those that have a test target
   * @param views of each side
   */
  void add(int user, int place, String why, List<Map<Integer, View>> views, List<Block> blocks) {
    String id = dataset.users().get(user);
    int target = split.testTarget(user);
    int next = histories.items()[target];
    blocks.add(new Heading("User %s, %s".formatted(id, why)));
    blocks.add(Text.of(taken(target, next, place)));
    int start = histories.starts()[user];
    int from = Math.max(start, target - EVENTS);
    List<Items.Shown> history = new ArrayList<>();
    for (int e = from; e < target; e++) {
      history.add(shown(histories.items()[e], label(e - start) + date(e), false));
    }
    blocks.add(
        new Items(
            from == start
                ? "History of user " + id
                : "History of user %s, the last %s of %s events"
                    .formatted(id, EVENTS, target - start),
            history));
    blocks.add(
        new Items(
            "What user %s took next".formatted(id), List.of(shown(next, bare(target), true))));
    for (int s = 0; s < sides.size(); s++) {
      View view = find(views.get(s), user);
      List<Items.Shown> items = new ArrayList<>();
      for (int i = 0; i < view.top.length; i++) {
        int item = view.top[i];
        items.add(
            shown(
                item,
                Numbers.fixed(view.scores[i], 3) + (had(start, target, item) ? ", had before" : ""),
                item == next));
      }
      blocks.add(
          new Items(
              "First %s of %s for user %s".formatted(view.top.length, sides.get(s).name(), id),
              items));
    }
    for (int s = 0; s < sides.size(); s++) {
      Side side = sides.get(s);
      View view = find(views.get(s), user);
      reasons(side.name(), view, next, start).ifPresent(t -> blocks.add(Text.of(t)));
      int rank = side.ranks().ranks()[place];
      blocks.add(why("Why %s, user %s".formatted(side.name(), id), view, next, rank, start));
    }
  }

  private static View find(Map<Integer, View> views, int user) {
    return Optional.ofNullable(views.get(user)).orElseThrow();
  }

  private String taken(int target, int next, int place) {
    String places =
        sides.stream()
            .map(
                side ->
                    "%s ranks it %s (%s without the items of the history)"
                        .formatted(
                            side.name(),
                            Numbers.grouped(side.ranks().ranks()[place]),
                            Numbers.grouped(side.ranks().maskedRanks()[place])))
            .collect(Collectors.joining(", "));
    return "%s came next%s. Of %s, %s."
        .formatted(
            quoted(next), after(target), Numbers.count(dataset.catalogue().size(), "item"), places);
  }

  /** {@return when the event came after the one before; empty where that is not known} */
  private String after(int target) {
    if (!dataset.manifest().timed()) {
      return "";
    }
    String day = " on " + Moment.day(histories.times()[target]);
    long seconds = histories.times()[target] - histories.times()[target - 1];
    return seconds == 0
        ? day + ", at the time of the event before, so that which came first is not known"
        : seconds < DAY
            ? day + ", within a day of the event before"
            : "%s, %s days after the event before".formatted(day, Numbers.fixed(seconds / DAY, 1));
  }

  /** Of the item that came next, and of the first where that is another one. */
  private Optional<String> reasons(String side, View view, int next, int start) {
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < view.items.length; i++) {
      if (view.items[i] == next || i == 0) {
        Reason reason = view.why.reasons().get(i);
        List<String> parts = new ArrayList<>();
        if (reason.shares().size() > 1) {
          parts.add(
              reason.shares().entrySet().stream()
                  .map(share -> share.getKey() + " " + Numbers.signed(share.getValue(), 3))
                  .collect(Collectors.joining(", ", "made of ", "")));
        }
        strongest(reason)
            .ifPresent(
                e -> {
                  double influence = reason.influence().get(e);
                  parts.add(
                      "it would %s by %s without %s (%s)"
                          .formatted(
                              influence > 0 ? "fall" : "rise",
                              Numbers.fixed(Math.abs(influence), 3),
                              quoted(histories.items()[view.events[e]]),
                              label(view.events[e] - start)));
                });
        if (!reason.because().isEmpty()) {
          parts.add(reason.because());
        }
        if (!parts.isEmpty()) {
          sentences.add(
              "the score of %s%s is %s: %s"
                  .formatted(
                      quoted(view.items[i]),
                      view.items[i] == next ? ", which came next," : "",
                      Numbers.fixed(view.scores[i], 3),
                      String.join("; ", parts)));
        }
      }
    }
    return sentences.isEmpty()
        ? Optional.empty()
        : Optional.of(side + ": " + String.join(". And ", sentences) + ".");
  }

  private static Optional<Integer> strongest(Reason reason) {
    return byInfluence(reason).filter(e -> reason.influence().get(e) != 0).findFirst();
  }

  private static Stream<Integer> byInfluence(Reason reason) {
    return IntStream.range(0, reason.influence().size())
        .boxed()
        .sorted(Comparator.comparingDouble(e -> -Math.abs(reason.influence().get(e))));
  }

  /**
   * @param rank of the next item
   */
  private Table why(String title, View view, int next, int rank, int start) {
    List<Reason> reasons = view.why.reasons();
    List<String> parts = List.copyOf(reasons.get(0).shares().keySet());
    boolean words = reasons.stream().anyMatch(reason -> !reason.because().isEmpty());
    List<Column> columns =
        new ArrayList<>(List.of(Column.of("rank"), Column.of("item"), Column.of("score", 3)));
    if (parts.size() > 1) {
      parts.forEach(part -> columns.add(Column.of(part, 3)));
    }
    columns.add(Column.of("mattered most"));
    if (words) {
      columns.add(Column.of("because"));
    }
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int i = 0; i < view.items.length; i++) {
      Reason reason = reasons.get(i);
      List<@Nullable Object> row = new ArrayList<>();
      row.add(i < view.top.length ? i + 1 : rank);
      row.add(
          TextTemplate.title(dataset.catalogue().item(view.items[i]))
              + (view.items[i] == next ? " (came next)" : ""));
      row.add((double) view.scores[i]);
      if (parts.size() > 1) {
        parts.forEach(part -> row.add(reason.shares().get(part)));
      }
      row.add(
          byInfluence(reason)
              .limit(INFLUENTIAL)
              .map(
                  e ->
                      label(view.events[e] - start)
                          + " "
                          + Numbers.signed(reason.influence().get(e), 3))
              .collect(Collectors.joining("  ")));
      if (words) {
        row.add(reason.because());
      }
      rows.add(row);
    }
    return new Table(
        title,
        columns,
        rows,
        (parts.size() > 1 ? "The views add up to the score. " : "")
            + "#n +x: the score falls by x without event n of the history.");
  }

  private Items.Shown shown(int item, String small, boolean marked) {
    Item shown = dataset.catalogue().item(item);
    return new Items.Shown(shown.id(), TextTemplate.title(shown), small, picture(item), marked);
  }

  private String picture(int item) {
    String folder = dataset.manifest().images();
    return folder.isEmpty()
        ? ""
        : pictures.computeIfAbsent(
            item,
            i -> Thumbnails.of(dataset.catalogue().item(i), Path.of(folder), PIXELS).orElse(""));
  }

  private boolean had(int start, int target, int item) {
    return IntStream.range(start, target).anyMatch(e -> histories.items()[e] == item);
  }

  private String quoted(int item) {
    return "'" + TextTemplate.title(dataset.catalogue().item(item)) + "'";
  }

  private static String label(int event) {
    return "#" + (event + 1);
  }

  private String date(int event) {
    return dataset.manifest().timed() ? ", " + bare(event) : "";
  }

  private String bare(int event) {
    return dataset.manifest().timed() ? Moment.day(histories.times()[event]) : "";
  }
}
