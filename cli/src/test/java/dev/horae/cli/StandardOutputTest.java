package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed is whole, or the exit code says otherwise. */
class StandardOutputTest {

  @TempDir Path directory;

  /** Takes so many bytes, then is full. */
  private static final class Full extends OutputStream {

    private int room;

    Full(int room) {
      this.room = room;
    }

    @Override
    public void write(int b) throws IOException {
      if (room-- <= 0) {
        throw new IOException("No space left on device");
      }
    }
  }

  private static String said(int room, boolean pipe, int code, String... arguments) {
    PrintWriter out =
        new PrintWriter(new StandardOutput(new Full(room), pipe), true, StandardCharsets.UTF_8);
    StringWriter err = new StringWriter();
    assertThat(Main.run(out, new PrintWriter(err), arguments)).isEqualTo(code);
    return err.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"config hm4sr", "--help", "train --help", "--version", "doctor"})
  void aFullDiskIsAnErrorWhateverIsPrinted(String arguments) {
    for (int room : new int[] {0, 20}) {
      assertThat(said(room, false, 1, arguments.split(" ")))
          .isEqualTo(
              "standard output: cannot be written: No space left on device; what was printed is"
                  + " not whole\n");
    }
  }

  @Test
  void aReaderThatHasSeenEnoughIsNoError() {
    assertThat(said(20, true, 141, "config", "hm4sr")).isEmpty();
  }

  @Test
  void theSystemsOwnStandardOutputIsWatched() throws Exception {
    ProcessBuilder full = Program.of(directory, List.of(), "config", "hm4sr");
    if (Files.exists(Path.of("/dev/full"))) { // Linux
      full.redirectOutput(Path.of("/dev/full").toFile());
      assertThat(Program.code(full)).isEqualTo(1);
      assertThat(Program.err(directory))
          .startsWith("standard output: cannot be written: ")
          .endsWith("; what was printed is not whole\n");
    }
    Process closed =
        Program.of(directory, List.of(), "config", "hm4sr")
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    closed.getInputStream().close();
    assertThat(closed.waitFor()).isEqualTo(141);
    assertThat(Program.err(directory)).isEmpty();
  }
}
