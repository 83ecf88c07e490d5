package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One writer in one place, whichever process it is and however the one before ended. */
class WriterLockTest {

  @TempDir Path directory;

  /** Holds a lock in a process of its own, until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws InterruptedException {
      try (WriterLock lock = WriterLock.of(Path.of(arguments[0]), "wait")) {
        System.out.println(lock != null);
        Thread.sleep(TimeUnit.HOURS.toMillis(1));
      }
    }
  }

  @Test
  void aLivingProcessIsNamedAndADeadOneForgotten() throws Exception {
    Process holder = JavaProcess.of(Holder.class, List.of(), directory).start();
    Path left = directory.resolve(".weights." + holder.pid() + ".part");
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("true");
      Files.writeString(left, "half");
      for (int i = 0; i < 2; i++) { // being refused takes nothing from the owner
        assertThatThrownBy(() -> WriterLock.of(directory, "wait for its end, or stop it"))
            .isInstanceOf(DataException.class)
            .message()
            .matches(
                "\\Q%s: process %s on \\E\\S+ \\(since 2\\S+Z\\) writes there; wait for its end, or stop it"
                    .formatted(directory, holder.pid()));
      }
      assertThat(left).exists();
    } finally {
      holder.destroyForcibly().waitFor();
    }
    try (WriterLock lock = WriterLock.of(directory, "wait")) {
      assertThat(left).doesNotExist();
    }
  }

  @Test
  void aProcessDoesNotLockItselfOutForGood() throws Exception {
    try (WriterLock lock = WriterLock.of(directory, "wait")) {
      Path link =
          Files.createSymbolicLink(
              directory.resolveSibling("link-" + directory.getFileName()), directory);
      for (Path same : new Path[] {directory, directory.resolve("."), link}) {
        assertThatThrownBy(() -> WriterLock.of(same, "wait for its end"))
            .hasMessage(same + ": this process writes there already; wait for its end");
      }
      Files.delete(link);
    }
    WriterLock.of(directory, "wait").close();
  }
}
