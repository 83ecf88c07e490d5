package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.RawShop;
import dev.horae.cli.TrainedShop.Result;
import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.run.RunDirectory;
import dev.horae.run.Training;
import dev.horae.shell.Flags;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What belongs to a run stays with it, and a run that ended may go on. */
class RunIntegrityTest {

  private static TrainedShop shop;
  private static Path run;
  private static Path other;

  @BeforeAll
  static void train() throws IOException {
    shop = TrainedShop.get();
    run = ids("integrity", "seed=1");
    other = ids("integrity-other", "seed=2");
  }

  private static Path ids(String name, Object seed) {
    Path out = shop.folder().resolve(name);
    Result result = TrainedShop.train(shop.data(), out, "model.type=sasrec", seed);
    assertThat(result.err()).isEmpty();
    return out;
  }

  @Test
  void weightsOfAnotherSeedAreRefused() throws IOException {
    for (String name : new String[] {"model.safetensors", "checkpoint.safetensors"}) {
      Path mixed = shop.copy(run, "mixed-" + name);
      Path file = mixed.resolve(name);
      Files.write(file, Files.readAllBytes(other.resolve(name)));
      String foreign = id(file);
      String message =
          file
              + ": belongs to another run ("
              + foreign
              + ", and this one is "
              + id(run.resolve(name))
              + "); put back the file of this run, or train anew\n";
      if (name.startsWith("model")) {
        refused(4, message, "evaluate", mixed);
        refused(4, message, "recommend", mixed, "--history", "i1");
      } else {
        assertThat(TrainedShop.horae("train", "--resume", mixed).err()).isEqualTo(message);
      }
    }
  }

  private static String id(Path file) {
    return Safetensors.read(file).metadata().get("run");
  }

