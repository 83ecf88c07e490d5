package dev.horae.run;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.tensor.Group;
import dev.horae.train.EpochReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A run of seconds: 60 users, 40 items, three epochs of three steps. */
final class SmallRun {

  private static final int USERS = 60;
  private static final int ITEMS = 40;

  private SmallRun() {}

  static RunReport train(Path path, Progress progress, String... settings) {
    RunConfig config = config(settings);
    return Training.of(config, dataset(), features(1))
        .run(RunDirectory.create(path, config), progress, ended(progress));
  }

  /** {@return what it takes in one process} */
  static MemoryEstimate plan(String... settings) {
    return Training.of(config(settings), dataset(), features(1)).memory().orElseThrow();
  }

  /** Begins a run, or goes on with it, as one node of a group. */
  static void node(Path path, Group group, Progress progress, String... settings) {
    RunDirectory run = new RunDirectory(path);
    RunConfig config = config(settings);
    if (group.rank() == 0 && !run.has("run.yaml")) {
      RunDirectory.create(path, config);
    }
    Training.of(config, dataset(), features(1), group).run(run, progress, ended(progress));
  }

  /** Begins a run, or goes on with it; {@return whether all its epochs are trained} */
  static boolean trainUntil(int epochs, Path path, String... settings) {
    RunConfig config = config(settings);
    RunDirectory run = new RunDirectory(path);
    return Training.of(config, dataset(), features(1))
        .runUntil(
            epochs,
            run.has("run.yaml") ? run : RunDirectory.create(path, config),
            Progress.SILENT,
            epoch -> {});
  }

  /** Fits our own model with one network, or goes on with it; {@return what did it} */
  static Training horae(Path path, Progress progress, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "seed=3",
                "model.type=horae",
                "model.tower=gru4rec",
                "model.second_tower=none",
                "train.batch_size=100"));
    all.addAll(List.of(settings));
    RunConfig config = ConfigReader.read(null, all, RunConfig.class);
    RunDirectory run = new RunDirectory(path);
    Training training = Training.of(config, dataset(), features(1));
    training.run(run.has("run.yaml") ? run : RunDirectory.create(path, config), progress);
    return training;
  }

  private static RunConfig config(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "seed=3",
                "model.hidden_size=16",
                "model.inner_size=24",
                "train.epochs=3",
                "train.batch_size=100"));
    all.addAll(List.of(settings));
    return ConfigReader.read(null, all, RunConfig.class);
  }

  static RunReport resume(Path path, Progress progress) {
    return resume(path, features(1), progress);
  }

  static void resumeWithOtherFeatures(Path path) {
    resume(path, features(2), Progress.SILENT);
  }

  private static RunReport resume(Path path, List<FeatureTable> features, Progress progress) {
    RunDirectory run = RunDirectory.open(path);
    return Training.of(run.config(), dataset(), features).run(run, progress, ended(progress));
  }

  static List<FeatureTable> features(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[(ITEMS + 1) * 8];
    for (int i = 8; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return List.of(new FeatureTable("text", "random", 8, values));
  }

  /**
   * Users walk through the catalogue in steps of one or two, so that there is something to learn.
   */
  static Dataset dataset() {
    return dataset(2);
  }

  /** Users go anywhere: there is nothing to learn, and training with patience ends soon. */
  static Dataset aimless() {
    return dataset(ITEMS);
  }

  private static Dataset dataset(int longestStep) {
    SplittableRandom random = new SplittableRandom(5);
    List<Item> items = new ArrayList<>();
    for (int i = 1; i <= ITEMS; i++) {
      items.add(new Item("item-" + i, "Thing " + i, "", List.of("kind-" + i % 4), ""));
    }
    List<String> users = new ArrayList<>();
    List<Integer> taken = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    int[] starts = new int[USERS + 1];
    for (int u = 0; u < USERS; u++) {
      users.add("user, " + u); // a name that CSV must quote
      int item = random.nextInt(ITEMS);
      long time = 1_700_000_000L + random.nextInt(1_000_000);
      int length = 4 + random.nextInt(8);
      for (int e = 0; e < length; e++) {
        taken.add(1 + item);
        times.add(time);
        item = (item + 1 + random.nextInt(longestStep)) % ITEMS;
        time += 86_400L * random.nextInt(4);
      }
      starts[u + 1] = taken.size();
    }
    Manifest manifest =
        new Manifest(
            "small",
            1,
            6,
            1,
            1,
            "removed",
            "file",
            null,
            true,
            Map.of(),
            Map.of("events.parquet", "e", "items.parquet", "i"),
            "",
            Map.of());
    return new Dataset(
        Path.of("small"),
        manifest,
        new Catalogue(items),
        users,
        new Histories(
            starts,
            taken.stream().mapToInt(i -> i).toArray(),
            times.stream().mapToLong(t -> t).toArray()));
  }

  /** The end of an epoch, which comes after its checkpoint, as a further call. */
  private static Consumer<EpochReport> ended(Progress progress) {
    return epoch -> progress.at("epoch", epoch.number(), epoch.epochs(), "");
  }
}
