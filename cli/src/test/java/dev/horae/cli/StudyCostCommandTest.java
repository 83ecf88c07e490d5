package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.RawShop;
import dev.horae.bench.TrainingCost;
import dev.horae.config.Version;
import dev.horae.data.Json;
import dev.horae.features.FeatureStore;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.FindingsFiles;
import dev.horae.study.cost.CostPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Small sizes, each in a process of its own. */
class StudyCostCommandTest {

  /** All but one are there already, made up: linear in items, and nothing else matters. */
  @Test
  void aSizeIsMeasuredOnce() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path out = shop.folder().resolve("cost");
    Path points = Files.createDirectories(out.resolve("points"));
    Map<String, Integer> widths = Map.of("text", 384, "image", width(shop));
    CostPlan plan = CostPlan.of(List.of("core"), RawShop.ITEMS, 50, widths, true);
    assertThat(plan.points()).hasSize(9);
    for (CostPlan.Point point : plan.points()) {
      double step = 1e-3 * point.sizes().items();
      Json.write(
          points.resolve(point.file()),
          new CostPoints.Stored(
              Version.text(),
              widths,
              plan.seconds(),
              new TrainingCost(step / point.sizes().batch(), 7, 1L << 20)));
    }
    Path missing = points.resolve(plan.points().get(8).file()); // the largest batch
    Files.delete(missing);

    Object[] command = {
      "study", "cost", "--data", shop.data(), "--models", "core", "--quick", "--out", out
    };
    assertThat(done(command).out())
        .startsWith("Cost of training: 9 points to measure, 8 of them done, about 5 s to go\n")
        .contains("  core: items 200, length 16, width 32, batch 128\n")
        .containsPattern("\n\\[1/1] core: items 200, length 16, width 32, batch 256: 0\\.\\d+ s a")
        .containsPattern("\ncore +items +100 to 400 +1\\.00 +0\\.00 +1\\.00 ")
        .containsPattern("\ncore +width +16 to 64 +-?0\\.00 ");
    assertThat(Json.read(missing, CostPoints.Stored.class).cost().parameters())
        .as("is measured for real")
        .isGreaterThan(200 * 32);
    assertThat(FindingsFiles.read(out).origin().data()).containsExactly("data");

    assertThat(done(command).out())
        .contains(" 9 of them done, about 0 s to go\n")
        .doesNotContain("[");
  }

  private static int width(TrainedShop shop) {
    return FeatureStore.read(PreparedDataset.open(shop.data()), "image", "descriptor").width();
  }

  @Test
  void modelsWithoutStepsAreRefused() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path out = shop.folder().resolve("cost-refused");
    TrainedShop.Result result =
        horae("study", "cost", "--data", shop.data(), "--models", "vmis-knn,horae", "--out", out);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains(
            "--models: vmis-knn is no network", "--models: horae is no network", "2 problems");
    assertThat(out).doesNotExist();
  }
}
