package dev.horae.spark;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.prep.EventFile;
import dev.horae.prep.Source;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.spark.api.java.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of events in a task of its own, so that its lines keep their numbers. What is wrong
 * with the file is an answer, not a failure: no second attempt would change it.
 */
final class ReadTask implements Function<InputFile, ReadTask.Answer> {

  private static final long serialVersionUID = 1L;

  /** Of DuckDB, for the rows of one file; those that are more go to disk. */
  private static final String MEMORY = "512MB";

  private final Stage stage;
  private final Reading reading;
  private final Instant now;

  ReadTask(Stage stage, Reading reading, Instant now) {
    this.stage = stage;
    this.reading = reading;
    this.now = now;
  }

  /**
   * @param entry the {@link Stage.Entry} as JSON; null when the file cannot be used
   * @param refusal why it cannot; null when it can
   */
  record Answer(@Nullable String entry, @Nullable String refusal) implements Serializable {}

  @Override
  public Answer call(InputFile file) throws IOException {
    Path directory = Files.createTempDirectory("horae-prepare");
    try {
      Path bytes = stage.local(file.path(), directory.resolve("source"));
      EventFile read =
          EventFile.read(reading.sources(), new Source(file.name(), bytes), now, directory, MEMORY);
      String parts = stage.take(Stage.key(file, reading), directory);
      return new Answer(Json.line(new Stage.Entry(read, parts)), null);
    } catch (DataException e) {
      return new Answer(null, e.getMessage());
    } finally {
      AtomicFiles.deleteTree(directory);
    }
  }
}
