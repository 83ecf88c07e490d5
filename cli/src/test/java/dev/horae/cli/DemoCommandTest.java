package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Progress;
import dev.horae.demo.Demo;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the demo may write; CI runs the demo itself. */
class DemoCommandTest {

  private static final List<String> DEMO =
      List.of(
          "shop/events.csv",
          "shop/images/p1.png",
          "dataset/dataset.json",
          "run/run.yaml",
          "run/model.safetensors",
          "demo.html");

  @TempDir Path folder;
  private Path out;

  @BeforeEach
  void anEarlierDemo() throws IOException {
    out = folder.resolve("demo");
    for (String name : DEMO) {
      write(name);
    }
  }

  private void write(String name) throws IOException {
    Files.createDirectories(out.resolve(name).getParent());
    Files.writeString(out.resolve(name), name);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> tree = Files.walk(out)) {
      return tree.filter(Files::isRegularFile).map(f -> out.relativize(f).toString()).toList();
    }
  }

  @Test
  void anEarlierDemoIsReplaced() throws IOException {
    Demo demo = new Demo(out, true, Progress.SILENT);
    demo.clear();
    assertThat(out).isEmptyDirectory();
    demo.clear(); // and nothing is no obstacle
    write("shop.part/images/p1.png"); // of a demo that was stopped
    write("dataset/.prepare/events.parquet"); // or killed
    Path link = Files.createSymbolicLink(folder.resolve("link"), out);
    new Demo(link, true, Progress.SILENT).clear();
    assertThat(out).isEmptyDirectory();
    assertThat(link).isSymbolicLink();
  }

  @ParameterizedTest
  @CsvSource({"notes.txt, notes.txt", "run2/run.yaml, run2", ".git/config, .git"})
  void aForeignFileIsRefusedAndNothingIsTouched(String file, String named) throws IOException {
    write(file);
    StringWriter printed = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(printed), new PrintWriter(err), "demo", "--quick", "--out", "" + out);
    assertThat(err.toString())
        .isEqualTo(
            out
                + ": holds '"
                + named
                + "', which no demo wrote; choose another --out, nothing was touched\n");
    assertThat(code).isEqualTo(3);
    assertThat(files())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(DEMO.stream(), Stream.of(file)).toList());
  }

  @ParameterizedTest
  @CsvSource({"shop/events.csv, shop", "dataset/dataset.json, dataset", "run/run.yaml, run"})
  void aFolderThatOnlyHasTheNameIsForeign(String sign, String named) throws IOException {
    Files.delete(out.resolve(sign));
    write(named + "/mine.txt");
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(new StringWriter()), new PrintWriter(err), "demo", "--out", "" + out);
    assertThat(err.toString()).startsWith(out + ": holds '" + named + "', which no demo wrote");
    assertThat(code).isEqualTo(3);
    assertThat(files()).hasSize(DEMO.size()).contains(named + "/mine.txt");
  }

  @ParameterizedTest
  @CsvSource({
    "--port=9000, --port goes with --serve: nothing listens without it",
    "--serve --port=99999, command line: port = 99999",
  })
  void aPortThatIsNoneIsRefusedBeforeTheDemo(String options, String message) throws IOException {
    List<String> verb = new ArrayList<>(List.of("demo", "--quick", "--out", "" + out));
    verb.addAll(List.of(options.split(" ")));
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(new StringWriter()), new PrintWriter(err), verb.toArray(String[]::new));
    assertThat(err.toString()).startsWith(message);
    assertThat(code).isEqualTo(2);
    assertThat(files()).hasSize(DEMO.size());
  }

  @Test
  void aFileIsNoPlaceForADemo() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(new StringWriter()), new PrintWriter(err), "demo", "--out", "" + file);
    assertThat(err.toString())
        .isEqualTo(file + ": is no folder that can be read; choose another --out\n");
    assertThat(code).isEqualTo(3);
    assertThat(file).hasContent("mine");
  }
}
