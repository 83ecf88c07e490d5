package dev.horae.prep;

import static java.util.stream.Collectors.joining;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Hashes;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.Reasons;
import dev.horae.data.Sizes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBDriver;
import org.duckdb.DuckDBPreparedStatement;
import org.duckdb.DuckDBReadableVector;

/**
 * Opens a prepared data set: a directory with
 *
 * <ul>
 *   <li>{@code dataset.json}: the {@link Manifest}
 *   <li>{@code events.parquet}: {@code user} INTEGER from 0, {@code item} INTEGER from 1, {@code
 *       time} BIGINT seconds, {@code user_id} VARCHAR; ordered by user, time, input position
 *   <li>{@code items.parquet}: {@code item} INTEGER from 1, those with events first, {@code id},
 *       {@code title}, {@code brand} VARCHAR, {@code categories} VARCHAR[], {@code image} VARCHAR[]
 *       (VARCHAR in data sets made before an item could have several), and a VARCHAR column for
 *       each that was asked to be kept; ordered by item
 *   <li>{@code rejects.csv}: {@code file, line, reason, content} of every input row that was
 *       refused
 * </ul>
 */
public final class PreparedDataset {

  static final String MANIFEST = "dataset.json";
  static final String EVENTS = "events.parquet";
  static final String ITEMS = "items.parquet";
  static final String REJECTS = "rejects.csv";
  static final int FORMAT = 1;

  /** What {@code items.parquet} always has. */
  static final List<String> ITEM_COLUMNS =
      List.of("item", "id", "title", "brand", "categories", "image");

  static final String TAKE_A_PART =
      "prepare a part of them, such as the latest years or some of the users";

  private PreparedDataset() {}

  /** Throws {@link DataException} when a file is missing, was changed, or is of another layout. */
  public static Dataset open(Path directory) {
    return open(directory, List.of());
  }

