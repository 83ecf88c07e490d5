package dev.horae.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Manifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuningPlanTest {

  private static final Dataset DATASET =
      new Dataset(
          Path.of("toys"),
          new Manifest(
              "toys", 1, 50, 5, 5, "kept", "file", null, true, Map.of(), Map.of(), "", Map.of()),
          new Catalogue(List.of()),
          List.of(),
          new Histories(new int[] {0}, new int[0], new long[0]));

  /** Our own model without a network has no epochs, and is a setting nevertheless. */
  @Test
  void aSettingLeavesOutWhatItDoesNotRead() {
    Space space =
        new Space(
            List.of(
                new Space.Axis("model.tower", List.of("none", "sasrec")),
                new Space.Axis("model.newest", List.of("5", "10"))));
    TuningPlan plan =
        TuningPlan.of(
            DATASET,
            "horae",
            space,
            TuningPlan.Mode.GRID,
            0,
            1,
            1,
            List.of("train.epochs=3", "model.fitted_users=100"),
            Path.of("out"));
    assertThat(plan.settingsTried()).isEqualTo(4);
    assertThat(plan.settings(List.of(0, 1)))
        .containsExactly("model.fitted_users=100", "model.tower=none", "model.newest=10");
    assertThat(plan.settings(List.of(1, 0)))
        .containsExactly(
            "train.epochs=3", "model.fitted_users=100", "model.tower=sasrec", "model.newest=5");
  }
}
