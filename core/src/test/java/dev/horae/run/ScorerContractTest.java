package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.model.ModelConfig;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every model promises of its run, whether it is a network or a heuristic baseline. */
class ScorerContractTest {

  private static final Dataset DATASET = SmallRun.aimless();

  private static final List<FeatureTable> FEATURES = List.of(drawn("text", 8), drawn("image", 6));

  static Set<String> models() {
    return Names.choices(ModelConfig.class).keySet();
  }

  @ParameterizedTest
  @MethodSource("models")
  void fittedSavedCopiedAndOpened(String name, @TempDir Path folder) {
    keepsItsPromises(name, folder, FEATURES, List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sasrec", "none"})
  void ourModelWithAnotherTowerOrNone(String tower, @TempDir Path folder) {
    keepsItsPromises("horae", folder, FEATURES, List.of("model.tower=" + tower));
  }

  @ParameterizedTest
  @CsvSource({"none, tower", "image, features tower", "text, features second_tower tower"})
  void ourModelWithWhateverIsThere(String modality, String folders, @TempDir Path folder)
      throws IOException {
    List<FeatureTable> there =
        FEATURES.stream().filter(table -> table.modality().equals(modality)).toList();
    keepsItsPromises("horae", folder, there, List.of());
    try (Stream<Path> files = Files.list(folder.resolve("run"))) {
      assertThat(files.filter(Files::isDirectory).map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(folders.split(" "));
    }
  }

  private static void keepsItsPromises(
      String name, Path folder, List<FeatureTable> there, List<String> settings) {
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    all.addAll(settings);
    if (ConfigReader.read(null, all, RunConfig.class).model().seeded()) {
      all.addAll(List.of("train.epochs=1", "train.batch_size=256"));
    }
    Path path = folder.resolve("run");
    RunConfig config = ConfigReader.read(null, all, RunConfig.class);
    Set<String> read = config.model().modalities();
    List<FeatureTable> tables =
        there.stream().filter(table -> read.contains(table.modality())).toList();
    RunReport report =
        Training.of(config, DATASET, tables)
            .run(RunDirectory.create(path, config), Progress.SILENT);
    assertThat(report.model()).startsWith(name);
    Path copy = copy(path, folder.resolve("copy"));
    try (Scorer scorer = TrainedRun.open(RunDirectory.open(path)).scorer();
        Scorer copied = TrainedRun.open(RunDirectory.open(copy)).scorerOfAllItems()) {
      assertThat(scorer.itemRows()).isEqualTo(DATASET.catalogue().size() + 1);
      Ranking test = Ranking.of(scorer, DATASET.split(), Split.Part.TEST, Progress.SILENT);
      assertThat(Metrics.means(test.ranks())).isEqualTo(report.test());
      Windows windows = Windows.latest(DATASET.histories(), scorer.maxLength());
      float[][] scores = scores(scorer, windows, windows.count());
      for (float[] row : scores) {
        assertThat(row).hasSize(scorer.itemRows());
        assertThat(row[0]).isEqualTo(Float.NEGATIVE_INFINITY);
        for (int item = 1; item < row.length; item++) {
          assertThat(row[item]).isFinite();
        }
      }
      assertThat(scores(copied, windows, windows.count())).isDeepEqualTo(scores);
      someAtATimeAndTogether(scorer, windows, scores);
      if (config.model().readsBeyondThePast().isEmpty()) {
        whatIsServedIsWhatWasEvaluated(scorer);
      }
      oneHistoryExplained(scorer);
    }
  }

  /** Whoever shows the events before their target is nobody by name, and gets what was ranked. */
  private static void whatIsServedIsWhatWasEvaluated(Scorer scorer) {
    Histories all = DATASET.histories();
    Split split = DATASET.split();
    int[] starts = new int[all.users() + 1];
    int[] items = new int[all.events()];
    long[] times = new long[all.events()];
    for (int u = 0; u < all.users(); u++) {
      int target = split.testTarget(u);
      int events = target == Split.NONE ? 0 : target - all.starts()[u];
      System.arraycopy(all.items(), all.starts()[u], items, starts[u], events);
      System.arraycopy(all.times(), all.starts()[u], times, starts[u], events);
      starts[u + 1] = starts[u] + events;
    }
    int events = starts[all.users()];
    Histories shown =
        new Histories(starts, Arrays.copyOf(items, events), Arrays.copyOf(times, events));
    Windows evaluated = Windows.before(split, Split.Part.TEST, scorer.maxLength());
    Windows served = Windows.latest(shown, scorer.maxLength());
    assertThat(served.count()).isEqualTo(evaluated.count()).isEqualTo(all.users());
    float[][] expected = scores(scorer, evaluated, evaluated.count());
    float[][] answered = scores(scorer, served, served.count());
    for (int u = 0; u < answered.length; u++) {
      assertThat(answered[u]).containsExactly(expected[u], within(1e-4f));
    }
  }

  /** Rows of another batch may be summed in another order; the same batches give the same bits. */
  private static void someAtATimeAndTogether(Scorer scorer, Windows windows, float[][] all) {
    float[][] sevens = scores(scorer, windows, 7);
    for (int h = 0; h < all.length; h++) {
      assertThat(sevens[h]).containsExactly(all[h], within(1e-3f));
    }
    float[][][] each = new float[4][][];
    Workers.each(2, 4, i -> each[i] = scores(scorer, windows, 7));
    for (float[][] one : each) {
      assertThat(one).isDeepEqualTo(sevens);
    }
  }

  private static void oneHistoryExplained(Scorer scorer) {
    int u = 0;
    while (DATASET.histories().length(u) < 5) {
      u++;
    }
    Histories five = last(u, 5);
    int events = Math.min(5, scorer.maxLength());
    Explanation explanation = scorer.explain(last(u, events), new int[] {3, 1});
    float[] expected = scores(scorer, Windows.latest(five, scorer.maxLength()), 1)[0];
    assertThat(explanation.reasons()).hasSize(2);
    for (int i = 0; i < 2; i++) {
      Explanation.Reason reason = explanation.reasons().get(i);
      double sum = reason.shares().values().stream().mapToDouble(s -> s).sum();
      assertThat(sum).isCloseTo(expected[i == 0 ? 3 : 1], within(1e-3));
      assertThat(reason.influence()).hasSize(events);
    }
    explanation
        .gates()
        .values()
        .forEach(
            gate -> assertThat(gate.stream().mapToDouble(w -> w).sum()).isCloseTo(1, within(1e-4)));
  }

  private static Histories last(int u, int events) {
    Histories all = DATASET.histories();
    int end = all.starts()[u + 1];
    return new Histories(
        new int[] {0, events},
        Arrays.copyOfRange(all.items(), end - events, end),
        Arrays.copyOfRange(all.times(), end - events, end));
  }

  /** {@return the scores by history, asked for so many windows at a time} */
  private static float[][] scores(Scorer scorer, Windows windows, int atATime) {
    float[][] byHistory = new float[windows.count()][];
    for (int from = 0; from < windows.count(); from += atATime) {
      int to = Math.min(windows.count(), from + atATime);
      scorer.score(windows, from, to, (history, row) -> byHistory[history] = row.clone());
    }
    assertThat(List.of(byHistory)).hasSize(windows.count()); // none is null
    return byHistory;
  }

  private static Path copy(Path from, Path to) {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FeatureTable drawn(String modality, int width) {
    SplittableRandom random = new SplittableRandom(width);
    float[] values = new float[(DATASET.catalogue().size() + 1) * width];
    for (int i = width; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FeatureTable(modality, "drawn", width, values);
  }
}
