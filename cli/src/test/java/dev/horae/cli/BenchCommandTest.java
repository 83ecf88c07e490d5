package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.bench.MatrixPeak;
import dev.horae.bench.Rate;
import dev.horae.bench.Report;
import dev.horae.bench.TrainingSpeed;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.demo.SyntheticData;
import dev.horae.demo.SyntheticData.Shape;
import dev.horae.demo.SyntheticDirectory;
import dev.horae.features.FeatureStore;
import dev.horae.model.Hm4srFlops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

  @TempDir Path folder;

  @Test
  void everythingIsMeasuredPrintedAndWritten() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path json = folder.resolve("bench.json");
    TrainedShop.Result result =
        TrainedShop.done(
            "bench",
            "--data",
            shop.data(),
            "--json",
            json,
            "--seconds=0.1",
            "model.hidden_size=16",
            "train.batch_size=64");
    assertThat(result.out())
        .startsWith("data       data: 60 users, 48 items, ")
        .contains("float32 ", "seconds per epoch ", "softmax over all items ", "recommendation ")
        .endsWith("wrote " + json + "\n");
    JsonNode report = TrainedShop.json(Files.readString(json));
    assertThat(report.at("/counts/text_width").asInt()).isEqualTo(384);
    assertThat(report.at("/machine/processor").asText()).isNotEmpty();
    assertThat(report.at("/settings").asText()).contains("hidden_size: 16");
    assertThat(report.at("/peak/float32").asDouble()).isPositive();
    assertThat(report.at("/training")).hasSize(2);
    for (JsonNode training : report.at("/training")) {
      assertThat(training.at("/share_of_peak").asDouble()).isBetween(1e-9, 1.0);
      assertThat(training.at("/examples_per_second").asDouble()).isPositive();
      assertThat(training.at("/native_objects").asInt()).isNotPositive();
    }
    assertThat(report.at("/rates/2/what").asText()).isEqualTo("recommendation");
    assertThat(report.at("/rates/2/per_second").asDouble()).isPositive();
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

  @Test
  void theReportReadsLikeThis() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("users", 24_303L);
    counts.put("items", 10_672L);
    counts.put("events", 231_780L);
    counts.put("text_width", 768L);
    Hm4srFlops flops = new Hm4srFlops(25e9, 8e9, 4e9, 12e9, 1e9, 0.5e9, 0.5e9, 2e9);
    TrainingSpeed shared =
        new TrainingSpeed(
            "shared",
            new Hm4srFlops.Work(2, 2048, 4600, 9000, 2_097_152),
            new Hm4srFlops.Work(2, 2048, 4600, 9000, 2_097_152),
            4800,
            0.5,
            flops,
            0.5,
            Map.of("softmax", 0.4, "batching", 0.1, "extra", 0.25, "backward", 0.25),
            0.53,
            1_234_567_890L,
            0L);
    TrainingSpeed prefix =
        new TrainingSpeed(
            "prefix",
            new Hm4srFlops.Work(2, 2048, 4600, 9000, 2_097_152),
            new Hm4srFlops.Work(1, 1024, 9000, 9000, 1_048_576),
            10_000,
            2,
            flops,
            1234.5,
            Map.of("softmax", 2.0),
            0.13,
            2_345_678_901L,
            0L);
    assertThat(
            BenchTables.text(
                new Report(
                    "0.1",
                    "games",
                    counts,
                    Map.of("processor", "a fast one"),
                    "",
                    30,
                    new MatrixPeak(2048, 2, 104, 200, 201.4, 396),
                    List.of(shared, prefix),
                    List.of(new Rate("evaluation", 1000, 24_303, 0.5)))))
        .isEqualTo(
            """
            data       games: 24,303 users, 10,672 items, 231,780 events, text 768 wide
            Horae      0.1
            processor  a fast one

            products of 2048 x 2048 matrices, GFLOP/s
                      1 worker  2 workers
            --------  --------  ---------
            float32        104        201
            bfloat16       200        396

            training HM4SR                         shared   prefix
            -------------------------------------  ------  -------
            seconds per epoch                         0.5  1,234.5
            examples/s                              4,096      512
            event slots/s                           9,600    5,000
            event slots per example                  2.34     9.77
            padding, % of the slots                   4.2     10.0
            GFLOP/s of the equations                  106       27
            % of the float32 peak of all workers       53       13
            peak memory of the process so far, MB   1,235    2,346
            native objects left                         0        0
            shared: a whole epoch of 2,048 examples was measured
            prefix: estimated from 1,024 of 2,048 examples in 2.0 s, by their operations

            seconds of all workers  shared     %  prefix      %
            ----------------------  ------  ----  ------  -----
            batching                  0.10  10.0    0.00    0.0
            softmax                   0.40  40.0    2.00  100.0
            backward                  0.25  25.0    0.00    0.0
            extra                     0.25  25.0    0.00    0.0

            GFLOP of a step         shared  prefix
            ----------------------  ------  ------
            softmax over all items   12.50   25.00
            feature projection        4.00    8.00
            experts                   2.00    4.00
            encoders                  6.00   12.00
            attention                 0.50    1.00
            placeholders              0.25    0.50
            category prediction       0.25    0.50
            contrastive losses        1.00    2.00
            all                      26.50   53.00

                        histories/s  all, s  measured      of
            ----------  -----------  ------  --------  ------
            evaluation        2,000   12.15     1,000  24,303
            """);
  }
}
