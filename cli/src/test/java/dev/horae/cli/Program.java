package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.JavaProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line in a process of its own, as a shell has it. */
final class Program {

  private Program() {}

  /** {@return a process that writes to files in {@code folder} what it is not told otherwise} */
  static ProcessBuilder of(Path folder, List<String> flags, Object... arguments) {
    List<String> all = new ArrayList<>(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"));
    all.add("-Dorg.bytedeco.javacpp.nopointergc=true");
    all.addAll(flags);
    return JavaProcess.of(Main.class, all, arguments)
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile());
  }

  static int code(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  static String err(Path folder) throws IOException {
    return Files.readString(folder.resolve("err"));
  }

  /** Reads until {@code text} has come; fails when the stream ends before. */
  static void await(InputStream in, String text) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(text) < 0) {
      int letter = in.read();
      assertThat(letter).as("all there was: %s", read).isNotNegative();
      read.append((char) letter);
    }
  }

  /** Sends a signal by its name, such as INT. */
  static void signal(Process process, String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(new String(kill.getErrorStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
    assertThat(kill.waitFor()).isZero();
  }
}
