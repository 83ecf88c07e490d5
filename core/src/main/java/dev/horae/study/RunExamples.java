package dev.horae.study;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Moment;
import dev.horae.data.Shuffle;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.features.TextTemplate;
import dev.horae.page.Numbers;
import dev.horae.picture.Thumbnails;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.Block;
import dev.horae.report.Heading;
import dev.horae.report.Items;
import dev.horae.report.Text;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.Scorer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Some test users of a run: what they had, what they are shown, and what they took. */
final class RunExamples {

  private static final int TOP = 5;
  private static final int EVENTS = 9; // shown of a history
  private static final int SHORTEST = 3;
  private static final int THUMBNAIL = 176; // pixels: dense screens show it at half of that

  /** Worst ranks of the examples: two that are found, one that is nearly, one that is not. */
  private static final int[] WORST = {TOP, TOP, 100, Integer.MAX_VALUE};

  private final TrainedRun run;
  private final Dataset dataset;
  private final Split split;
  private final int[] users;
  private final int[] served; // rank of the target in what is shown, by place in users
  private final List<Item> items;
  private final Optional<Path> pictures;

  /**
   * @param users the test users
   * @param ranks theirs
   */
  RunExamples(TrainedRun run, Dataset dataset, int[] users, RunDirectory.Ranks ranks) {
    this.run = run;
    this.dataset = dataset;
    this.users = users;
    split = dataset.split();
    served = run.counts().seldomRepeats() ? ranks.maskedRanks() : ranks.ranks();
    String folder = dataset.manifest().images();
    pictures =
        folder.isEmpty() || !Files.isDirectory(Path.of(folder))
            ? Optional.empty()
            : Optional.of(Path.of(folder));
    items = // a run knows its items, but not their pictures
        pictures.isPresent()
            ? PreparedDataset.open(dataset.directory()).catalogue().items()
            : dataset.catalogue().items();
  }

  List<Block> blocks() {
    List<Integer> places = chosen();
    if (places.isEmpty()) {
      return List.of();
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Heading("Examples"));
    blocks.add(
        Text.of(
            "Test users with %s or more events, drawn by the run's seed: two whose next item is among the first %s, one up to rank %s, one beyond, as far as there are such. %s"
                .formatted(
                    SHORTEST,
                    TOP,
                    WORST[2],
                    run.counts().seldomRepeats()
                        ? "Items of the history are not shown again, as users seldom repeat one."
                        : "Items of the history may be shown again, as users repeat them.")));
    try (Scorer scorer = run.scorer()) {
      Windows windows = Windows.before(split, Split.Part.TEST, scorer.maxLength());
      for (int place : places) {
        int user = users[place];
        int window =
            IntStream.range(0, windows.count())
                .filter(w -> windows.user(w) == user)
                .findFirst()
                .orElseThrow();
        scorer.score(
            windows,
            window,
            window + 1,
            (history, scores) -> blocks.addAll(example(place, best(user, scores))));
      }
    }
    return blocks;
  }

  /** {@return places of users} */
  private List<Integer> chosen() {
    List<Integer> chosen = new ArrayList<>();
    int[] order =
        Shuffle.of(
            IntStream.range(0, users.length).toArray(), new SplittableRandom(run.config().seed()));
    for (int example = 0; example < WORST.length; example++) {
      int worst = WORST[example];
      int better = worst == TOP ? 0 : WORST[example - 1];
      Arrays.stream(order)
          .filter(place -> served[place] > better && served[place] <= worst)
          .filter(place -> before(users[place]) >= SHORTEST)
          .filter(place -> !run.counts().seldomRepeats() || !repeats(users[place]))
          .filter(place -> !chosen.contains(place))
          .findFirst()
          .ifPresent(chosen::add);
    }
    return chosen;
  }

  /** {@return how many events a user has before the target} */
  private int before(int user) {
    return split.testTarget(user) - dataset.histories().starts()[user];
  }

  /** {@return whether the target is an item of the history, which may not be shown again} */
  private boolean repeats(int user) {
    int[] items = dataset.histories().items();
    int target = split.testTarget(user);
    return IntStream.range(dataset.histories().starts()[user], target)
        .anyMatch(e -> items[e] == items[target]);
  }

  private int[] best(int user, float[] scores) {
    if (run.counts().seldomRepeats()) {
      Histories histories = dataset.histories();
      for (int e = histories.starts()[user]; e < split.testTarget(user); e++) {
        scores[histories.items()[e]] = Float.NEGATIVE_INFINITY; // never among the best
      }
    }
    TopK best = new TopK(TOP);
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    return best.indices();
  }

  private List<Block> example(int place, int[] best) {
    int user = users[place];
    int target = split.testTarget(user);
    Histories histories = dataset.histories();
    int from = Math.max(histories.starts()[user], target - EVENTS);
    List<Items.Shown> history = new ArrayList<>();
    for (int e = from; e <= target; e++) {
      String date = dataset.manifest().timed() ? Moment.day(histories.times()[e]) : "";
      history.add(shown(histories.items()[e], date, e == target));
    }
    int next = histories.items()[target];
    List<Items.Shown> top = new ArrayList<>();
    for (int i = 0; i < best.length; i++) {
      top.add(shown(best[i], "" + (i + 1), best[i] == next));
    }
    String name = "User " + dataset.users().get(user);
    int left = from - histories.starts()[user];
    return List.of(
        new Items(
            name
                + ": "
                + (left > 0 ? "the latest of " + before(user) + " events" : "the history")
                + ", and what came next",
            history),
        new Items(
            "%s is shown; what came next ranks %s of %s"
                .formatted(
                    name, Numbers.grouped(served[place]), Numbers.grouped(run.catalogue().size())),
            top));
  }

  private Items.Shown shown(int index, String small, boolean marked) {
    Item item = items.get(index - 1);
    Optional<String> picture = pictures.flatMap(from -> Thumbnails.of(item, from, THUMBNAIL));
    return new Items.Shown(item.id(), TextTemplate.title(item), small, picture.orElse(""), marked);
  }
}
