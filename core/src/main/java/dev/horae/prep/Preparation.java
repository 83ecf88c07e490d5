package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.data.Reasons;
import dev.horae.data.Sizes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/**
 * Raw events and items to a prepared data set, by the protocol: bad rows set apart, duplicates
 * removed, k-core, stable order, statistics. Readers are Java, so that every refused line has its
 * number and reason; the rest is SQL, out of core.
 */
public final class Preparation {

  /** The manifest's count of the items whose text column of a name is empty begins so. */
  static final String ITEMS_WITHOUT = "items without column: ";

  /** The manifest's count of the lines that held nothing begins so, before what they were. */
  static final String PASSED_OVER = "passed over: ";

  private final PrepareOptions options;
  private final List<Source> items;
  private final OutputDirectory out;
  private final Connection connection;
  private final Steps steps;
  private final EventSteps events;
  private final List<String> warnings = new ArrayList<>();
  private final EventTimes times;
  private final Optional<TimeSplit> byTime;
  private final Map<String, Long> passed = new TreeMap<>();
  private List<String> timeNames = List.of();

  /**
   * @param items the catalogue's files
   */
  private Preparation(
      PrepareOptions options,
      List<Source> items,
      OutputDirectory out,
      Steps steps,
      EventSteps events) {
    this.options = options;
    this.items = items;
    this.out = out;
    this.steps = steps;
    this.events = events;
    connection = steps.connection();
    times = new EventTimes(options.sources(), Instant.now());
    byTime = options.protocol().cut().map(cut -> new TimeSplit(connection, cut));
  }

  /** Begins with the files of events, earlier ones first; ends {@code .into(directory)}. */
  public static PreparationBuilder of(Format format, Path... events) {
    return new PreparationBuilder(format, List.of(events));
  }

  /**
   * Writes the data set and opens it.
   *
   * @throws DataException when a file cannot be used, too many rows are refused, or nothing is
   *     left; the output directory is then as it was before
   */
  public static Dataset run(PrepareOptions options, Progress progress) {
    checkSources(options.sources());
    List<Source> items = options.sources().items().stream().map(Source::of).toList();
    run(options, items, progress, steps -> new LocalEvents(options, steps));
    boolean sameWay = Files.isDirectory(options.out()); // not through x/.. without an x
    return PreparedDataset.open(sameWay ? options.out() : OutputDirectory.resolved(options.out()));
  }

  /**
   * Writes the data set, but has an engine do what grows with the events.
   *
   * @param options of which the engine follows the rules; files of events and items are not those
   *     named here
   * @param items the catalogue's files, on this machine
   * @return what the data set says of itself; it is not opened, as it may not fit the memory
   * @throws DataException as {@link #run(PrepareOptions, Progress)} does
   */
  public static Manifest run(
      PrepareOptions options, List<Source> items, EventEngine engine, Progress progress) {
    return run(options, items, progress, steps -> new EventsElsewhere(engine, steps));
  }

  private static Manifest run(
      PrepareOptions options,
      List<Source> items,
      Progress progress,
      Function<Steps, EventSteps> events) {
    try (OutputDirectory out = new OutputDirectory(options.out())) {
      Manifest manifest;
      try (Connection connection = connect()) {
        Steps steps = new Steps(connection, progress);
        manifest = new Preparation(options, items, out, steps, events.apply(steps)).run();
      }
      out.publish();
      return manifest;
    } catch (SQLException e) {
      throw failure(options.out(), options.memory(), e);
    }
  }

