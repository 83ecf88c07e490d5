package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A signal leaves one line, how to go on, and the exit code that the shell knows it by. */
// Where the caller ignores a signal, so does the child: that must not hang the build.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class StoppingTest {

  private static TrainedShop shop;

  @TempDir Path directory;
  private Process process;

  @BeforeAll
  static void train() throws Exception {
    signalsReachChildren();
    shop = TrainedShop.get();
  }

  /** A shell's {@code &} ignores INT for all that it starts, and nothing below would ever end. */
  private static void signalsReachChildren() throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      int code = new ProcessBuilder("sh", "-c", "kill -" + signal + " $$").start().waitFor();
      assertThat(code)
          .as(
              "SIG%s is ignored by what started this build, such as '&' of a shell; start it in the"
                  + " foreground. Exit code of a shell that sent the signal to itself",
              signal)
          .isEqualTo(signal.equals("INT") ? 130 : 143);
    }
  }

  /** What is not stopped, as where a shell ignores INT, would train for days. */
  @AfterEach
  void endWhatGoesOn() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void trainingSaysHowToContinue(String signal, int code) throws Exception {
    Path run = directory.resolve("run");
    process =
        Program.of(
                directory,
                List.of(),
                "train",
                "--data",
                shop.data(),
                "--out",
                run,
                "model.hidden_size=16",
                "model.inner_size=32",
                "train.epochs=100000",
                "train.patience=100000")
            .redirectOutput(Redirect.PIPE)
            .start();
    Program.await(process.getInputStream(), "memory planned");
    Program.await(process.getInputStream(), "\n");
    Program.signal(process, signal);
    assertThat(process.waitFor()).isEqualTo(code);
    assertThat(Program.err(directory))
        .isEqualTo("stopped; continue with: horae train --resume " + run + "\n");
  }

  /** To all of a terminal's programs at once, as Ctrl-C does: the child first, then the parent. */
  @Test
  void aComparisonAndItsChildEndTogether() throws Exception {
    process =
        Program.of(
                directory,
                List.of("-Dhorae.terminal.columns=100"),
                "compare",
                "--data",
                shop.data(),
                "--out",
                directory.resolve("comparison"),
                "--models=sasrec",
                "model.hidden_size=16",
                "train.epochs=100000",
                "train.patience=100000")
            .redirectError(Redirect.PIPE)
            .start();
    InputStream err = process.getErrorStream();
    Program.await(err, "[1/3] data: sasrec, seed 2025  ");
    ProcessHandle child = process.children().findFirst().orElseThrow();
    child.destroy();
    child.onExit().join();
    Program.signal(process, "INT");
    String last = new String(err.readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(130);
    assertThat(last).endsWith("\nstopped; the same command goes on from where it was\n");
    assertThat(last).doesNotContain("failed", "bug", "Exception");
  }
}
