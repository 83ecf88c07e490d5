package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class OutputFileTest {

  @TempDir Path directory;

  private final StringWriter printed = new StringWriter();

  private OutputFile output(Path file) {
    CommandLine horae = new CommandLine(new Main()).setOut(new PrintWriter(printed));
    return OutputFile.of("--output", file, horae.getCommandSpec());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
  void standardOutputGetsTheBytesAlone(String name) {
    String text = "é €\n€";
    output(Path.of(name)).writeText(text);
    assertThat(printed).hasToString(text);
  }

  @Test
  void aFileAppearsWithItsDirectoryAndIsNamed() throws IOException {
    Path file = directory.resolve("new/answers.jsonl");
    output(file).writeText("{}\n");
    assertThat(file).hasContent("{}\n");
    assertThat(printed.toString().strip()).isEqualTo("wrote " + file);
    try (Stream<Path> beside = Files.list(file.getParent())) {
      assertThat(beside).containsExactly(file);
    }
  }

  @Test
  void whatCannotBeAFileIsRefusedBeforeTheWork() throws IOException {
    assertThatThrownBy(() -> output(directory))
        .isInstanceOf(ParameterException.class)
        .hasMessage("--output " + directory + " is a directory; name a file");
    Path file = Files.writeString(directory.resolve("file"), "");
    Path below = file.resolve("deep/answers");
    assertThatThrownBy(() -> output(below))
        .isInstanceOf(ParameterException.class)
        .hasMessage(
            "--output "
                + below
                + " would lie in "
                + file
                + ", which is a file; name another place");
  }
}
