package dev.horae.prep;

import dev.horae.data.Sizes;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The events in an {@link EventEngine}. Here are the counts of them, the rows that it refused, and
 * at last its files as the tables that the steps behind 08 read.
 */
final class EventsElsewhere implements EventSteps {

  private final EventEngine engine;
  private final Steps steps;
  private final Connection connection;
  private EventEngine.@Nullable Ordered ordered; // null before number

  EventsElsewhere(EventEngine engine, Steps steps) {
    this.engine = engine;
    this.steps = steps;
    connection = steps.connection();
  }

  @Override
  public List<SourceFile> read(EventTimes times, Table columns, Map<String, Long> passed)
      throws SQLException {
    List<SourceFile> sources = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (EventEngine.Read read : engine.read()) {
        EventFile file = read.file();
        times.add(file.times());
        columns.add(file.columns());
        file.passed().forEach((reason, lines) -> passed.merge(reason, lines, Long::sum));
        long kept = file.rows() + (read.timeless().isEmpty() ? file.timeless() : 0);
        statement.execute("INSERT INTO read_elsewhere VALUES (" + kept + ")");
        int number = sources.size();
        if (!read.timeless().isEmpty()) {
          statement.execute(
              "INSERT INTO timeless_row SELECT position, %s, line, user_id, item_id, refusal, time FROM %s"
                  .formatted(number, parquet(read.timeless())));
        }
        if (!read.rejects().isEmpty()) {
          statement.execute(
              "INSERT INTO reject SELECT %s, line, reason, content FROM %s"
                  .formatted(number, parquet(read.rejects())));
        }
        sources.add(new SourceFile(new Source(file.name(), Path.of(file.name())), file));
      }
    }
    return sources;
  }

  @Override
  public void number(boolean timed) throws SQLException {
    steps.begin("number ids");
    ordered = engine.order(timed);
    Sizes.of("events", ordered.user().ids(), "users", PreparedDataset.TAKE_A_PART);
    Sizes.of("events", ordered.item().ids(), "items", PreparedDataset.TAKE_A_PART);
    Sql.run(
        connection,
        "08_elsewhere.sql",
        Map.ofEntries(
            Map.entry("users", ordered.user().ids()),
            Map.entry("users_left", ordered.usersLeft()),
            Map.entry("events", ordered.usable()),
            Map.entry("duplicates", ordered.duplicates()),
            Map.entry("user", ordered.user().id()),
            Map.entry("user_most", ordered.user().most()),
            Map.entry("user_next", ordered.user().next()),
            Map.entry("item", ordered.item().id()),
            Map.entry("item_most", ordered.item().most()),
            Map.entry("item_next", ordered.item().next()),
            Map.entry("items", ordered.item().ids())));
    try (Statement statement = connection.createStatement()) {
      String items = parquet(ordered.items());
      statement.execute("CREATE VIEW item_code AS SELECT item_code, item_id FROM " + items);
      statement.execute(
          "CREATE VIEW item_index AS SELECT item, item_code FROM "
              + items
              + " WHERE item IS NOT NULL");
    }
  }

  @Override
  public long duplicates() {
    steps.begin("find duplicates");
    return ordered().beforeCore();
  }

  @Override
  public int core() {
    steps.begin("k-core");
    return ordered().rounds();
  }

  @Override
  public long left() {
    return ordered().events();
  }

  @Override
  public void order() throws SQLException {
    steps.begin("order events");
    try (Statement statement = connection.createStatement()) {
      // One thread fills one row group after the other, as 08 does: so the written file is the
      // same.
      statement.execute("SET threads = 1");
      statement.execute("CREATE TABLE ordered AS FROM " + parquet(ordered().files()));
      statement.execute("RESET threads");
    }
  }

  private EventEngine.Ordered ordered() {
    return Objects.requireNonNull(ordered);
  }

  private static String parquet(List<Path> files) {
    return files.stream()
        .map(Sql::pattern)
        .collect(Collectors.joining(", ", "read_parquet([", "], hive_partitioning = false)"));
  }
}
