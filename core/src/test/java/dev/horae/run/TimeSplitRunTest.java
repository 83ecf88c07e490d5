package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.eval.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is trained by a split by time must not depend on anything that happens after the cut. */
class TimeSplitRunTest {

  private static final long CUT = 1_700_000_000L + 14 * 86_400;

  @TempDir Path folder;

  /**
   * @param setting of the model; that of intervals reads a user's whole history, as far as it goes
   */
  @ParameterizedTest
  @CsvSource({
    "item-transitions, seed=1",
    "vmis-knn, seed=1",
    "horae, model.tower=none",
    "sasrec, model.hidden_size=16",
    "tisasrec, model.interval_unit=history",
    "ticoserec, model.hidden_size=16",
    "fearec, model.hidden_size=16"
  })
  void whatHappensAfterTheCutTeachesNothing(String model, String setting) throws IOException {
    RunReport one = train(byTime(false), model, "one", setting);
    RunReport other = train(byTime(true), model, "other", setting);
    for (String file : new String[] {"model.safetensors", "items.jsonl", "ranks-valid.csv"}) {
      assertThat(folder.resolve("one").resolve(file))
          .as(file)
          .hasSameBinaryContentAs(folder.resolve("other").resolve(file));
    }
    assertThat(provenance("other").time()).isEqualTo(provenance("one").time());
    assertThat(provenance("other").repeats()).isEqualTo(provenance("one").repeats());
    assertThat(other.valid()).isEqualTo(one.valid());
    assertThat(Files.readString(folder.resolve("other/ranks-test.csv")))
        .isNotEqualTo(Files.readString(folder.resolve("one/ranks-test.csv")));
  }

  /** The change is one that training sees where it may: the test above could fail. */
  @Test
  void byLeaveOneOutTheSameChangeIsLearnt() throws IOException {
    train(at(null, false), "item-transitions", "one", "seed=1");
    train(at(null, true), "item-transitions", "other", "seed=1");
    assertThat(Files.readString(folder.resolve("other/items.jsonl")))
        .isNotEqualTo(Files.readString(folder.resolve("one/items.jsonl")));
  }

  @Test
  void itemsBornLaterStandApart() {
    RunReport report = train(byTime(true), "most-popular", "run", "seed=1");
    assertThat(report.withBornLater()).isNotNull();
    assertThat(report.withBornLater().targets()).isZero(); // all 40 are had early
    assertThat(report.withBornLater().test()).isEqualTo(report.test());
    assertThat(report.withBornLater().maskedTest().keySet()).containsAll(Metrics.NAMES);
    assertThat(train(at(null, true), "most-popular", "plain", "seed=1").withBornLater()).isNull();
    assertThat(folder.resolve("plain/metrics.json")).content().doesNotContain("born");
  }

  private RunReport train(Dataset dataset, String model, String name, String setting) {
    List<String> settings = new ArrayList<>(List.of("text=none", "image=none", setting));
    if (Presets.of(model, List.of(setting)).model().seeded()) { // others refuse settings of a loop
      settings.addAll(List.of("train.epochs=1", "train.batch_size=100"));
    }
    return Training.run(dataset, model, folder.resolve(name), settings.toArray(String[]::new));
  }

  private Provenance provenance(String name) {
    return Json.read(folder.resolve(name).resolve(Provenance.FILE), Provenance.class);
  }

  private static Dataset byTime(boolean changed) {
    return at(CUT, changed);
  }

  /**
   * @param changed whether each event from the cut on is of another item and later
   */
  private static Dataset at(Long cut, boolean changed) {
    Dataset dataset = SmallRun.dataset();
    Manifest manifest = dataset.manifest();
    int[] items = dataset.histories().items().clone();
    long[] times = dataset.histories().times().clone();
    for (int e = 0; e < items.length; e++) {
      if (changed && times[e] >= CUT) {
        items[e] = 1 + (items[e] * 7 + 3) % dataset.catalogue().size();
        times[e] += 12_345;
      }
    }
    return new Dataset(
        dataset.directory(),
        new Manifest(
            manifest.name(),
            manifest.format(),
            manifest.maxLength(),
            manifest.minUserEvents(),
            manifest.minItemEvents(),
            manifest.duplicates(),
            manifest.ties(),
            cut,
            manifest.timed(),
            manifest.counts(),
            manifest.hashes(),
            manifest.images(),
            manifest.provenance()),
        dataset.catalogue(),
        dataset.users(),
        new Histories(dataset.histories().starts(), items, times));
  }
}
