package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.shell.CommandText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class StudyDataCommandTest {

  @Test
  void theDataOfAShopIsCounted() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path out = shop.folder().resolve("it's data");
    String printed = done("study", "data", "--data", shop.data(), "--out", out).out();
    assertThat(printed)
        .startsWith("data set                data\n")
        .containsPattern("\nusers +60\n")
        .containsPattern("\nitems +48\n")
        .containsPattern("\nwith pictures, % +87.5\n")
        .endsWith("wrote " + out.resolve("findings.json") + "\n");
    assertThat(Files.readString(out.resolve("sizes.csv"))).startsWith("data set,users,items,");

    Findings findings = FindingsFiles.read(out);
    assertThat(findings.title()).isEqualTo("Data of data");
    assertThat(findings.origin().command())
        .isEqualTo(
            "horae study data --data "
                + shop.data()
                + " --out '"
                + out.toString().replace("'", "'\\''")
                + "'");
    assertThat(findings.origin().data()).containsExactly("data");
  }

  @Test
  void whatCannotBeCountedIsRefused() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path out = shop.folder().resolve("refused");
    refused(
        2,
        shop.data() + " is given twice; give it once\n1 problem; nothing was run\n",
        "study",
        "data",
        "--data",
        shop.data(),
        shop.data(),
        "--out",
        out);
    assertThat(horae("study", "data", "--data", shop.run(), "--out", out).err())
        .contains("is not a prepared data set");
    assertThat(out).doesNotExist();
  }

  @Test
  void wordsAreQuotedForTheShell() {
    assertThat(CommandText.quoted("a/b-1.2_c=3,4:5@6%")).isEqualTo("a/b-1.2_c=3,4:5@6%");
    assertThat(CommandText.quoted("")).isEqualTo("''");
    assertThat(CommandText.quoted("a b")).isEqualTo("'a b'");
    assertThat(CommandText.quoted("it's")).isEqualTo("'it'\\''s'");
    assertThat(CommandText.quoted("$(x)\n")).isEqualTo("'$(x)\n'");
  }
}
