package dev.horae.spark;

import dev.horae.config.Version;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.features.NpyFile;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.serve.Recommender;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = VectorsCommand.NAME,
    description = "Export the vectors of items and users by which a network scores.",
    sortOptions = false,
    footer = {
      "",
      "The score of an item is the product of its vector and the user's. In the output: items"
          + " (Parquet: item, vector), the same as items.npy (float32, a row per item) with"
          + " items.ids.txt (an id per row), and with --data or --histories users (Parquet: user,"
          + " vector, which is null for a history without a known item). Node i of items.jvector is"
          + " line i + 1 of items.ids.txt. The directory is there whole or not at all; an earlier"
          + " result is replaced.",
      "",
      "Examples:",
      "  horae spark vectors runs/toys --output vectors --master 'local[*]'",
      "  horae spark vectors runs/toys --data toys --output vectors --master 'local[*]'",
      "  horae spark vectors runs/toys --jvector --output vectors --master 'local[*]'"
    })
final class VectorsCommand implements Callable<Integer> {

  static final String NAME = "vectors";

  @Spec CommandSpec spec;

  @Mixin Cluster cluster;

  @Parameters(paramLabel = "RUN", description = "A directory that 'horae train' made.")
  String run;

  @ArgGroup HistorySource source;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the vectors go.")
  String output;

  @Option(
      names = "--jvector",
      description =
          "Write items.jvector too: an index of JVector's own format, with the vectors in it.")
  boolean jvector;

  @Override
  public Integer call() {
    cluster.check();
    Folders folders = new Folders(cluster.settings);
    if (source != null) {
      source.check(folders);
    }
    TrainedRun trained = TrainedRun.open(RunDirectory.open(folders.local(run)));
    try (OutputFolder folder =
            new OutputFolder(output, NAME, folders.hadoop(), spec.commandLine().getErr()::println);
        Recommender recommender = Recommender.of(trained)) {
      FeatureTable items = recommender.itemVectors();
      SparkSession spark = cluster.session(NAME);
      folder.write("items.npy", out -> NpyFile.write(items, out));
      folder.write("items.ids.txt", out -> ids(recommender.catalogue(), out));
      if (jvector) {
        folder.write("items.jvector", out -> index(items, out));
      }
      SharedDirectory shared = SharedDirectory.of(spark, trained);
      items(spark, shared, items.rows() - 1, folder.unfinished() + "/items");
      long users = source == null ? 0 : users(spark, shared, folder.unfinished() + "/users");
      folder.publish(
          Map.of(
              "verb", NAME,
              "horae", Version.text(),
              "run", run,
              "run_id", trained.provenance().id(),
              "width", items.width(),
              "unfinished", !trained.finished()));
      if (!trained.finished()) {
        spec.commandLine().getOut().println(run + ": " + TrainedRun.UNFINISHED);
      }
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "vectors of %,d values, of %,d items and %,d users: %s%n",
              items.width(),
              items.rows() - 1,
              users,
              folder);
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  /** Without line breaks, which no id has that came from a line of text. */
  private static void ids(Catalogue items, OutputStream out) throws IOException {
    Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    for (Item item : items.items()) {
      lines.write(item.id() + "\n");
    }
    lines.flush();
  }

  /** By way of a file of this machine, in which JVector writes to and fro. */
  private static void index(FeatureTable items, OutputStream out) throws IOException {
    Path file = Files.createTempFile("horae", ".jvector");
    try {
      JVectorFile.write(items, file);
      Files.copy(file, out);
    } finally {
      Files.delete(file);
    }
  }

  private static void items(SparkSession spark, SharedDirectory run, int items, String place) {
    spark
        .range(1, items + 1L, 1, HistorySource.tasks(spark))
        .mapPartitions(new ItemVectors(run), Encoders.row(ItemVectors.SCHEMA))
        .write()
        .options(OutputFolder.WRITING)
        .parquet(place);
  }

  /** {@return how many there were} */
  private long users(SparkSession spark, SharedDirectory run, String place) {
    Dataset<Row> histories = source.read(spark, 0);
    histories
        .mapPartitions(
            new UserVectors(run),
            Encoders.row(UserVectors.schema(histories.schema().apply("user").dataType())))
        .write()
        .options(OutputFolder.WRITING)
        .parquet(place);
    return spark.read().parquet(place).count();
  }
}