  @Test
  void weightsThatAreNotNumbersAreNamed() throws IOException {
    for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      Path broken = shop.copy(run, "broken-" + value);
      Path file = broken.resolve("model.safetensors");
      Safetensors whole = Safetensors.read(run.resolve("model.safetensors"));
      Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(whole.entries());
      entries.computeIfPresent(
          "item_embedding.weight",
          (name, entry) -> {
            float[] values = entry.floats();
            values[values.length - 1] = value;
            return Safetensors.Entry.of(values, entry.shape());
          });
      AtomicFiles.write(file, new Safetensors(whole.metadata(), entries)::write);
      String message =
          file
              + ": 'item_embedding.weight' has the value "
              + value
              + "; its training has diverged, or the file is damaged: put back a good one, or train"
              + " anew with a lower train.learning_rate\n";
      refused(4, message, "evaluate", broken);
      refused(4, message, "recommend", broken, "--history", "i1");
    }
  }

  @Test
  void weightsOfFactorsThatThereAreNotAreNamed() throws IOException {
    Path counted = shop.folder().resolve("integrity-horae");
    done("train", "--data", shop.data(), "--out", counted, "model.type=horae", "model.tower=none");
    Path file = counted.resolve("model.safetensors");
    Safetensors whole = Safetensors.read(file);
    for (String name : List.of("log wishes", "per basket wishes")) {
      Map<String, String> metadata = new LinkedHashMap<>(whole.metadata());
      metadata.put("weight " + name, "0.5");
      AtomicFiles.write(file, new Safetensors(metadata, whole.entries())::write);
      String message =
          file
              + ": another version of Horae fitted this, which has a factor \""
              + name
              + "\"; use that version, or train anew\n";
      refused(4, message, "evaluate", counted);
      refused(4, message, "recommend", counted, "--history", "i1");
    }
  }

  /** Whatever was done to them: cut off, one digit changed, those of another run. */
  @Test
  void figuresThatWereChangedAreNoticed() throws IOException {
    for (String name : List.of("metrics.json", "ranks-test.csv")) {
      byte[] whole = Files.readAllBytes(run.resolve(name));
      String text = new String(whole, StandardCharsets.UTF_8);
      List<byte[]> damages =
          List.of(
              Arrays.copyOf(whole, whole.length / 2),
              new byte[0],
              text.replaceFirst("1", "2").getBytes(StandardCharsets.UTF_8),
              Files.readAllBytes(other.resolve(name)));
      for (int i = 0; i < damages.size(); i++) {
        Path broken = shop.copy(run, "figures-" + name + i);
        Path file = Files.write(broken.resolve(name), damages.get(i));
        String message =
            file
                + ": is not as it was written (its CRC-32C is not "
                + Json.read(run.resolve("provenance.json"), JsonNode.class)
                    .path("checksums")
                    .path(name)
                    .asText()
                + "); copy it again, or remove "
                + broken.resolve("metrics.json")
                + " and write the result anew with: horae train --resume "
                + broken;
        if (name.startsWith("metrics")) {
          refused(3, message + "\n", "show", broken);
          Result resumed = TrainedShop.horae("train", "--resume", broken);
          assertThat(resumed.err()).isEqualTo(message + "\n");
          assertThat(resumed.code()).isEqualTo(3);
          assertThat(done("runs", broken).out()).contains("cannot be read: " + message);
        } else {
          assertThatThrownBy(() -> new RunDirectory(broken).readRanks(name, List.of()))
              .isInstanceOf(DataException.class)
              .extracting(e -> Flags.in(e.getMessage()))
              .isEqualTo(message);
        }
        Files.delete(broken.resolve("metrics.json"));
        done("train", "--resume", broken);
        assertThat(broken.resolve("ranks-test.csv"))
            .hasSameBinaryContentAs(run.resolve("ranks-test.csv"));
        assertThat(done("show", broken).out()).contains("ndcg@10");
      }
    }
  }

  @Test
  void damagedLinesOfEpochsAreNamedAndNotNeeded() throws IOException {
    Path stopped = shop.copy(run, "epochs");
    Files.delete(stopped.resolve("metrics.json"));
    Path epochs = stopped.resolve("epochs.csv");
    List<String> whole = Files.readAllLines(epochs);
    Map<String, Integer> damages =
        Map.of(
            "",
            1,
            "\0\0",
            1,
            "2,0.1\n",
            1,
            whole.get(0) + "\n\n",
            2,
            whole.get(0) + "\n1,1\n3,1",
            3);
    for (Map.Entry<String, Integer> damage : damages.entrySet()) {
      Files.writeString(epochs, damage.getKey());
      String message =
          epochs
              + ":"
              + damage.getValue()
              + ": is not as training wrote it; put it back, or remove it, and only the figures of"
              + " past epochs are lost";
      Result shown = TrainedShop.horae("show", stopped);
      assertThat(shown.err()).isEqualTo(message + "\n");
      assertThat(shown.code()).isEqualTo(3);
      assertThat(done("runs", stopped).out()).contains("cannot be read: " + message);
      assertThat(TrainedShop.horae("train", "--resume", stopped, "train.epochs=3").err())
          .isEqualTo(message + "\n");
    }
    Files.delete(epochs);
    done("train", "--resume", stopped, "train.epochs=4");
    assertThat(Files.readAllLines(epochs)).hasSize(1 + 2).last().asString().startsWith("4,");
  }

  @Test
  void aProvenanceThatIsNoObjectIsDamage() throws IOException {
    Path broken = shop.copy(run, "provenance-list");
    Path file = Files.writeString(broken.resolve("provenance.json"), "[]");
    String message =
        file + ":1: holds something else than it should; restore the file, or make it again\n";
    for (String verb : List.of("show", "evaluate")) {
      refused(3, message, verb, broken);
    }
  }

  @Test
  void aRunWithoutChecksumsOfItsFiguresIsShownUnlessOneIsMissing() throws IOException {
    Path old = shop.copy(run, "old-figures");
    ObjectNode provenance = Json.read(old.resolve("provenance.json"), ObjectNode.class);
    ((ObjectNode) provenance.path("checksums")).remove("metrics.json");
    Json.write(old.resolve("provenance.json"), provenance);
    assertThat(done("show", old).out())
        .isEqualTo(done("show", run).out().replace(run.toString(), old.toString()));
    Path metrics = old.resolve("metrics.json");
    ObjectNode figures = Json.read(metrics, ObjectNode.class);
    ((ObjectNode) figures.path("test")).remove("ndcg@10");
    Json.write(metrics, figures);
    refused(
        3,
        metrics
            + ": lacks figures of a run (test ndcg@10); remove "
            + metrics
            + " and write the result anew with: horae train --resume "
            + old
            + "\n",
        "show",
        old);
  }

  @Test
  void weightsOfOtherProgramsHaveNoChecksumAndAreTaken() throws IOException {
    Path copy = shop.copy(run, "external");
    Path file = copy.resolve("model.safetensors");
    Safetensors whole = Safetensors.read(run.resolve("model.safetensors"));
    AtomicFiles.write(file, new Safetensors(Map.of(), whole.entries())::write);
    assertThat(done("evaluate", copy).out()).isEqualTo(done("evaluate", run).out());
  }

  @Test
  void aCheckpointWithoutAFigureOfItsTrainingIsRefused() throws IOException {
    Path copy = shop.copy(run, "state");
    Path file = copy.resolve("checkpoint.safetensors");
    Safetensors whole = Safetensors.read(file);
    for (String figure : List.of("next_epoch", "best", "worse", "seconds_training", "slots")) {
      for (String value : new String[] {null, "", "many"}) {
        Map<String, String> metadata = new HashMap<>(whole.metadata());
        if (value == null) {
          metadata.remove(figure);
        } else {
          metadata.put(figure, value);
        }
        AtomicFiles.write(file, new Safetensors(metadata, whole.entries())::write);
        Result result = TrainedShop.horae("train", "--resume", copy);
        assertThat(result.err())
            .isEqualTo(
                file
                    + ": does not say "
                    + figure
                    + ", as the state of a training does; copy the run directory again, or train"
                    + " anew\n");
        assertThat(result.code()).isEqualTo(4);
      }
    }
  }

  @Test
  void aFinishedRunSaysSoAndGoesOnToMoreEpochs() throws IOException {
    Path again = shop.copy(run, "more-epochs");
    assertThat(done("train", "--resume", again).out())
        .contains(
            "\nnothing was left to do: all 2 epochs were trained; to go on: horae train --resume "
                + again
                + " train.epochs=4\n");
    assertThat(done("train", "--resume", again, "train.epochs=3", "train.workers=1").out())
        .doesNotContain("nothing was left")
        .contains("of 3");
    assertThat(Files.readString(again.resolve("run.yaml"))).contains("epochs: 3", "workers: 1");
    assertThat(Files.readAllLines(again.resolve("epochs.csv"))).hasSize(1 + 3);
    assertThat(Training.resume(again, "train.epochs=4").epochs()).isEqualTo(4);
    refused(
        2,
        "command line: model.hidden_size is 16 in this run and cannot become 8; a run that goes on"
            + " may change device, train.epochs, train.patience, train.tensorboard, train.workers, anything else takes"
            + " a new --out\n"
            + "1 problem; nothing was run\n",
        "train",
        "--resume",
        again,
        "model.hidden_size=8");
  }

  @Test
  void aTableOfZerosIsWarnedAbout() throws IOException {
    Path data = shop.copy(shop.data(), "zeros");
    StringBuilder ids = new StringBuilder();
    for (int i = 0; i < RawShop.ITEMS; i++) {
      ids.append("i").append(i).append('\n');
    }
    Path vectors = shop.folder().resolve("zeros.safetensors");
    AtomicFiles.write(
        vectors,
        new Safetensors(
                Map.of(),
                Map.of("vectors", Safetensors.Entry.of(new float[48 * 4], RawShop.ITEMS, 4)))
            ::write);
    Path names = Files.writeString(shop.folder().resolve("zeros.ids.txt"), ids);
    done("encode", data, "--text", vectors, "--text-ids", names);
    Result result =
        TrainedShop.train(data, shop.folder().resolve("zero-run"), "text=zeros", "train.epochs=1");
    assertThat(result.out())
        .contains(
            "\nwarning: every vector of the table zeros of text features is zero, so nothing can be"
                + " learnt from it; encode the data set again, or leave it out with text=none\n");
    assertThat(shop.training().out()).doesNotContain("warning");
  }

  @Test
  void idsAloneAreTrainedOnWhenThatIsAskedFor() throws IOException {
    Path data = shop.copy(shop.data(), "never-encoded");
    AtomicFiles.deleteTree(data.resolve("features"));
    Path out = shop.folder().resolve("ids-asked-for");
    Result refused = TrainedShop.train(data, out);
    assertThat(refused.err())
        .isEqualTo(
            "command line: text = auto finds no text vectors in "
                + data
                + ", though 48 of 48 items have a title, which hm4sr reads; make them with 'horae"
                + " encode "
                + data
                + " --text minilm', or train without by text=none\n1 problem; nothing was run\n");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(out).doesNotExist();
    assertThat(TrainedShop.train(data, out, "text=none", "train.epochs=1").out())
        .startsWith("hm4sr on " + data + ", text none, image none\n");
  }
}
