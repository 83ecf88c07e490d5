package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import dev.horae.data.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Map;
import org.duckdb.DuckDBConnection;

/**
 * What was read of one file of events. Its rows lie in Parquet files, in the order of the file:
 *
 * <ul>
 *   <li>{@link #ROWS}: {@code position} BIGINT from 0, {@code user_id}, {@code item_id} VARCHAR,
 *       {@code nanos} BIGINT since 1970-01-01 UTC
 *   <li>{@link #TIMELESS}: those without a time that can be read: {@code position}, {@code line}
 *       BIGINT, {@code user_id}, {@code item_id}, {@code refusal} VARCHAR, and the text instead of
 *       a time
 *   <li>{@link #REJECTS}: lines that are no rows: {@code line} BIGINT, {@code reason}, {@code
 *       content} VARCHAR
 * </ul>
 *
 * @param name what messages call it
 * @param rows in {@link #ROWS}
 * @param timeless rows in {@link #TIMELESS}; both have positions of their own
 * @param times how they are written
 * @param columns which the file has
 * @param passed how many lines were passed over, by reason
 */
public record EventFile(
    String name,
    long bytes,
    String sha256,
    long rows,
    long timeless,
    EventTimes.OfFile times,
    Table.Seen columns,
    Map<String, Long> passed) {

  public static final String ROWS = "rows.parquet";
  public static final String TIMELESS = "timeless.parquet";
  public static final String REJECTS = "rejects.parquet";

  /**
   * Reads and judges a file as {@link Preparation} does, for a later one.
   *
   * @param now later than tomorrow is implausible
   * @param directory for the Parquet files, which is there; it must be empty
   * @param memory DuckDB's memory limit; beyond it rows go to disk beside the Parquet files
   * @throws DataException when the file cannot be used
   */
  public static EventFile read(
      PrepareOptions.Sources sources, Source source, Instant now, Path directory, String memory) {
    EventTimes times = new EventTimes(sources, now);
    Table columns = Table.events(sources);
    try (Connection connection = Preparation.connect()) {
      Path spill = directory.resolve("spill");
      Sql.run(connection, "01_tables.sql", Map.of("memory", memory, "scratch", spill));
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET threads = 1"); // the other cores are for other files
      }
      Map<String, Long> passed;
      connection.setAutoCommit(false);
      try (Connection own = connection.unwrap(DuckDBConnection.class).duplicate();
          RawTables tables = new RawTables(connection, new Values(sources.cells()))) {
        times.begin(source.name());
        new SourceReader(sources, Progress.SILENT, own)
            .read(source, columns, tables.events(0, times));
        times.end();
        tables.end();
        passed = tables.passed();
      }
      connection.setAutoCommit(true);
      long rows = Sql.number(connection, "SELECT count(*) FROM event_row");
      long timeless = Sql.number(connection, "SELECT count(*) FROM timeless_row");
      Sql.run(
          connection,
          "write_read_file.sql",
          Map.of(
              "rows", directory.resolve(ROWS),
              "timeless", directory.resolve(TIMELESS),
              "rejects", directory.resolve(REJECTS)));
      return new EventFile(
          source.name(),
          Files.size(source.file()),
          Hashes.sha256(source.file()),
          rows,
          timeless,
          times.last(),
          columns.seen(),
          passed);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source.name(), e);
    } catch (SQLException e) {
      throw Preparation.failure(directory, memory, e);
    }
  }

  /** Whether any of its rows has something written as its time. */
  public boolean timed() {
    return times.written();
  }

  /** Whether reading it on another day would give the same. */
  public boolean standsForEver() {
    return times.standsForEver();
  }
}
