package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.TrainedShop.Result;
import dev.horae.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ablations for real on a small shop that has texts and pictures. */
class AblateCommandTest {

  private static Path data;
  private static Path out;

  @BeforeAll
  static void prepare() throws IOException {
    TrainedShop shop = TrainedShop.get();
    data = shop.data();
    out = shop.folder().resolve("ablation");
  }

  private static Object[] command(Object... more) {
    Object[] all = {
      "ablate",
      "--data",
      data,
      "--model",
      "m3srec",
      "--quick",
      "--out",
      out,
      "model.hidden_size=16",
      "train.epochs=1",
      "train.batch_size=64"
    };
    Object[] both = Arrays.copyOf(all, all.length + more.length);
    System.arraycopy(more, 0, both, all.length, more.length);
    return both;
  }

  @Test
  void everyPartHasARowThatIsTestedAgainstTheWhole() throws IOException {
    Result first = done(command());
    assertThat(first.out())
        .startsWith(
            "Ablation of m3srec on data: 4 rows, 4 runs, 0 of them done, the others in a time that the first will tell\n")
        .containsPattern("\\[2/4] data: without cross-modal attention, seed 2025: NDCG@10 ")
        .contains("\nAblation of m3srec on data\n")
        .containsPattern("\nm3srec +1( +0\\.\\d{4}){4}\n")
        .containsPattern("\nwithout cross-modal attention +1( +0\\.\\d{4}){4}\n")
        .containsPattern("\nwithout text +1( +0\\.\\d{4}){4}\n")
        .containsPattern("\nwithout image +1( +0\\.\\d{4}){4}\n")
        .containsPattern("\nwithout image +\\d+\\.\\d % +([-+]\\d+\\.\\d %|–) ");
    assertThat(Files.readString(out.resolve("data.md")))
        .contains("without text: text=none", "Every row is compared with m3srec.");
    assertThat(RunDirectory.open(out.resolve("runs/data/without-text/seed-2025")).config().text())
        .isEqualTo("none");

    assertThat(done(command()).out())
        .startsWith("Ablation of m3srec on data: 4 rows, 4 runs, all done\n\nAblation of");
    assertThat(done("report", out).out())
        .isEqualTo("Ablation of m3srec on data\nwrote " + out.resolve("report.html") + "\n");
    assertThat(out.resolve("report.html"))
        .content()
        .contains("without text", "horae ablate --data");
  }

  /** Without its networks our own model has no epochs, which the other rows are told how many. */
  @Test
  void aRowTakesOfTheSharedSettingsWhatItReads() {
    Result planned =
        done(
            "ablate",
            "--data",
            data,
            "--model=horae",
            "--quick",
            "--plan",
            "--out",
            out.resolveSibling("never-ablated"),
            "model.tower=gru4rec",
            "model.second_tower=none",
            "model.newest=5");
    assertThat(planned.out())
        .startsWith("Ablation of horae on data: 4 rows, 4 runs, 0 of them done, ")
        .containsPattern("\nhorae +1 +– +– +\\d")
        .containsPattern("\nwithout networks +1 +– +– +\\d");
  }

  @Test
  void whatCannotBeAblatedIsRefused() {
    assertThat(refusal("ablate", "--data", data, "--model", "all", "--out", out))
        .contains("--model: there is no model 'all'; use one of most-popular, ");
    assertThat(refusal("ablate", "--data", data, "--model", "sasrec", "--out", out))
        .contains("sasrec has no part that can be left out")
        .contains("or ablate one of dif-sr, fearec, hm4sr, horae, m3srec");
    assertThat(refusal("study", "time", "--data", data, "--out", out, "seed=7"))
        .contains("'seed=7' is set by the comparison");
    assertThat(refusal("study", "time", "--data", data, "--out", out, "--seeds", 0))
        .contains("--seeds 0 is not positive");
  }

  private static String refusal(Object... arguments) {
    Result result = horae(arguments);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    return result.err();
  }
}
