package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.TrainedShop.Result;
import dev.horae.data.AtomicFiles;
import dev.horae.run.Presets;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the verbs refuse after training, with the message, the exit code and nothing left behind.
 */
class RefusalsTest {

  private static TrainedShop shop;
  private static Path folder;
  private static Path data;
  private static Path trained;

  @BeforeAll
  static void prepareEncodeTrain() throws IOException {
    shop = TrainedShop.get();
    folder = shop.folder();
    data = shop.data();
    trained = shop.run();
  }

  @Test
  void aRunIsNeitherOverwrittenNorInvented() throws IOException {
    byte[] model = Files.readAllBytes(trained.resolve("model.safetensors"));
    refused(
        3,
        trained
            + ": holds a run already; continue it with horae train --resume "
            + trained
            + ", or choose another --out\n",
        "train",
        "--data",
        data,
        "--out",
        trained);
    assertThat(trained.resolve("model.safetensors")).hasBinaryContent(model);
    for (List<Object> verb :
        List.<List<Object>>of(
            List.of("train", "--resume", data),
            List.of("evaluate", data),
            List.of("recommend", data, "--user", "u1"))) {
      refused(
          3,
          data + ": has no run.yaml; give a directory that 'horae train --out' made\n",
          verb.toArray());
    }
  }

  /** Of each the first line, which names the place, the value and the repair. */
  @Test
  void whatIsMistypedIsNamedWithItsRepair() throws IOException {
    Path out = folder.resolve("mistyped");
    Path file = Files.createFile(folder.resolve("plain-file"));
    Map<List<Object>, String> refusals = new LinkedHashMap<>();
    refusals.put(
        List.of("train", "--data", data, "--out", out, "train.batch_size=0", "train.patience=-1"),
        """
        command line: train.batch_size = 0 is below 2; 1024 is the paper's
        command line: train.patience = -1 is negative; 10 is the paper's
        2 problems; nothing was run
        """);
    refusals.put(
        List.of("train", "--data", data, "--out", out, "--from", trained, "model.type=sasrec"),
        "command line: model.type = sasrec, but %s is a run of hm4sr and has the settings of no other model; leave it out, or train anew\n"
            .formatted(trained));
    refusals.put(
        List.of("train", "--data", data, "--out", out, "--config", folder),
        folder + ": the file is a folder; name one of its files\n");
    refusals.put(
        List.of("config", "sasrec", "--preset", "hm4sr-official"),
        "--preset hm4sr-official is one of hm4sr and not of sasrec; 'horae models' lists those of"
            + " each model\n");
    refusals.put(
        List.of("config", "hm4sr", "--preset", "hm4sr-oficial"),
        "--preset hm4sr-oficial is none; ");
    refusals.put(
        List.of("compare", "--data", data, "--out", out, "--models", "hm4s,no-model"),
        "--models: there is no model 'hm4s', 'no-model'; use all, or some of ");
    refusals.put(
        List.of("tune", "--data", data, "--out", out, "--space", "papr"),
        "--space papr is neither paper nor a file of values (did you mean 'paper'?)\n");
    refusals.put(List.of("encode", data, "--text", "hf:"), "--text hf:: is neither 'minilm', ");
    refusals.put(
        List.of("recommend", trained, "--history", "i1", "--format", "xml"),
        "Invalid value for option '--format': 'xml' is not one of table, json, csv\n");
    refusals.put(
        List.of("bench", "--data", data, "--seconds", "much"),
        "Invalid value for option '--seconds': 'much' is not a number\n");
    refusals.put(
        List.of("prepare", "--format", "csv", "--events", "", "--out", out),
        "--events [] has a name without a letter; leave it out\n");
    refusals.forEach(
        (words, message) -> {
          Result result = horae(words.toArray());
          assertThat(result.err()).as("%s", words).startsWith(message);
          assertThat(result.code()).as("%s", words).isEqualTo(2);
          assertThat(result.out()).as("%s", words).isEmpty();
        });
    assertThat(horae("study", "data", "--data", data, "--out", file).err())
        .startsWith(
            "cannot write %s/sizes.csv: %s is no folder; name a place".formatted(file, file));
    assertThat(horae("study", "cost", "--data", data, "--models", "gru4rec", "--out", file).err())
        .startsWith("cannot write in " + file + ": ");
    assertThat(out).doesNotExist();
  }

