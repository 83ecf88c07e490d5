package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of every type that can hold times; the events are 100 ms apart and not in order. */
class ParquetTimesTest {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "TIMESTAMP '2014-05-13 23:59:59' + to_milliseconds(100 * n) | ISO dates"
            + " without an offset (UTC)",
        "TIMESTAMPTZ '2014-05-14 01:59:59+02' + to_milliseconds(100 * n) | ISO dates with"
            + " an offset",
        "CAST(TIMESTAMP '2014-05-13 23:59:59' + to_milliseconds(100 * n) AS TIMESTAMP_NS) | ISO"
            + " dates without an offset (UTC)",
        "CAST(1400025599000 + 100 * n AS BIGINT) | epoch milliseconds",
        "CAST(1400025599000000000 + 100000000 * n AS HUGEINT) | epoch nanoseconds",
        "CAST(1400025599 + n / 10 AS DOUBLE) | epoch seconds",
        "CAST(1400025599 + n / 10 AS DECIMAL(18, 6)) | epoch seconds",
        "concat('2014-05-13T23:59:59.', n, 'Z') | ISO dates with an offset"
      })
  void allTypesGiveTheSameOrder(String time, String form) throws SQLException {
    Path file = directory.resolve("events.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute(
          "COPY (SELECT 'u' AS user_id, 'i' || n AS item_id, "
              + time
              + " AS timestamp FROM range(6) r(n) ORDER BY (n * 5 + 3) % 7) TO "
              + Sql.quote(file.toString())
              + " (FORMAT parquet)");
    }
    Dataset dataset = Prepared.events(Format.PARQUET, Prepared.ALL, file);
    assertThat(Prepared.histories(dataset))
        .containsExactly(
            "u: i0@1400025599 i1@1400025599 i2@1400025599 i3@1400025599 i4@1400025599"
                + " i5@1400025599");
    assertThat(dataset.manifest().counts()).containsEntry("tied_events", 0);
    assertThat(DatasetReport.of(dataset)).contains("  time: " + form + "\n");
  }
}
