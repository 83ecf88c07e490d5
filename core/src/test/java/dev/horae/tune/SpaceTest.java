package dev.horae.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.model.ModelConfig;
import dev.horae.run.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceTest {

  /** Each value is one that the model reads. */
  @Test
  void whatIsDocumentedCanBeSearched() {
    for (String model : Space.DOCUMENTED) {
      assertThat(Space.ofPaper(Presets.of(model, List.of())).size()).as(model).isGreaterThan(2);
    }
  }

  @Test
  void thePapersGridIsThatOfThePaper() {
    Space space = Space.ofPaper(Presets.of("hm4sr", List.of()));
    assertThat(space.size()).isEqualTo(27_000);
    assertThat(space.axes().stream().map(Space.Axis::key))
        .containsExactly(
            "model.interactive_experts",
            "model.temporal_experts",
            "model.tau",
            "model.lambda_idcl",
            "model.lambda_pcl",
            "model.beta");
    assertThat(space.pointOf(Presets.of("hm4sr", List.of()))).contains(List.of(1, 1, 1, 3, 4, 2));
  }

  @Test
  void whatNobodySaysIsNotMadeUp() {
    for (String model : Names.choices(ModelConfig.class).keySet()) {
      if (!Space.DOCUMENTED.contains(model)) {
        assertThatExceptionOfType(ConfigException.class)
            .isThrownBy(() -> Space.ofPaper(Presets.of(model, List.of())))
            .withMessageStartingWith(
                "``space`` paper: neither the paper nor the official code of "
                    + model
                    + " says which values were searched; give a file with such values");
      }
    }
  }

  @Test
  void theBudgetAndTheSeedAreNotSearched(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("space.yaml");
    Files.writeString(file, "seed: [1, 2]\ntrain: {epochs: [10, 20], batch_size: [64, 128]}\n");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> Space.read(file, Presets.of("sasrec", List.of())))
        .withMessage(
            file
                + ":1: seed is set by the search; leave it out\n"
                + file
                + ":2: train.epochs decides how long is trained, not what; leave it out\n"
                + "2 problems; nothing was run");
  }

  @Test
  void pointsAreSettings() {
    Space space =
        new Space(
            List.of(
                new Space.Axis("model.dropout", List.of("0.2", "0.5", "0.7")),
                new Space.Axis("model.layers", List.of("1", "3"))));
    assertThat(space.settings(List.of(2, 0)))
        .containsExactly("model.dropout=0.7", "model.layers=1");
    assertThat(space.grid())
        .containsExactly(
            List.of(0, 0),
            List.of(0, 1),
            List.of(1, 0),
            List.of(1, 1),
            List.of(2, 0),
            List.of(2, 1));
    Space whole = space.with(Presets.of("sasrec", List.of())); // which has two layers
    assertThat(whole.values(List.of(1, 1)))
        .isEqualTo(Map.of("model.dropout", "0.5", "model.layers", "2"));
    assertThat(whole.around(List.of(1, 1)))
        .containsExactly(List.of(1, 1), List.of(0, 1), List.of(2, 1), List.of(1, 0), List.of(1, 2));
  }
}
