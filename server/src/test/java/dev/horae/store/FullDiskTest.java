package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.horae.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk of 3 MB, which Linux gives to a process of its own. */
class FullDiskTest {

  private static final String MOUNT = "mount -t tmpfs -o size=3m disk \"$0\" && exec \"$@\"";

  private static final List<String> FLAGS = List.of("-XX:TieredStopAtLevel=1", "-Xmx128m");

  @TempDir Path folder;

  @Test
  void aFullDiskIsSaidSoAndLosesNothing() throws IOException, InterruptedException {
    assertThat(said(folder, JavaProcess.of(FullDisk.class, FLAGS, folder).command()))
        .isEqualTo(
            folder.resolve("horae.db")
                + ": the disk is full; make room, then send it again\nwell\n");
  }

  @Test
  void erasureTakesItsRoomBesideTheFile() throws IOException, InterruptedException {
    String address = TestDatabase.SQLITE.address(folder);
    // Where SQLite writes temporary files when it is not told otherwise.
    Path temporary = Path.of("/var/tmp");
    assertThat(said(temporary, JavaProcess.of(Erasing.class, FLAGS, address).command()))
        .isEqualTo("erased 1\n");
  }

  @BeforeEach
  void tryToMount() throws IOException, InterruptedException {
    String refusal = said(folder, List.of("true"));
    assumeTrue(refusal.isEmpty(), "this system gives no small disk to tests: " + refusal);
  }

  /** {@return all that a command said that has the disk in a place} */
  private static String said(Path place, List<String> command)
      throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(
            List.of("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, place.toString()));
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
