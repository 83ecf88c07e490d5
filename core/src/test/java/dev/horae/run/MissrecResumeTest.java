package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.Progress;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MISSRec's interests are no weights, but a resumed run must have them. */
class MissrecResumeTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2}) // clustered anew every epoch; not in the epoch that is resumed
  void endsWithTheSameBitsAfterBeingStopped(int refresh) {
    String[] settings = {"model.type=missrec", "model.refresh_epochs=" + refresh};
    Path whole = folder.resolve("whole");
    SmallRun.train(whole, Progress.SILENT, settings);
    Path run = folder.resolve("stopped");
    Progress stops =
        (what, done, total, detail) -> {
          if (detail.startsWith("epoch 2 of ")) {
            throw new IllegalStateException("stopped");
          }
        };
    assertThatThrownBy(() -> SmallRun.train(run, stops, settings)).hasMessage("stopped");

    SmallRun.resume(run, Progress.SILENT);

    for (String file : new String[] {"model.safetensors", "ranks-test.csv"}) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }
}