  /** As {@link #open(Path)}, of several; what is wrong with any of them is said at once. */
  public static List<Dataset> openAll(List<Path> directories) {
    List<Dataset> datasets = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Path directory : directories) {
      try {
        datasets.add(open(directory));
      } catch (DataException e) {
        problems.add(e.getMessage());
      }
    }
    DataException.throwIfAny(problems);
    return datasets;
  }

  /**
   * Opens a data set with columns that most uses leave in their file.
   *
   * @param textFields what {@link Item#text} will be asked for: title, brand, categories, or a
   *     column that was kept
   * @throws DataException also when there is no such field
   */
  public static Dataset open(Path directory, List<String> textFields) {
    Manifest manifest = manifest(directory);
    check(directory, EVENTS, manifest);
    check(directory, ITEMS, manifest);
    try (Connection connection = memory()) {
      Path file = directory.resolve(ITEMS);
      List<Item> items = items(connection, file, kept(connection, file, textFields));
      int cold = manifest.counts().getOrDefault("cold_items", 0).intValue();
      Catalogue all = new Catalogue(items);
      Catalogue catalogue = cold == 0 ? all : new Catalogue(items.subList(0, items.size() - cold));
      List<String> users = new ArrayList<>();
      Histories histories =
          events(connection, directory.resolve(EVENTS), events(directory, manifest), users);
      return new Dataset(directory, manifest, catalogue, List.copyOf(users), histories, all);
    } catch (SQLException e) {
      throw new DataException(
          directory
              + ": cannot be read: "
              + Reasons.of(e) // below its first line comes our SQL
              + "; prepare it again",
          e);
    }
  }

  /**
   * {@return what a data set says of itself, whose files are not looked at}
   *
   * @throws DataException when it is none, or of another layout
   */
  public static Manifest manifest(Path directory) {
    if (OutputDirectory.isInterrupted(directory)) {
      throw new DataException(
          directory
              + ": a prepare was killed while it replaced this data set; prepare it again, which"
              + " first brings back the old one");
    }
    if (!Files.exists(directory.resolve(MANIFEST))) {
      throw new DataException(
          directory + ": is not a prepared data set (no " + MANIFEST + "); make one with prepare");
    }
    Manifest manifest = Json.read(directory.resolve(MANIFEST), Manifest.class);
    if (manifest.format() != FORMAT || manifest.counts() == null || manifest.hashes() == null) {
      throw new DataException(
          directory.resolve(MANIFEST)
              + ": has format "
              + manifest.format()
              + ", this program reads "
              + FORMAT
              + "; "
              + (manifest.format() > FORMAT ? "use the newer Horae that made it, or " : "")
              + "prepare the data set again");
    }
    return manifest;
  }

  private static void check(Path directory, String name, Manifest manifest) {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      throw new DataException(file + ": is missing; prepare the data set again");
    }
    String expected = manifest.hashes().get(name);
    if (expected == null) {
      throw new DataException(
          directory.resolve(MANIFEST)
              + ": has no SHA-256 of "
              + name
              + "; restore it or prepare the data set again");
    }
    String found = Hashes.sha256(file);
    if (!found.equals(expected)) {
      throw new DataException(
          "%s: is not the file that %s describes (SHA-256 %s, expected %s); restore it or prepare the data set again"
              .formatted(file, MANIFEST, found, expected));
    }
  }

  /** {@return how many events the data set has} */
  private static int events(Path directory, Manifest manifest) {
    long events = manifest.counts().getOrDefault("events", 0).longValue();
    return Sizes.of(directory.toString(), events, "events", TAKE_A_PART);
  }

  /** A connection to nothing but files, whose results are streamed. */
  private static Connection memory() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    return DriverManager.getConnection("jdbc:duckdb:", properties);
  }

  /** {@return which of the fields are columns that were kept} */
  private static List<String> kept(Connection connection, Path file, List<String> textFields)
      throws SQLException {
    List<String> known = new ArrayList<>(Item.TEXT_FIELDS);
    try (Statement statement = connection.createStatement();
        ResultSet column = statement.executeQuery("DESCRIBE SELECT * FROM " + Sql.parquet(file))) {
      while (column.next()) {
        if (!ITEM_COLUMNS.contains(column.getString(1))) {
          known.add(column.getString(1));
        }
      }
    }
    for (String field : textFields) {
      if (!known.contains(field)) {
        throw new DataException(
            "%s: has no text field '%s', only %s; ``PreparationBuilder.textColumns`` keeps further columns of the items files"
                .formatted(file, field, String.join(", ", known)));
      }
    }
    return textFields.stream()
        .filter(field -> !Item.TEXT_FIELDS.contains(field))
        .distinct()
        .toList();
  }

  private static List<Item> items(Connection connection, Path file, List<String> kept)
      throws SQLException {
    List<Item> items = new ArrayList<>();
    Map<String, String> brands = new HashMap<>(); // few for many items, as are paths: keep one each
    Map<List<String>, List<String>> paths = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id, title, brand, categories, image"
                    + kept.stream().map(name -> ", " + Sql.identifier(name)).collect(joining())
                    + " FROM "
                    + Sql.parquet(file))) {
      while (row.next()) {
        Map<String, String> texts = new HashMap<>();
        for (int i = 0; i < kept.size(); i++) {
          texts.put(kept.get(i), row.getString(6 + i));
        }
        items.add(
            new Item(
                row.getString(1),
                row.getString(2),
                brands.computeIfAbsent(row.getString(3), brand -> brand),
                paths.computeIfAbsent(names(row.getArray(4)), path -> path),
                row.getObject(5) instanceof Array images
                    ? names(images)
                    : Stream.of(row.getString(5)).filter(name -> !name.isEmpty()).toList(),
                texts));
      }
    }
    return items;
  }

  private static List<String> names(Array array) throws SQLException {
    List<String> names = new ArrayList<>();
    for (Object name : (Object[]) array.getArray()) {
      names.add((String) name);
    }
    return List.copyOf(names);
  }

  /** Fills {@code users} with the shop's ids. */
  private static Histories events(Connection connection, Path file, int events, List<String> users)
      throws SQLException {
    int[] items = new int[events];
    long[] times = new long[events];
    int[] starts = new int[1024];
    int event = 0;
    String query = "SELECT \"user\", item, time, user_id FROM " + Sql.parquet(file);
    try (PreparedStatement statement = connection.prepareStatement(query);
        DuckDBChunkedResult result = statement.unwrap(DuckDBPreparedStatement.class).query()) {
      while (result.nextChunk()) {
        DuckDBDataChunkReader chunk = result.chunk();
        DuckDBReadableVector user = chunk.vector(0);
        DuckDBReadableVector item = chunk.vector(1);
        DuckDBReadableVector time = chunk.vector(2);
        DuckDBReadableVector id = chunk.vector(3);
        for (long row = 0; row < chunk.rowCount(); row++) {
          if (user.getInt(row) == users.size()) {
            if (users.size() == starts.length) {
              starts = Arrays.copyOf(starts, 2 * starts.length);
            }
            starts[users.size()] = event;
            users.add(id.getString(row));
          }
          items[event] = item.getInt(row);
          times[event] = time.getLong(row);
          event++;
        }
      }
    }
    starts = Arrays.copyOf(starts, users.size() + 1);
    starts[users.size()] = event;
    return new Histories(starts, items, times);
  }
}
