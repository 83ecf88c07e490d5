package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.bench.Latency;
import dev.horae.bench.MatrixPeak;
import dev.horae.bench.ModelSpeed;
import dev.horae.bench.Rate;
import dev.horae.bench.Ratios;
import dev.horae.bench.Report;
import dev.horae.bench.SyntheticData;
import dev.horae.bench.SyntheticData.Shape;
import dev.horae.bench.SyntheticDirectory;
import dev.horae.bench.TrainingSpeed;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.features.FeatureStore;
import dev.horae.model.Hm4srFlops;
import dev.horae.prep.PreparedDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

  @TempDir Path folder;

  @Test
  void modelsAreMeasuredEachInAProcessOfItsOwnPrintedWrittenAndCompared() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path old = folder.resolve("old.json");
    TrainedShop.Result single =
        TrainedShop.done(
            "bench", "--data", shop.data(), "--json", old, "--seconds=0.1", "model.type=vmis-knn");
    assertThat(single.out())
        .startsWith("data       data: 60 users, 48 items, ")
        .contains("float32 ", "prepare, events ", "\nvmis-knn: fitted once; histories: evaluation ")
        .endsWith("wrote " + old + "\n");
    Path json = folder.resolve("bench.json");
    TrainedShop.Result several =
        TrainedShop.done(
            "bench",
            "--data",
            shop.data(),
            "--models=vmis-knn,hm4sr,missrec",
            "--json",
            json,
            "--compare",
            old,
            "--seconds=0.1",
            "train.batch_size=64",
            "hm4sr.model.hidden_size=16",
            "missrec.text=none",
            "missrec.image=none");
    assertThat(several.out())
        .contains(
            "\nhm4sr: text 384 wide; image ",
            "\nmissrec: not measured: model.type = missrec clusters texts and pictures, but ",
            " or use sasrec\n",
            "\nbeside " + old + ", Horae ",
            "\nvmis-knn: s to fit ",
            "\nnot measured then: hm4sr\n")
        .doesNotContain("differs: ");
    JsonNode written = TrainedShop.json(Files.readString(json));
    assertThat(written.at("/machine/processor").asText()).isNotEmpty();
    assertThat(written.at("/peak/float32").asDouble()).isPositive();
    assertThat(written.at("/shares_of_peak/hm4sr").asDouble()).isBetween(1e-9, 1.0);
    assertThat(written.at("/models/1/settings/model.hidden_size").asText()).isEqualTo("16");
    assertThat(written.at("/models/1/training/examples_per_second").asDouble()).isPositive();
    assertThat(written.at("/models/1/training/native_objects").asInt()).isNotPositive();
    assertThat(written.at("/models/1/latency/p99").asDouble()).isPositive();
    Report read = Report.read(json);
    assertThat(read.models())
        .extracting(ModelSpeed::model)
        .containsExactly("vmis-knn", "hm4sr", "missrec");
    assertThat(TrainedShop.json(Json.text(read))).isEqualTo(written);
  }

  @Test
  void aSingleModelThatCannotBeMeasuredIsRefused() throws IOException {
    TrainedShop.Result result =
        TrainedShop.horae(
            "bench",
            "--data",
            TrainedShop.get().data(),
            "model.type=missrec",
            "text=none",
            "image=none");
    assertThat(result.err())
        .startsWith("model.type = missrec clusters texts and pictures, but ")
        .endsWith("\n1 problem; nothing was run\n");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void whatIsNoReportOfTheSameDataIsRefusedBeforeAnythingIsMeasured() throws IOException {
    Path data = TrainedShop.get().data();
    Path old = folder.resolve("old.json");
    String again = "; measure again, with this version, and keep that report\n";
    notCompared(data, old, old + ": is no file; give a report that 'horae bench --json' wrote\n");
    Files.writeString(old, "epoch 16.6 s");
    notCompared(
        data,
        old,
        old + ":1: is not JSON: Unrecognized token 'epoch'; restore the file, or make it again\n");
    Files.writeString(old, "[1]");
    notCompared(data, old, old + ": is no report of this version's bench" + again);
    Files.writeString(old, "{\"version\": \"0.1\", \"data\": \"games\", \"training\": []}");
    notCompared(
        data,
        old,
        old + ": is no report of this version's bench, which has data otherwise" + again);
    Report report = report(List.of(HM4SR));
    Files.writeString(old, Json.text(report).replace("\"p50\"", "\"median\""));
    notCompared(
        data,
        old,
        old
            + ": is no report of this version's bench, which has models.[0].latency.p50 otherwise"
            + again);
    Files.writeString(old, Json.text(report).replace("\"rates\" : [", "\"rates\" : [null,"));
    notCompared(
        data,
        old,
        old + ": is no report of this version's bench, which has models.[0] otherwise" + again);
    Files.writeString(old, Json.text(report));
    notCompared(
        data,
        old,
        old
            + ": was measured on games: 24,303 users, 10,672 items, 231,780 events, and this is"
            + " data: 60 users, 48 items, "
            + PreparedDataset.open(data).histories().events()
            + " events; compare on the same data\n");
  }

  private static void notCompared(Path data, Path old, String message) {
    TrainedShop.refused(3, message, "bench", "--data", data, "--compare", old);
  }

  @Test
  void whatCannotBeMeasuredIsRefusedBeforeAnythingIs() {
    refused("--synthetic toys is no known shape; use one of [games, million]", "--synthetic=toys");
    refused(
        "--json " + folder + " is a directory; name a file", "--synthetic=games", "--json", folder);
    refused("--seconds 0.0 is not above 0; give 10 or more", "--synthetic=games", "--seconds=0");
    refused("device=cuda:0: bench measures the CPU only", "--synthetic=games", "device=cuda:0");
    refused(
        "Missing required argument (specify one of these):"
            + " (--data=DATASET | --synthetic=SHAPE)");
    refused(
        "--out goes with --synthetic alone: it writes data, not a report",
        "--data=toys",
        "--out",
        folder);
    refused(
        "--out goes with --synthetic alone: it writes data, not a report",
        "--synthetic=games",
        "--out",
        folder.resolve("data"),
        "seed=3");
    refused(
        "--compare prints a table, so --json needs a file; name one",
        "--synthetic=games",
        "--json=-",
        "--compare=old.json");
    refused(
        "--models names the models; leave model.type=... out",
        "--synthetic=games",
        "--models=all",
        "model.type=sasrec");
    assertThat(TrainedShop.horae("bench", "--synthetic=games", "--models=hm4rs").err())
        .startsWith("--models: there is no model 'hm4rs'; use all, or some of most-popular, ");
    TrainedShop.refused(
        2,
        """
        command line: 'train.epochs=3' is read by none of the models that are compared; leave it out
        1 problem; nothing was run
        """,
        "bench",
        "--synthetic=games",
        "--models=most-popular",
        "train.epochs=3");
  }

  @Test
  void syntheticDataCanBePreparedAndTrainedOn() {
    Shape shape = new Shape("small", 40, 30, 400, Map.of("text", 8));
    SyntheticData made = SyntheticData.generate(shape, 1);
    Dataset dataset = SyntheticDirectory.write(made, folder.resolve("small"), Progress.SILENT);
    Histories histories = dataset.histories();
    assertThat(histories.starts()).isEqualTo(made.dataset().histories().starts());
    assertThat(histories.times()).isEqualTo(made.dataset().histories().times());
    for (int e = 0; e < 400; e++) {
      assertThat(dataset.catalogue().item(histories.items()[e]))
          .isEqualTo(made.dataset().catalogue().item(made.dataset().histories().items()[e]));
    }
    assertThat(dataset.manifest().counts()).containsEntry("items", 30);
    assertThat(FeatureStore.read(dataset, "text", "synthetic").values())
        .isEqualTo(made.features().get(0).values());
  }

  private static void refused(String message, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("bench"));
    all.addAll(List.of(arguments));
    TrainedShop.refused(2, message + "\n'horae bench --help' explains it.\n", all.toArray());
  }

  private static final ModelSpeed HM4SR = hm4sr(1, Map.of("train.batch_size", "1024"));

  private static final ModelSpeed POPULAR =
      new ModelSpeed(
          "most-popular",
          Map.of("seed", "2025"),
          Map.of(),
          null,
          null,
          0.046,
          List.of(new Rate("evaluation", "histories", 24_303, 24_303, 2)),
          new Latency(10_000, 0.0294, 0.1),
          566_000_000L);

  private static final ModelSpeed OURS =
      new ModelSpeed(
          "horae",
          Map.of("model.tower", "hm4sr"),
          Map.of("text", 768),
          null,
          null,
          38.3,
          List.of(),
          new Latency(127, 5.6, 8.19),
          null);

  /**
   * @param speed 1 is that of the others
   */
  private static ModelSpeed hm4sr(double speed, Map<String, String> settings) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    widths.put("text", 768);
    widths.put("image", 768);
    return new ModelSpeed(
        "hm4sr",
        settings,
        widths,
        null,
        new TrainingSpeed(
            "shared",
            new Hm4srFlops.Work(20, 20_000, 45_000, 90_000, 20_000_000),
            new Hm4srFlops.Work(2, 2048, 4600, 9000, 2_097_152),
            4800,
            0.5 / speed,
            0.0002 / speed,
            Map.of("softmax", 0.4, "batching", 0.1, "extra", 0.25, "backward", 0.25),
            new Hm4srFlops(25e9, 8e9, 4e9, 12e9, 1e9, 0.5e9, 0.5e9, 2e9),
            0L),
        null,
        List.of(
            new Rate("evaluation", "histories", 1000, 24_303, 0.5 / speed),
            new Rate("encoding", "histories", 1000, 24_303, 0.4 / speed),
            new Rate("recommendation", "histories", 1000, 24_303, 0.25 / speed)),
        new Latency(500, 1.9 / speed, 3.3 / speed),
        1_234_567_890L);
  }

  private static Report report(List<ModelSpeed> models) {
    return new Report(
        "0.1",
        new Report.Data("games", 24_303, 10_672, 231_780),
        new TreeMap<>(Map.of("processor", "a fast one", "memory", "8 GiB, 3 free")),
        30,
        new MatrixPeak(2048, 2, 104, 200, 201.4, 396),
        List.of(
            new Rate("prepare", "events", 200_000, 231_780, 0.5),
            new Rate("encode by minilm", "texts", 1000, 10_672, 4)),
        models);
  }

  @Test
  void theReportReadsLikeThis() {
    assertThat(BenchTables.text(report(List.of(HM4SR))))
        .isEqualTo(
            """
            data       games: 24,303 users, 10,672 items, 231,780 events
            Horae      0.1
            memory     8 GiB, 3 free
            processor  a fast one

            products of 2048 x 2048 matrices, GFLOP/s
                      1 worker  2 workers
            --------  --------  ---------
            float32        104        201
            bfloat16       200        396

                                     per second  all, s  measured       of
            -----------------------  ----------  ------  --------  -------
            prepare, events             400,000    0.58   200,000  231,780
            encode by minilm, texts         250   42.69     1,000   10,672

            model  epoch, s  examples/s  ranked/s  encoded/s  answers/s  one: p50, ms  p99, ms  memory, MB
            -----  --------  ----------  --------  ---------  ---------  ------------  -------  ----------
            hm4sr      4.09       4,889     2,000      2,500      4,000          1.90     3.30       1,235
            hm4sr: text 768 wide; image 768 wide; shared, the epoch estimated from 2,048 of 20,000 examples in 0.5 s; histories: evaluation 1,000, encoding 1,000, recommendation 1,000, one by one 500

            training hm4sr                        shared
            ------------------------------------  ------
            event slots/s                          9,600
            event slots per example                 2.34
            padding, % of the slots                  4.2
            GFLOP/s of the equations                 106
            % of the float32 peak of all workers      53
            native objects left                        0

            stage     s of all workers     %
            --------  ----------------  ----
            batching              0.10  10.0
            softmax               0.40  40.0
            backward              0.25  25.0
            extra                 0.25  25.0

            operations              GFLOP of a step
            ----------------------  ---------------
            softmax over all items            12.50
            feature projection                 4.00
            experts                            2.00
            encoders                           6.00
            attention                          0.50
            placeholders                       0.25
            category prediction                0.25
            contrastive losses                 1.00
            all                               26.50
            """);
  }

  @Test
  void theReportOfSeveralModelsReadsLikeThis() {
    String all =
        BenchTables.text(
            report(
                List.of(
                    POPULAR,
                    OURS,
                    HM4SR,
                    ModelSpeed.unmeasured("iisan", Map.of(), "it reads pictures"))));
    assertThat(all.substring(all.indexOf("model ")))
        .isEqualTo(
            """
            model         epoch, s  fit, s  examples/s  ranked/s  encoded/s  answers/s  one: p50, ms  p99, ms  memory, MB
            ------------  --------  ------  ----------  --------  ---------  ---------  ------------  -------  ----------
            most-popular         –   0.046           –    12,152          –          –         0.029    0.100         566
            horae                –    38.3           –         –          –          –          5.60     8.19           –
            hm4sr             4.09       –       4,889     2,000      2,500      4,000          1.90     3.30       1,235
            most-popular: fitted once; histories: evaluation 24,303, one by one 10,000
            horae: text 768 wide; fitted once, without the training of its networks; histories: one by one 127
            hm4sr: text 768 wide; image 768 wide; shared, the epoch estimated from 2,048 of 20,000 examples in 0.5 s; histories: evaluation 1,000, encoding 1,000, recommendation 1,000, one by one 500
            iisan: not measured: it reads pictures
            """);
  }

  @Test
  void ratiosReadLikeThis() {
    Report now =
        new Report(
            "0.2",
            new Report.Data("games", 24_303, 10_672, 231_780),
            Map.of("processor", "a faster one", "memory", "8 GiB, 2 free"),
            10,
            new MatrixPeak(2048, 2, 208, 400, 402.8, 792),
            report(List.of()).rates(),
            List.of(hm4sr(2, Map.of("train.batch_size", "512")), OURS));
    Report old = report(List.of(POPULAR, HM4SR));
    assertThat(BenchTables.text(Path.of("old.json"), old, Ratios.of(old, now)))
        .isEqualTo(
            """
            beside old.json, Horae 0.1; a ratio above 1: faster now, or less memory
            differs: processor: a fast one, now a faster one
            differs: seconds to measure: 30.0, now 10.0
            differs: hm4sr: train.batch_size: 1024, now 512
                                                        then      now  ratio
            ---------------------------------------  -------  -------  -----
            float32 products, 1 worker, GFLOP/s          104      208   2.00
            float32 products, all workers, GFLOP/s       201      403   2.00
            bfloat16 products, 1 worker, GFLOP/s         200      400   2.00
            bfloat16 products, all workers, GFLOP/s      396      792   2.00
            prepare, events/s                        400,000  400,000   1.00
            encode by minilm, texts/s                    250      250   1.00
            hm4sr: shared, s per epoch                  4.09     2.05   2.00
            hm4sr: evaluation, histories/s             2,000    4,000   2.00
            hm4sr: encoding, histories/s               2,500    5,000   2.00
            hm4sr: recommendation, histories/s         4,000    8,000   2.00
            hm4sr: one recommendation, p50, ms          1.90    0.950   2.00
            hm4sr: one recommendation, p99, ms          3.30     1.65   2.00
            hm4sr: memory, MB                          1,235    1,235   1.00
            not measured now: most-popular
            not measured then: horae
            """);
  }
}