  @Test
  void aMovedDataSetIsFoundAgain() throws IOException {
    Path run = shop.copy(trained, "orphan");
    Path gone = folder.resolve("gone");
    Path yaml = run.resolve("run.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace(data.toString(), gone.toString()));
    String message =
        run
            + ": was trained on "
            + gone
            + ", where no data set is now; say where it is with --data\n";
    refused(3, message, "evaluate", run);
    refused(3, message, "recommend", run, "--user", "u1");
    refused(3, message, "train", "--resume", run);
    assertThat(done("evaluate", run, "--data", data).out())
        .isEqualTo(done("evaluate", trained).out());
    done("recommend", run, "--user", "u1", "--data", data);
    done("train", "--resume", run, "--data", data);
  }

  @Test
  void damagedWeightsAreNamed() throws IOException {
    Path run = shop.copy(trained, "damaged");
    Path model = run.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    Files.write(model, Arrays.copyOf(bytes, bytes.length / 2));
    Result cut = horae("evaluate", run);
    assertThat(cut.code()).isEqualTo(4);
    assertThat(cut.err())
        .matches(
            "\\Q"
                + model
                + "\\E: tensor '[a-z_.0-9]+' claims bytes \\d+ to \\d+ of \\d+; the file"
                + " was cut short or is damaged\n");
    Safetensors whole = Safetensors.read(trained.resolve("model.safetensors"));
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(whole.entries());
    entries.computeIfPresent(
        "item_embedding.weight",
        (name, entry) -> new Safetensors.Entry("I32", entry.shape(), entry.bytes()));
    AtomicFiles.write(model, new Safetensors(whole.metadata(), entries)::write);
    refused(4, model + ": 'item_embedding.weight' is I32; save it as F32\n", "evaluate", run);
    Path checkpoint = run.resolve("checkpoint.safetensors");
    Files.write(checkpoint, bytes);
    Result resumed = horae("train", "--resume", run);
    assertThat(resumed.err())
        .isEqualTo(checkpoint + ": lacks 'adam.steps'; it is not an optimiser state\n");
    assertThat(resumed.code()).isEqualTo(4);
    Files.writeString(model, "weights");
    refused(
        4,
        model + ": not a safetensors file: its header would take -1 of 7 bytes\n",
        "recommend",
        run,
        "--user",
        "u1");
    Files.delete(model);
    refused(
        4,
        run + ": holds no model yet; go on with horae train --resume " + run + "\n",
        "evaluate",
        run);
  }

  @Test
  void whatCannotBeTrainedLeavesNoRunBehind() throws IOException {
    Path out = folder.resolve("never");
    Result device = TrainedShop.train(data, out, "device=cuda:99");
    assertThat(device.err())
        .matches(
            "device = cuda:99 asks for a GPU, but (none is usable here|only cuda:0 to cuda:\\d+"
                + " are); use device=cpu, or set HORAE_MAVEN_OPTS=-Pcuda where there is"
                + " an NVIDIA driver\n1 problem; nothing was run\n");
    assertThat(device.code()).isEqualTo(2);
    Result table = TrainedShop.train(data, out, "image=foo");
    assertThat(table.err())
        .isEqualTo(
            data
                + "/features/image-foo.safetensors: there are no image vectors named 'foo' (but"
                + " descriptor); make them with 'horae encode "
                + data
                + " --image ...'\n");
    assertThat(table.code()).isEqualTo(3);
    Result key = TrainedShop.train(data, out, "train.batch_sise=64", "model.heads=5");
    assertThat(key.err())
        .isEqualTo(
            """
            command line: model.heads = 5 does not divide hidden_size = 16; use a divisor of 16
            command line: train.batch_sise = 64 is not a known key; did you mean 'train.batch_size'?
            2 problems; nothing was run
            """);
    assertThat(key.code()).isEqualTo(2);
    Result preset = TrainedShop.train(data, out, "--config", "hm4sr-papre");
    assertThat(preset.err())
        .isEqualTo(
            """
            command line: --config hm4sr-papre is neither a file nor a preset; presets are %s (did you mean 'hm4sr-paper'?)
            1 problem; nothing was run
            """
                .formatted(String.join(", ", Presets.ALL)));
    assertThat(preset.code()).isEqualTo(2);
    Result nothing = TrainedShop.train(data, out, "text=none", "image=none", "model.use_id=false");
    assertThat(nothing.err())
        .isEqualTo(
            """
            model.use_id = false leaves no view of an item; use true, or give text or image features
            1 problem; nothing was run
            """);
    assertThat(nothing.code()).isEqualTo(2);
    Result huge = TrainedShop.train(data, out, "model.hidden_size=400000", "model.heads=1");
    assertThat(huge.err())
        .isEqualTo(
            """
            command line: model.hidden_size = 400000 is more than 4096; 64 is the paper's
            1 problem; nothing was run
            """);
    assertThat(huge.code()).isEqualTo(2);
    assertThat(out).doesNotExist();
  }

  @Test
  void usersWithTwoEventsAreTooFewToTrainOn() throws IOException {
    Path events =
        Files.writeString(
            folder.resolve("short.csv"), "user,item,time\nu,a,1\nu,b,2\nv,b,3\nv,a,4\n");
    Path few = folder.resolve("few");
    done(
        "prepare",
        "--format=csv",
        "--events",
        events,
        "--min-user-events=1",
        "--min-item-events=1",
        "--max-rejects=1",
        "--out",
        few);
    refused(
        3,
        few
            + ": no user has the four events that a validation target needs; prepare it from longer"
            + " histories\n",
        "train",
        "--data",
        few,
        "--out",
        folder.resolve("short-run"));
    assertThat(folder.resolve("short-run")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--user u1 --at soon | 2 | --at soon is not a time; write epoch seconds or 2014-07-23",
        "--history i3@then | 2 | --history: 'then' in 'i3@then' is not a time; write epoch seconds"
            + " or 2014-07-23",
        "--user u1 --top 0 | 2 | --top 0 is not positive; give 1 or more",
        "--user u1 --json --format csv | 2 | --json and --format csv differ",
        "--user u1 --format csv --explain | 2 | --explain has no place in CSV; use --format table"
            + " or json",
        "--user u1 --history i3 | 2 | --history=ID[@TIME],..., --user=ID"
            + " are mutually exclusive (specify only one)",
        "--input missing.jsonl | 3 | missing.jsonl: is not there; give a file of JSON lines, or -"
            + " for standard input"
      })
  void recommendRefuses(String words, int code, String message) {
    List<Object> command = new ArrayList<>(List.of("recommend", trained));
    command.addAll(List.of((Object[]) words.split(" ")));
    Result result = horae(command.toArray());
    assertThat(result.err().lines().findFirst()).hasValue(message.replace("DATA", data.toString()));
    assertThat(result.code()).isEqualTo(code);
    assertThat(result.out()).isEmpty();
  }
}
