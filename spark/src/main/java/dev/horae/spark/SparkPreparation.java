package dev.horae.spark;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions;
import dev.horae.prep.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Prepares a data set with {@link SparkEvents} for what grows with the events. What is not on the
 * driver's machine is copied there or from there: the catalogue, the ordered events, the data set.
 */
final class SparkPreparation {

  /**
   * What to prepare.
   *
   * @param events files, folders or patterns on any file system
   * @param items files on any file system
   * @param out on any file system
   * @param stage the folder of the {@link Stage}; empty for one that goes at the end
   */
  record Places(
      List<String> events,
      List<String> items,
      InputFile.Dates dates,
      String out,
      Optional<String> stage) {}

  private final SparkSession spark;
  private final Places places;
  private final Consumer<String> notes;
  private final Configuration conf;

  /**
   * @param notes gets a line for what another process may have left beside the data set
   */
  SparkPreparation(SparkSession spark, Places places, Consumer<String> notes) {
    this.spark = spark;
    this.places = places;
    this.notes = notes;
    conf = spark.sparkContext().hadoopConfiguration();
  }

  /**
   * Writes the data set.
   *
   * @param options the rules; the files and the place are not those named here
   * @return what the data set says of itself
   * @throws DataException as {@link Preparation} does
   */
  Manifest run(PrepareOptions options) {
    List<InputFile> events = InputFile.of(conf, places.events, places.dates);
    List<InputFile> items = InputFile.of(conf, places.items, InputFile.Dates.ALL);
    try {
      Path out = qualified(places.out);
      java.nio.file.Path scratch = Files.createTempDirectory("horae-prepare");
      try {
        java.nio.file.Path local = InputFile.local(out);
        if (local == null) {
          DatasetFolder folder = new DatasetFolder(out.getFileSystem(conf), out);
          local = scratch.resolve(out.getName());
          Manifest manifest = prepare(options, local, events, items, scratch);
          folder.publish(local);
          return manifest;
        }
        return prepare(options, local, events, items, scratch);
      } finally {
        AtomicFiles.deleteTree(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare " + places.out, e);
    }
  }

  private Path qualified(String name) throws IOException {
    Path path = new Path(name);
    return path.getFileSystem(conf).makeQualified(path);
  }

  private Manifest prepare(
      PrepareOptions options,
      java.nio.file.Path out,
      List<InputFile> events,
      List<InputFile> items,
      java.nio.file.Path scratch)
      throws IOException {
    PrepareOptions here =
        new PrepareOptions(options.sources(), options.protocol(), out, options.memory());
    if (places.stage.isPresent()) {
      return prepare(here, events, items, scratch, qualified(places.stage.get()));
    }
    Path place = qualified(places.out);
    FileSystem system = place.getFileSystem(conf);
    try (UnfinishedFolder folder = new UnfinishedFolder(system, place, near(place), notes)) {
      return prepare(here, events, items, scratch, folder.path("stage"));
    }
  }

  private Manifest prepare(
      PrepareOptions options,
      List<InputFile> events,
      List<InputFile> items,
      java.nio.file.Path scratch,
      Path shared)
      throws IOException {
    Stage stage = new Stage(conf, shared);
    List<Source> catalogue = new ArrayList<>();
    for (InputFile item : items) {
      java.nio.file.Path own = scratch.resolve("items").resolve("" + catalogue.size());
      catalogue.add(new Source(item.name(), stage.local(item.path(), own)));
    }
    try (SparkEvents engine =
        new SparkEvents(spark, options, events, stage, scratch.resolve("stage"))) {
      return Preparation.run(options, catalogue, engine, Progress.SILENT);
    }
  }

  /** {@return the innermost folder around a place that is there already} */
  private Path near(Path place) throws IOException {
    FileSystem system = place.getFileSystem(conf);
    Path parent = place.getParent();
    while (parent != null && !system.exists(parent)) {
      parent = parent.getParent();
    }
    return parent == null ? place : parent;
  }
}
