package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.json;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.cli.TrainedShop.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Directories that earlier programs made, kept under {@code formats}: each opens or is refused with
 * the repair. A new format gets a directory of its own; none of the old is made anew.
 */
class FormatsOfDirectoriesTest {

  @TempDir Path folder;
  private Path data;
  private Path first;
  private Path second;

  @BeforeEach
  void copy() throws IOException {
    Path kept = Path.of("src/test/resources/formats");
    try (Stream<Path> tree = Files.walk(kept)) {
      for (Path path : tree.toList()) {
        if (!path.equals(kept)) {
          Files.copy(path, folder.resolve(kept.relativize(path).toString()));
        }
      }
    }
    data = folder.resolve("data-1");
    first = folder.resolve("run-1");
    second = folder.resolve("run-2");
  }

  @Test
  void aRunOfFormat2AnswersAsWhenItWasMade() throws IOException {
    JsonNode items =
        json(done(
                    "recommend",
                    second,
                    "--history",
                    "i1@2023-11-15,i2@2023-11-16",
                    "--top=3",
                    "--no-exclude-seen",
                    "--at=2023-12-01",
                    "--json")
                .out())
            .path("items");
    assertThat(items.findValuesAsText("item")).containsExactly("i1", "i7", "i6");
    assertThat(items.at("/0/score").asDouble()).isCloseTo(0.024340933, within(1e-4));
    JsonNode evaluated = json(done("evaluate", second, "--data", data, "--json").out());
    JsonNode metrics = json(Files.readString(second.resolve("metrics.json")));
    assertThat(evaluated.at("/metrics/0/mean")).isEqualTo(metrics.at("/test/ndcg@5"));
  }

  @Test
  void aRunOfFormat1IsCompletedByResume() throws IOException {
    String older =
        first
            + ": an older Horae made this run, which does not stand alone yet (format 1; this one"
            + " reads 2); horae train --resume "
            + first
            + " completes it while its data set is as it was\n";
    refused(4, older, "recommend", first, "--history", "i1");
    String before = Files.readString(first.resolve("ranks-test.csv"));
    done("train", "--resume", first, "--data", data);
    assertThat(first.resolve("features")).doesNotExist(); // sasrec reads none
    assertThat(Files.readString(first.resolve("ranks-test.csv"))).isEqualTo(before);
    done("recommend", first, "--history", "i1", "--no-exclude-seen");
    done("evaluate", first, "--data", data);
  }

  @Test
  void newerFormatsAreRefused() throws IOException {
    set(second.resolve("provenance.json"), "\"format\" : 2", "\"format\" : 3");
    String newer =
        second
            + ": a newer Horae made this run (format 3; this one reads 2); use that one, or train"
            + " anew\n";
    refused(4, newer, "recommend", second, "--history", "i1");
    refused(4, newer, "evaluate", second, "--data", data);
    refused(4, newer, "train", "--resume", second, "--data", data);
    set(data.resolve("dataset.json"), "\"format\" : 1", "\"format\" : 2");
    String newerData =
        data.resolve("dataset.json")
            + ": has format 2, this program reads 1; use the newer Horae that made it, or prepare"
            + " the data set again\n";
    refused(3, newerData, "train", "--data", data, "--out", folder.resolve("new"));
  }

  @Test
  void theFirstDataSetsCalledTheirFormatVersion() throws IOException {
    set(data.resolve("dataset.json"), "\"format\" : 1", "\"version\" : 1");
    done("evaluate", second, "--data", data);
  }

  @Test
  void settingsThatWereChangedAfterTrainingAreNamed() throws IOException {
    Path yaml = second.resolve("run.yaml");
    set(yaml, "beta: 0.3", "beta: 0.4");
    String changed =
        yaml
            + ": was changed after training began: model.beta = 0.4 and was 0.3; set it back, or"
            + " train anew with other settings\n";
    refused(4, changed, "recommend", second, "--history", "i1");
    refused(4, changed, "train", "--resume", second, "--data", data);
    Files.writeString(yaml, "");
    Result empty = horae("recommend", second, "--history", "i1");
    assertThat(empty.err())
        .isEqualTo(
            yaml
                + ":1: the file has no settings; write some, such as those of 'horae config hm4sr',"
                + " or leave the file out\n1 problem; nothing was run\n");
    assertThat(empty.code()).isEqualTo(2);
  }

  @Test
  void damageIsNamed() throws IOException {
    Path items = second.resolve("items.jsonl");
    set(items, "Thing 3", "Thing 4");
    refused(
        4,
        items
            + ": is missing or not as it was written (its CRC-32C is not f89b83bd); copy the run"
            + " directory again, or train anew\n",
        "recommend",
        second,
        "--history",
        "i1");
    for (String name : new String[] {"model.safetensors", "features/text-v.safetensors"}) {
      copyAgain();
      Path file = second.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length - 7] ^= 4;
      Files.write(file, bytes);
      Result result = horae("recommend", second, "--history", "i1");
      assertThat(result.err()).startsWith(file + ": is damaged, or was changed by another program");
      assertThat(result.code()).isEqualTo(4);
    }
  }

  private void copyAgain() throws IOException {
    Path kept = Path.of("src/test/resources/formats/run-2");
    for (String name : new String[] {"items.jsonl", "model.safetensors"}) {
      Files.write(second.resolve(name), Files.readAllBytes(kept.resolve(name)));
    }
  }

  private static void set(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }
}
