package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Hm4srFlops.Work;
import dev.horae.sequence.DataSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class Hm4srFlopsTest {

  /** Ten items, five categories, text 3 wide and image 5 wide. */
  private static final DataSpec INVENTORY =
      new DataSpec(
          10,
          4,
          List.of(
              new FeatureTable("text", "t", 3, new float[33]),
              new FeatureTable("image", "i", 5, new float[55])),
          5,
          new float[55],
          new DataSpec.TimeRange(0, 100, 10));

  /** Two steps, 7 examples (4 and 3), 9 events that see 20. */
  private static final Work WORK = new Work(2, 7, 9, 20, 16 + 9);

  /** Views of 2, so V D = 6 and the time embedding is 4 wide. */
  private static Hm4sr.Config config(String... more) {
    Settings settings =
        ConfigReader.read(
            "settings",
            """
            model:
              type: hm4sr
              hidden_size: 2
              heads: 1
              layers: 2
              inner_size: 3
              interactive_experts: 4
              temporal_experts: 2
            """,
            List.of(more),
            Settings.class);
    return (Hm4sr.Config) settings.model();
  }

  record Settings(NetworkConfig model) {}

  @Test
  void countsAreThoseOfThePaperByHand() {
    assertThat(Hm4srFlops.of(config(), INVENTORY, WORK))
        .isEqualTo(
            new Hm4srFlops(
                6 * 7 * 10 * 6, // softmax: 7 examples, 10 items, 6 wide
                4 * 2 * 10 * (3 * 2 + 5 * 2), // two steps project 10 items from 3 and 5 to 2
                6
                    * 9
                    * (4 * 36 + 3 * 2 * 4 + 4 * 2
                        + 2 * 6), // experts, gates; temporal gate, mixture
                6
                    * 5 // passes
                    * (9 * 2 * 3 * 4 // query, key, value in two layers
                        + (9 + 7) * (4 + 2 * 2 * 3)), // the rest; in the last layer at examples
                5 * 2 * 20 * (3 * 2 * 2 + 3 * 2 * 2), // scores and mixture, forward and back
                6 * 9 * 4 * 2 * 2, // from time to two placeholders
                6 * 9 * 6 * 5, // to five categories
                6 * 25 * 2 * 3)); // ids and two placeholder views
    assertThat(Hm4srFlops.of(config(), INVENTORY, WORK).total())
        .isEqualTo(2520 + 1280 + 10_152 + 14_160 + 4800 + 864 + 1620 + 900);
  }

  @Test
  void partsThatAreSwitchedOffCountNothing() {
    Hm4srFlops flops =
        Hm4srFlops.of(
            config(
                "model.time=none",
                "model.interactive_moe=false",
                "model.lambda_cp=0",
                "model.use_id=false"),
            INVENTORY,
            WORK);
    assertThat(flops)
        .isEqualTo(
            new Hm4srFlops(
                6 * 7 * 10 * 4,
                1280,
                0,
                6 * 2 * (9 * 2 * 3 * 4 + (9 + 7) * (4 + 2 * 2 * 3)),
                2 * 2 * 20 * 24,
                0,
                0,
                0));
  }

  @Test
  void theTrainersCostOnGamesIsWhatTheDesignSays() {
    DataSpec games =
        new DataSpec(
            10_672,
            50,
            List.of(
                new FeatureTable("text", "t", 768, new float[768]),
                new FeatureTable("image", "i", 768, new float[768])),
            70,
            new float[0],
            new DataSpec.TimeRange(0, 1, 1));
    Hm4sr.Config paper =
        (Hm4sr.Config)
            ConfigReader.read("settings", "model: {type: hm4sr}", List.of(), Settings.class)
                .model();
    Hm4srFlops step = Hm4srFlops.of(paper, games, new Work(1, 1024, 1024, 5000, 1024L * 1024));
    assertThat(step.softmax()).isCloseTo(12.6e9, within(0.05e9));
    assertThat(step.projection()).isCloseTo(4.2e9, within(0.05e9));
    assertThat(step.encoders() + step.experts()).isCloseTo(4.0e9, within(0.1e9));
  }

  @Test
  void workIsCountedWithoutPaddingAndBySegment() {
    // Six, five and four events: inputs of three and one in a row of 4, and of two in another.
    Histories histories =
        new Histories(
            new int[] {0, 6, 11, 15},
            new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6},
            new long[15]);
    SequenceBatch batch =
        Windows.shared(Split.leaveOneOut(histories), 4, 1)
            .inOrder(10, RowLayout.PACKED)
            .get(0)
            .batch();
    assertThat(batch.items()).hasSize(8);
    Work work = Work.of(batch);
    assertThat(work).isEqualTo(new Work(1, 6, 6, 1 + 2 + 3 + 1 + 2 + 1, 36));
    assertThat(Work.NONE.plus(work).plus(work)).isEqualTo(new Work(2, 12, 12, 20, 72));
  }
}