  /** A full memory or disk is the user's to mend; anything else is a bug of ours. */
  static RuntimeException failure(Path place, String memory, SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left") && !message.contains("Out of Memory")) {
      return new UncheckedIOException(
          "cannot write in " + place, new IOException("No space left on device", e));
    }
    if (message.contains("Out of Memory")) {
      return new DataException(
          "%s: memory %s and the disk beside it do not suffice; raise ``memory`` or free space (%s)"
              .formatted(place, memory, Reasons.of(e)),
          e);
    }
    return new IllegalStateException("a step of prepare failed: " + message, e);
  }

  private static void checkSources(PrepareOptions.Sources sources) {
    List<Path> files = new ArrayList<>(sources.events());
    files.addAll(sources.items());
    List<String> problems = new ArrayList<>();
    for (Path file : files) {
      if (Files.isDirectory(file)) {
        problems.add(file + ": is a folder; name the files in it");
      } else if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        problems.add(file + ": is not a readable file; check the path");
      }
    }
    if (problems.isEmpty()) {
      problems.addAll(twice(sources.events()));
      problems.addAll(twice(sources.items()));
    }
    sources
        .images()
        .filter(folder -> !Files.isDirectory(folder))
        .ifPresent(folder -> problems.add(folder + ": is not a picture folder; check ``images``"));
    DataException.throwIfAny(problems);
  }

  /** {@return a problem for each file that is named again, also by another path} */
  private static List<String> twice(List<Path> files) {
    Map<Path, Path> names = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (Path file : files) {
      try {
        Path before = names.putIfAbsent(file.toRealPath(), file);
        if (before != null) {
          problems.add(
              file.equals(before)
                  ? file + ": is named twice; name it once"
                  : file + ": is the same file as " + before + "; name it once");
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot find " + file, e);
      }
    }
    return problems;
  }

  /**
   * A database in memory, which goes to disk all the same when the memory is full. One in a file
   * compresses and logs every row that is read, which took three times as long.
   */
  static Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    return DriverManager.getConnection("jdbc:duckdb:", properties);
  }

  private Manifest run() throws SQLException {
    Sql.run(
        connection,
        "01_tables.sql",
        Map.of("memory", options.memory(), "scratch", out.scratch().resolve("spill")));
    List<SourceFile> sources = readSources();
    step("02_times.sql", "recognise times", Map.of("timed", times.timed() ? 1 : 0));
    step("03_judge.sql", "judge rows");
    warnOfTimes();
    byTime.ifPresent(split -> split.requireTimes(times.timed()));
    RejectLimit limit = new RejectLimit(connection, options.protocol().maxRejects());
    limit.check();
    refuseEmptyTexts();
    limit.word().ifPresent(this::warnOfMissing);
    events.number(times.timed());
    warnings.addAll(new IdCheck(connection).warnings());
    long before = events.duplicates();
    int rounds = events.core();
    long left = events.left();
    refuseEmpty(before, left);
    Sizes.of("events", left, "events", PreparedDataset.TAKE_A_PART);
    events.order();
    warnings.addAll(new IdCheck(connection).ofEqualTexts());
    Long cut = byTime.isPresent() ? byTime.get().settle() : null;
    step(
        "09_items.sql",
        "describe items",
        Map.of(
            "has_images", options.sources().images().isPresent() ? 1 : 0,
            "keep_cold", options.protocol().keepCold() ? 1 : 0));
    warnings.addAll(new CatalogueCheck(connection, options.sources()).warnings());
    step(
        "10_statistics.sql",
        "count",
        Map.of(
            "events_outside_core",
            before - left,
            "core_rounds",
            rounds,
            "max_length",
            options.protocol().maxLength(),
            "by_time",
            byTime.isPresent() ? 1 : 0,
            "cut",
            cut == null ? 0 : cut));
    if (cut != null) {
      byTime.get().check(cut);
    }
    countPassed();
    Manifest manifest = write(sources, cut);
    steps.end();
    return manifest;
  }

  private void warnOfMissing(String word) {
    warnings.add(
        "rows whose user or item is a word for a missing value, such as "
            + word
            + ", are left out; ``missing`` '' keeps such ids");
  }

  private Manifest write(List<SourceFile> sources, @Nullable Long cut) throws SQLException {
    Path content = out.content();
    viewCatalogue();
    step(
        "11_write.sql",
        "write",
        Map.of(
            "events", content.resolve(PreparedDataset.EVENTS),
            "items", content.resolve(PreparedDataset.ITEMS),
            "rejects", content.resolve(PreparedDataset.REJECTS)));
    Manifest manifest =
        new ManifestWriter(connection, options, times).manifest(content, sources, cut, warnings);
    Json.write(content.resolve(PreparedDataset.MANIFEST), manifest);
    return manifest;
  }

  private void step(String name, String what) throws SQLException {
    step(name, what, Map.of());
  }

  private void step(String name, String what, Map<String, ?> values) throws SQLException {
    steps.run(name, what, values);
  }

  /** {@return every source; its place in the list is its number in the tables} */
  private List<SourceFile> readSources() throws SQLException {
    PrepareOptions.Sources from = options.sources();
    Table ofEvents = Table.events(from);
    Table ofItems = Table.items(from);
    List<SourceFile> sources = new ArrayList<>(events.read(times, ofEvents, passed));
    for (int f = 0; f < sources.size(); f++) {
      register(f, sources.get(f), "event");
    }
    connection.setAutoCommit(false); // one commit for all rows, not one for each chunk of 2048
    try (Connection own = connection.unwrap(DuckDBConnection.class).duplicate();
        RawTables tables = new RawTables(connection, new Values(from.cells()))) {
      SourceReader reader = new SourceReader(from, steps.progress(), own);
      for (Source file : items) {
        register(sources.size(), new SourceFile(file, null), "item");
        reader.read(
            file, ofItems, tables.items(sources.size(), from.textColumns(), ofItems::images));
        sources.add(new SourceFile(file, null));
      }
      tables.end();
      tables.passed().forEach((reason, lines) -> passed.merge(reason, lines, Long::sum));
    }
    Table.refuseUnknown(from, ofEvents, ofItems);
    timeNames = new ArrayList<>(ofEvents.timeNames());
    timeNames.removeIf(name -> from.names(Column.TIME).stream().anyMatch(name::equalsIgnoreCase));
    warnings.addAll(ofEvents.warnings());
    warnings.addAll(ofItems.warnings());
    warnings.addAll(ofItems.hints());
    if (from.images().isPresent()) {
      try (PictureFolder pictures = new PictureFolder(connection)) {
        pictures.list(from.images().get());
      }
    }
    connection.setAutoCommit(true);
    return sources;
  }

  private void countPassed() throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO statistic VALUES (?, ?, NULL)")) {
      for (Map.Entry<String, Long> one : passed.entrySet()) {
        insert.setString(1, PASSED_OVER + one.getKey());
        insert.setLong(2, one.getValue());
        insert.execute();
      }
    }
  }

  /** JSON lines have no header: a misspelt column is one that no row has. */
  private void refuseEmptyTexts() throws SQLException {
    List<String> names = options.sources().textColumns();
    for (int i = 0; i < names.size(); i++) {
      String some = "SELECT count(*) FROM item_row WHERE texts[%s] <> ''".formatted(i + 1);
      if (Sql.number(connection, some) == 0) {
        throw new DataException(
            "items: no row has a value in column %s; correct ``textColumns``"
                .formatted(names.get(i)));
      }
    }
  }

  private void warnOfTimes() {
    if (times.timed()) {
      warnings.addAll(times.warnings());
      return;
    }
    if (options.protocol().ties() == PrepareOptions.Ties.RANDOM) {
      throw new DataException(
          "``ties`` random: the events carry no time, so whole histories would be shuffled; name"
              + " the column of the times with ``column`` time=NAME, or leave ``ties`` out");
    }
    String like =
        timeNames.isEmpty()
            ? ""
            : "; %s may be one: take it with ``column`` time=%s"
                .formatted(String.join(" or ", timeNames), timeNames.get(0));
    warnings.add("the events carry no time: the order of the input is taken as their order" + like);
  }

  /** What {@code items.parquet} will hold. */
  private void viewCatalogue() throws SQLException {
    StringBuilder further = new StringBuilder();
    List<String> names = options.sources().textColumns();
    for (int i = 0; i < names.size(); i++) {
      further.append(
          ", coalesce(texts[%s], '') AS %s".formatted(i + 1, Sql.identifier(names.get(i))));
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE VIEW catalogue AS SELECT item, id, title, brand, categories, images AS image"
              + further
              + " FROM listed_item ORDER BY item");
      for (String name : names) {
        statement.execute(
            "INSERT INTO statistic SELECT %s, count(*) FILTER (%s = ''), NULL FROM catalogue"
                .concat(" WHERE item <= (SELECT count(*) FROM item_index)")
                .formatted(Sql.quote(ITEMS_WITHOUT + name), Sql.identifier(name)));
      }
    }
  }

  private void register(int number, SourceFile file, String kind) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO source VALUES (?, ?, ?)")) {
      insert.setInt(1, number);
      insert.setString(2, kind);
      insert.setString(3, file.name());
      insert.execute();
    }
  }

  private void refuseEmpty(long before, long left) {
    if (left == 0) {
      PrepareOptions.Protocol protocol = options.protocol();
      throw new DataException(
          before == 0
              ? "events: no usable row was found; check the files and the format"
              : ("events: none of %s is left when users need %s and items %s events;"
                      + " lower ``minUserEvents`` or ``minItemEvents``")
                  .formatted(before, protocol.minUserEvents(), protocol.minItemEvents()));
    }
  }
}
