package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.horae.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk of 3 MB, which Linux gives to a process of its own. */
class FullDiskTest {

  private static final String MOUNT = "mount -t tmpfs -o size=3m disk \"$0\" && exec \"$@\"";

  @TempDir Path folder;

  @Test
  void aFullDiskIsSaidSoAndLosesNothing() throws IOException, InterruptedException {
    String refusal = said(List.of("true"));
    assumeTrue(refusal.isEmpty(), "this system gives no small disk to tests: " + refusal);
    List<String> flags = List.of("-XX:TieredStopAtLevel=1", "-Xmx128m");
    assertThat(said(JavaProcess.of(FullDisk.class, flags, folder).command()))
        .isEqualTo(
            folder.resolve("horae.db")
                + ": the disk is full; make room, then send it again\nwell\n");
  }

  /** {@return all that a command said that has the disk as its folder} */
  private String said(List<String> command) throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(
            List.of("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, folder.toString()));
    all.addAll(command);
    Process process;
    try {
      process = new ProcessBuilder(all).redirectErrorStream(true).start();
    } catch (IOException e) {
      return String.valueOf(e.getMessage()); // no such program
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
