package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.Histories;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Safetensors.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingHistoriesTest {

  private static final Path FILE = Path.of("run", "model.safetensors");

  /** The second user has no event. */
  private static final Histories HISTORIES =
      new Histories(new int[] {0, 2, 2, 3}, new int[] {4, 1, 4}, new long[] {5, 1L << 40, -7});

  @Test
  void whatIsSavedIsRead(@TempDir Path folder) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TrainingHistories.save(HISTORIES, Map.of("run", "a")).write(bytes);
    Path file = Files.write(folder.resolve("model.safetensors"), bytes.toByteArray());
    Safetensors saved = Safetensors.read(file);
    assertThat(saved.metadata()).isEqualTo(Map.of("run", "a"));
    Histories read = TrainingHistories.load(saved, 4, file);
    assertThat(read.starts()).isEqualTo(HISTORIES.starts());
    assertThat(read.items()).isEqualTo(HISTORIES.items());
    assertThat(read.times()).isEqualTo(HISTORIES.times());
  }

  @Test
  void anotherModelIsRefused() {
    refused("starts", null);
    refused("items", Entry.of(new float[] {4, 1, 4}, 3));
    refused("times", Entry.of(new long[] {5, 6, 7}, 3, 1));
  }

  private static void refused(String list, Entry entry) {
    assertThatThrownBy(() -> load("training." + list, entry, 4))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            FILE
                + ": has no int64 list training."
                + list
                + ", as the model of a heuristic baseline has; copy the run directory again, or"
                + " train anew");
  }

  @Test
  void listsThatAreNoHistoriesAreRefused() {
    noHistories("items", Entry.of(new long[] {4, 1, 0}, 3));
    noHistories("items", Entry.of(new long[] {4, 1, 5}, 3));
    noHistories("items", Entry.of(new long[] {4, 1}, 2));
    noHistories("times", Entry.of(new long[] {4, 1}, 2));
    noHistories("starts", Entry.of(new long[0], 0));
    noHistories("starts", Entry.of(new long[] {1, 2, 2, 3}, 4));
    noHistories("starts", Entry.of(new long[] {0, 2, 1, 3}, 4));
    noHistories("starts", Entry.of(new long[] {0, 4, 3}, 3));
    noHistories("starts", Entry.of(new long[] {0, 2, 2, 4}, 4));
  }

  private static void noHistories(String list, Entry entry) {
    assertThatThrownBy(() -> load("training." + list, entry, 4))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            FILE
                + ": its lists are no histories over the items of the run; copy the run directory"
                + " again, or train anew");
  }

  private static Histories load(String list, Entry entry, int items) {
    Map<String, Entry> entries =
        new LinkedHashMap<>(TrainingHistories.save(HISTORIES, Map.of()).entries());
    if (entry == null) {
      entries.remove(list);
    } else {
      entries.put(list, entry);
    }
    return TrainingHistories.load(new Safetensors(Map.of(), entries), items, FILE);
  }
}
