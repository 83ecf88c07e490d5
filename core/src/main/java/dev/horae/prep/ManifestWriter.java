package dev.horae.prep;

import dev.horae.config.Version;
import dev.horae.data.Hashes;
import dev.horae.data.Manifest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects what {@code dataset.json} says from the finished tables and files. */
final class ManifestWriter {

  private final Connection connection;
  private final PrepareOptions options;
  private final EventTimes times;

  ManifestWriter(Connection connection, PrepareOptions options, EventTimes times) {
    this.connection = connection;
    this.times = times;
    this.options = options;
  }

  /**
   * @param content the directory with the written files
   * @param sources in the order of their numbers in the tables
   * @param cut see {@link Manifest}
   * @param warnings a sentence each
   */
  Manifest manifest(
      Path content, List<SourceFile> sources, @Nullable Long cut, List<String> warnings)
      throws SQLException {
    PrepareOptions.Protocol protocol = options.protocol();
    Map<String, String> hashes = new LinkedHashMap<>();
    for (String name : List.of(PreparedDataset.EVENTS, PreparedDataset.ITEMS)) {
      hashes.put(name, Hashes.sha256(content.resolve(name)));
    }
    return new Manifest(
        options.out().toAbsolutePath().normalize().getFileName().toString(),
        PreparedDataset.FORMAT,
        protocol.maxLength(),
        protocol.minUserEvents(),
        protocol.minItemEvents(),
        protocol.duplicates() == PrepareOptions.Duplicates.REMOVE ? "removed" : "kept",
        protocol.ties().name().toLowerCase(Locale.ROOT),
        cut,
        times.timed(),
        counts(),
        hashes,
        options.sources().images().map(path -> path.toAbsolutePath().toString()).orElse(""),
        provenance(sources, warnings));
  }

  private Map<String, Number> counts() throws SQLException {
    Map<String, Number> counts = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT name, whole, share FROM statistic ORDER BY rowid")) {
      while (row.next()) {
        double share = row.getDouble(3);
        boolean whole = row.wasNull();
        Number value = whole ? (Number) row.getLong(2) : (Number) share;
        counts.put(row.getString(1), value);
      }
    }
    return counts;
  }

  private Map<String, Object> provenance(List<SourceFile> sources, List<String> warnings)
      throws SQLException {
    Map<String, Object> provenance = new LinkedHashMap<>();
    provenance.put("command", "prepare");
    provenance.put("format", options.sources().format().name().toLowerCase(Locale.ROOT));
    provenance.put("keep_cold", options.protocol().keepCold());
    provenance.put("max_rejects", options.protocol().maxRejects());
    options.protocol().cut().ifPresent(cut -> provenance.put("cut", cut.text()));
    if (!options.sources().columns().isEmpty()) {
      provenance.put("columns", options.sources().columns());
    }
    if (!options.sources().textColumns().isEmpty()) {
      provenance.put("text_columns", options.sources().textColumns());
    }
    provenance.put("version", Version.text());
    provenance.put("made_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    provenance.put("sources", describe(sources));
    provenance.put("warnings", warnings);
    return provenance;
  }

  private List<Map<String, Object>> describe(List<SourceFile> sources) throws SQLException {
    List<Map<String, Object>> described = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT file, kind FROM source ORDER BY file")) {
      while (row.next()) {
        SourceFile file = sources.get(row.getInt(1));
        Map<String, Object> source = new LinkedHashMap<>();
        source.put("file", file.name());
        source.put("kind", row.getString(2));
        source.put("bytes", file.bytes());
        source.put("sha256", file.sha256());
        if (row.getString(2).equals("event")) {
          source.put("time", times.format(row.getInt(1))); // event files come first
        }
        described.add(source);
      }
    }
    return described;
  }
}
