package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run keeps that is begun once more. */
class RunTest {

  @TempDir Path folder;

  private Run run() {
    RunConfig config = Presets.of("horae", List.of());
    Path path = folder.resolve("run");
    RunDirectory.create(path, config);
    return new Run(Optional.empty(), config, Map.of(), path);
  }

  /** Makes what a process leaves that is killed while it trains a network of the run. */
  private static Path network(Run run, String name) throws IOException {
    Path network = run.path().resolve(name);
    RunDirectory.create(network, Presets.of("hm4sr", List.of()));
    RunDirectory.lock(network).close();
    Files.writeString(network.resolve("provenance.json"), "{}");
    return network;
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(f -> folder.relativize(f).toString()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tower", "second_tower"})
  void theNetworksOfOurOwnModelGoOnFromTheirCheckpoints(String name) throws IOException {
    Run run = run();
    network(run, "tower");
    network(run, "second_tower");
    Files.writeString(run.path().resolve(name).resolve("checkpoint.safetensors"), "an epoch");
    List<String> before = files(run.path());
    run.begin();
    assertThat(files(run.path())).isEqualTo(before);
  }

  @Test
  void anotherPlaceIsTheSameRunAndAnotherSeedIsNot() throws IOException {
    Path path = run().path();
    Files.writeString(path.resolve("checkpoint.safetensors"), "an epoch");
    Files.writeString(path.resolve("provenance.json"), "{\"inputs\": {}}");
    asked(path, "data=elsewhere", "device=cuda:0", "train.workers=3").requireSame();
    assertThatThrownBy(() -> asked(path, "device=cuda:0", "seed=7").requireSame())
        .hasMessageContaining("was made with seed 2025 and not 7; compare");
  }

  private static Run asked(Path path, String... settings) {
    return new Run(Optional.empty(), Presets.of("horae", List.of(settings)), Map.of(), path);
  }

  @Test
  void whatHasNoEpochBeginsAnew() throws IOException {
    Run run = run();
    network(run, "tower");
    run.begin();
    assertThat(files(run.path())).containsExactlyInAnyOrder("run.yaml", "lock");
    assertThat(run.path().resolve("tower")).doesNotExist();
  }
}
