package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher refuses before it builds or runs anything. */
class LauncherTest {

  private static final Path LAUNCHER = Path.of("..", "horae");

  @TempDir Path directory;

  private static void refused(int code, String message, String variable, String value)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", LAUNCHER.toString(), "--version");
    builder.environment().put("HORAE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put(variable, value);
    Process process = builder.start();
    assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(message + "\n");
    assertThat(process.waitFor()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "8x", "0g", "8", "8gg", "8 g", "-5g", "1.5g"})
  void aHeapThatIsNoSize(String heap) throws Exception {
    refused(
        2,
        "horae: HORAE_HEAP=" + heap + " is no size; write it like 8g or 512m",
        "HORAE_HEAP",
        heap);
  }

  @Test
  void aJdkThatIsNotThere() throws Exception {
    refused(
        2,
        "horae: HORAE_JAVA_HOME="
            + directory
            + " is no JDK 17 or newer; correct it, or unset it to take any that is found",
        "HORAE_JAVA_HOME",
        directory.toString());
  }

  @Test
  void aCacheThatCannotBeWritten() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    refused(
        1,
        "horae: no library can be unpacked in "
            + file
            + ": missing, full, read-only or mounted noexec.\n"
            + "Set HORAE_CACHE to a directory with 2 GiB free whose file system may run programs.",
        "HORAE_CACHE",
        file.toString());
    assertThat(file).hasContent("mine");
  }
}
