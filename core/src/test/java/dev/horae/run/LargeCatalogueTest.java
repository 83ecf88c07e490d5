package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Progress;
import dev.horae.eval.Metrics;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shop of a million items or users needs changes nothing of what comes out. */
class LargeCatalogueTest {

  @TempDir Path folder;

  @Test
  void aMappedTableTrainsToTheSameBitsAsOneInMemory() throws IOException {
    SmallRun.train(folder.resolve("memory"), Progress.SILENT);
    FeatureTable table = SmallRun.features(1).get(0);
    FeatureTable stored =
        new FeatureTable(
            table.modality(),
            table.encoder(),
            table.rows(),
            table.width(),
            1,
            new FeatureTable.InFile(folder.resolve("x.safetensors"), write(table)));
    Dataset dataset = SmallRun.dataset();
    RunDirectory run =
        RunDirectory.create(
            folder.resolve("mapped"), RunDirectory.open(folder.resolve("memory")).config());
    Training.of(run.config(), dataset, List.of(stored)).run(run, Progress.SILENT);
    for (String name : List.of("model.safetensors", "ranks-test.csv")) {
      assertThat(run.file(name)).hasSameBinaryContentAs(folder.resolve("memory").resolve(name));
    }
    // and a run made with the one is continued with the other: their hash is the same
    Training.of(run.config(), dataset, List.of(table)).run(run, Progress.SILENT);
  }

  @Test
  void validationOfSomeUsersRanksThemAsThatOfAll() throws IOException {
    SmallRun.train(folder.resolve("all"), Progress.SILENT, "train.epochs=1");
    SmallRun.train(
        folder.resolve("some"), Progress.SILENT, "train.epochs=1", "train.validation_users=20");
    List<String> all = Files.readAllLines(folder.resolve("all/ranks-valid.csv"));
    List<String> some = Files.readAllLines(folder.resolve("some/ranks-valid.csv"));
    assertThat(some).hasSize(1 + 20).hasSizeLessThan(all.size());
    assertThat(all).containsSubsequence(some);
    assertThat(folder.resolve("some/ranks-test.csv"))
        .hasSameBinaryContentAs(folder.resolve("all/ranks-test.csv"));
    int[] ranks = some.stream().skip(1).mapToInt(LargeCatalogueTest::rank).toArray();
    List<String> epochs = Files.readAllLines(folder.resolve("some/epochs.csv"));
    int column = List.of(epochs.get(0).split(",")).indexOf("valid_ndcg@20");
    assertThat(Double.parseDouble(epochs.get(1).split(",")[column]))
        .isCloseTo(Metrics.mean("ndcg@20", ranks), within(1e-6));
  }

  /** {@return the second last cell of a line; ids may have commas} */
  private static int rank(String line) {
    String[] cells = line.split(",");
    return Integer.parseInt(cells[cells.length - 2]);
  }

  /** {@return where the values begin} */
  private long write(FeatureTable table) throws IOException {
    byte[] header = Safetensors.header(Map.of(), "x", table.rows(), table.width());
    ByteBuffer values = ByteBuffer.allocate(4 * table.values().length);
    values.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(table.values());
    try (OutputStream out = Files.newOutputStream(folder.resolve("x.safetensors"))) {
      out.write(header);
      out.write(values.array());
    }
    return header.length;
  }
}
