package dev.horae.prep;

import dev.horae.data.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;

/** Reads raw files by the reader of their format. */
final class SourceReader {

  private final PrepareOptions.Sources sources;
  private final Progress progress;
  private final Connection connection;

  /**
   * @param connection of the reader alone; Parquet files are read by it
   */
  SourceReader(PrepareOptions.Sources sources, Progress progress, Connection connection) {
    this.sources = sources;
    this.progress = progress;
    this.connection = connection;
  }

  void read(Source source, Table table, Rows rows) throws SQLException {
    String what = "read " + source.file().getFileName();
    if (sources.format() == Format.PARQUET) {
      progress.at(what, 0, 1, "");
      ParquetFile.read(connection, source, table, rows);
      return;
    }
    try {
      long size = Files.size(source.file());
      try (LineReader lines =
          new LineReader(
              source.name(),
              source.file(),
              sources.text().encoding(),
              done -> progress.at(what, done, size, ""))) {
        switch (sources.format()) {
          case RECBOLE -> DelimitedText.readRecBole(lines, table, rows);
          case CSV -> DelimitedText.readCsv(lines, table, rows);
          default -> JsonLines.read(lines, table, rows);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source.name(), e);
    }
  }
}
