package dev.horae.prep;

import dev.horae.data.Sizes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBConnection;

/** The events in tables of DuckDB, in this process. */
final class LocalEvents implements EventSteps {

  private final PrepareOptions options;
  private final Steps steps;
  private final Connection connection;

  LocalEvents(PrepareOptions options, Steps steps) {
    this.options = options;
    this.steps = steps;
    connection = steps.connection();
  }

  @Override
  public List<SourceFile> read(EventTimes times, Table columns, Map<String, Long> passed)
      throws SQLException {
    PrepareOptions.Sources from = options.sources();
    List<Source> files = from.events().stream().map(Source::of).toList();
    connection.setAutoCommit(false); // one commit for all rows, not one for each chunk of 2048
    try (Connection own = connection.unwrap(DuckDBConnection.class).duplicate();
        RawTables tables = new RawTables(connection, new Values(from.cells()))) {
      SourceReader reader = new SourceReader(from, steps.progress(), own);
      for (int f = 0; f < files.size(); f++) {
        times.begin(files.get(f).name());
        reader.read(files.get(f), columns, tables.events(f, times));
        times.end();
      }
      tables.end();
      passed.putAll(tables.passed());
    }
    connection.setAutoCommit(true);
    List<SourceFile> sources = new ArrayList<>();
    files.forEach(file -> sources.add(new SourceFile(file, null)));
    return sources;
  }

  @Override
  public void number(boolean timed) throws SQLException {
    refuseTooManyIds();
    steps.run("04_events.sql", "number ids", Map.of());
  }

  /** Ids are numbered before the k-core: there may be more than are left of them. */
  private void refuseTooManyIds() throws SQLException {
    if (Sql.number(connection, "SELECT count(*) FROM usable_event") > Sizes.MOST) {
      for (String role : List.of("user", "item")) {
        long ids =
            Sql.number(connection, "SELECT count(DISTINCT " + role + "_id) FROM usable_event");
        Sizes.of("events", ids, role + "s", PreparedDataset.TAKE_A_PART);
      }
    }
  }

  @Override
  public long duplicates() throws SQLException {
    steps.run("05_duplicates.sql", "find duplicates", Map.of());
    if (options.protocol().duplicates() == PrepareOptions.Duplicates.REMOVE) {
      Sql.run(connection, "06_remove_duplicates.sql", Map.of());
    }
    return left();
  }

  @Override
  public int core() throws SQLException {
    PrepareOptions.Protocol protocol = options.protocol();
    Map<String, Integer> values =
        Map.of(
            "min_user_events", protocol.minUserEvents(),
            "min_item_events", protocol.minItemEvents());
    int rounds = 0;
    steps.begin("k-core");
    while (Sql.run(connection, "07_core.sql", values) > 0) {
      rounds++;
      steps.goOn("k-core, round " + (rounds + 1));
    }
    return rounds;
  }

  @Override
  public long left() throws SQLException {
    return Sql.number(connection, "SELECT count(*) FROM event");
  }

  @Override
  public void order() throws SQLException {
    boolean shuffled = options.protocol().ties() == PrepareOptions.Ties.RANDOM;
    steps.run("08_order.sql", "order events", Map.of("shuffled", shuffled ? 1 : 0));
  }
}
