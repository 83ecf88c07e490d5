package dev.horae.cli;

import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class EncodeCommandTest {

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();

  private int run(Object command, String... arguments) {
    return new CommandLine(command)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(out))
        .execute(arguments);
  }

  /** Two users, three items with a title and a picture each. */
  private Path prepared() throws IOException {
    Path images = Files.createDirectories(directory.resolve("pictures"));
    for (int i = 1; i <= 3; i++) {
      BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
      image.createGraphics().fillRect(0, 0, 10 * i, 20);
      ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
    }
    Files.writeString(
        directory.resolve("events.csv"),
        "user,item,time\nu,1,1000\nu,2,2000\nu,3,3000\nv,3,1000\nv,1,2000\nv,2,3000\n");
    Files.writeString(
        directory.resolve("items.csv"),
        "item,title,image,year\n1,Train,1.png,1995\n2,Boat,2.png,1996\n3,Plane,3.png,\n");
    Path data = directory.resolve("data");
    prepare(data);
    out.getBuffer().setLength(0);
    return data;
  }

  private void prepare(Path data) {
    int code =
        run(
            new PrepareCommand(),
            "--format=csv",
            "--events=" + directory.resolve("events.csv"),
            "--items=" + directory.resolve("items.csv"),
            "--images=" + directory.resolve("pictures"),
            "--text-columns=year",
            "--min-user-events=1",
            "--min-item-events=1",
            "--out=" + data);
    assertThat(code).as(out.toString()).isZero();
  }

  private String said() {
    String said = out.toString();
    out.getBuffer().setLength(0);
    return said;
  }

  @Test
  void anItemWithoutTextIsNamedWithoutWhatATerminalWouldObey() throws IOException {
    Files.createDirectories(directory.resolve("pictures"));
    Files.write(
        directory.resolve("pictures/a.png"),
        new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
    Files.writeString(directory.resolve("events.csv"), "user,item\nu,a\nu,\u001b[31mred\n");
    Files.writeString(directory.resolve("items.csv"), "item,title,year\na,Train,1995\n");
    prepare(directory.resolve("data"));
    out.getBuffer().setLength(0);
    assertThat(
            run(
                new EncodeCommand(),
                directory.resolve("data").toString(),
                "--text=minilm",
                "--image=none"))
        .isZero();
    assertThat(said()).contains("             [31mred: ").doesNotContain("\u001b");
  }

  @Test
  void whatIsMisspeltOrMissingIsAUsageError() throws IOException {
    Path data = prepared();
    String help = "'horae encode --help' explains it.\n";
    refused(
        2,
        "there is nothing to encode; ask for texts (--text minilm), pictures (--image descriptor),"
            + " or both, or for --fetch-images or --report\n"
            + help,
        "encode",
        data);
    refused(
        2,
        "--fetch-private is for --fetch-images; add it or leave this out\n" + help,
        "encode",
        data,
        "--text=minilm",
        "--fetch-private");
    refused(
        2,
        "--text minilmm: is neither 'minilm', 'none', hf:NAME nor a file of vectors (did you mean"
            + " 'minilm'?)\n1 problem; nothing was run\n",
        "encode",
        data,
        "--text=minilmm");
    assertThat(data.resolve("features")).doesNotExist();
  }

  /** The weekly sequence of a shop. */
  @Test
  void preparedAgainOnlyNewItemsAreEncoded() throws IOException {
    Path data = prepared();
    String[] encode = {data.toString(), "--text", "minilm", "--image", "descriptor"};
    assertThat(run(new EncodeCommand(), encode)).isZero();
    said();

    prepare(data);
    assertThat(said())
        .endsWith(
            """

            Feature tables
              text minilm                        kept; it fits the catalogue
              image descriptor                   kept; it fits the catalogue
            """);

    Files.writeString(directory.resolve("events.csv"), "u,4,4000\n", StandardOpenOption.APPEND);
    Files.writeString(
        directory.resolve("items.csv"), "4,Rocket,1.png,2001\n", StandardOpenOption.APPEND);
    Files.writeString(data.resolve("features/text-broken.safetensors"), "none");
    prepare(data);
    String older = "of the catalogue before; encode again, which costs only what is new";
    assertThat(said())
        .endsWith(
            """

            Feature tables
              text broken                        damaged; encode again
              text minilm                        OLDER
              image descriptor                   OLDER
            """
                .replace("OLDER", older));
    assertThat(run(new EncodeCommand(), encode)).isZero();
    assertThat(said())
        .contains("          4 of 4 items have a vector\n          1 encoded now, ")
        .contains("          4 of 4 items have a vector\n          0 encoded now, ");
  }

  @Test
  void aPreparedShopGetsItsTablesAndAReport() throws IOException {
    Path data = prepared();
    Files.delete(directory.resolve("pictures/2.png"));
    int code =
        run(new EncodeCommand(), data.toString(), "--text", "minilm", "--image", "descriptor");

    assertThat(code).as(out.toString()).isZero();
    assertThat(out.toString().replaceAll("in [0-9.]+ s in all \\(\\d+ per second\\)", "in TIME"))
        .isEqualTo(
            """
            text   minilm, 384 values per item
                      3 of 3 items have a vector
                      3 encoded now, in TIME
              table: %1$s/text-minilm.safetensors
            image  descriptor, 1 values per item
                      2 of 3 items have a vector
                      2 encoded now, in TIME
                      1 missing picture
                        2: no such file in %2$s
              all of these: %1$s/image-descriptor-problems.csv
              table: %1$s/image-descriptor.safetensors
            """
                .formatted(data.resolve("features"), directory.resolve("pictures")));
    assertThat(data.resolve("features/text-minilm.safetensors")).isRegularFile();
  }

  @Test
  void textsAreMadeOfAnyColumnsThatWereKept() throws IOException {
    Path data = prepared();
    int code =
        run(new EncodeCommand(), data.toString(), "--text=minilm", "--text-fields=year,brand");
    assertThat(code).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains("2 of 3 items have a vector", "1 empty text", "3: no year or brand\n");
  }

  @Test
  void theReportIsWrittenAfterEncodingAndAlone() throws IOException {
    Path data = prepared();
    assertThat(run(new EncodeCommand(), data.toString(), "--image", "descriptor", "--report"))
        .isZero();
    Path page = data.resolve("features/report.html");
    assertThat(out.toString()).endsWith("report: " + page + "\n");
    Files.delete(page);
    out.getBuffer().setLength(0);
    assertThat(run(new EncodeCommand(), data.toString(), "--report")).isZero();
    assertThat(out.toString()).isEqualTo("report: " + page + "\n");
    assertThat(page).isRegularFile();
  }

  @Test
  void helpNamesEveryOption() {
    assertThat(new CommandLine(new EncodeCommand()).getUsageMessage())
        .contains(
            "--text",
            "--image",
            "--images",
            "--text-ids",
            "--image-ids",
            "--fetch-images",
            "--report",
            "DATASET")
        .doesNotContain("${");
  }
}
