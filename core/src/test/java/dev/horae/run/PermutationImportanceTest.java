package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.eval.Ranking;
import dev.horae.sequence.Scorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PermutationImportanceTest {

  @TempDir static Path folder;
  private static RunDirectory run;

  @BeforeAll
  static void train() {
    run = new RunDirectory(folder.resolve("run"));
    SmallRun.train(run.path(), Progress.SILENT);
  }

  private static Map<String, Ranking> use() {
    return PermutationImportance.of(TrainedRun.open(run), SmallRun.dataset());
  }

  @Test
  void spoilsOneSignalAtATimeTheSameWayEachTime() {
    Map<String, Ranking> first = use();
    Map<String, Ranking> second = use();
    assertThat(first)
        .containsOnlyKeys(
            "texts shuffled among items", "intervals made equal", "seasons shifted per user");
    first.forEach(
        (name, ranking) ->
            assertThat(ranking.ranks()).as(name).isEqualTo(second.get(name).ranks()));
    assertThat(first.get("texts shuffled among items").ranks())
        .isNotEqualTo(first.get("intervals made equal").ranks());
  }

  @Test
  void leavesRunAndDataAsTheyWere() {
    Map<String, Integer> before = contents();
    long[] times = SmallRun.dataset().histories().times();
    use();
    assertThat(contents()).isEqualTo(before);
    assertThat(SmallRun.dataset().histories().times()).isEqualTo(times);
    Map<String, Double> test = Json.read(run.file("metrics.json"), RunReport.class).test();
    Ranking unspoilt;
    try (Scorer scorer = TrainedRun.open(run).scorer()) {
      unspoilt =
          Ranking.of(
              scorer, SmallRun.dataset().split(), dev.horae.data.Split.Part.TEST, Progress.SILENT);
    }
    assertThat(dev.horae.eval.Metrics.means(unspoilt.ranks())).isEqualTo(test);
  }

  private static Map<String, Integer> contents() {
    Map<String, Integer> contents = new HashMap<>();
    try (Stream<Path> files = Files.walk(run.path()).filter(Files::isRegularFile)) {
      for (Path file : files.toList()) {
        contents.put(file.toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return contents;
  }
}
