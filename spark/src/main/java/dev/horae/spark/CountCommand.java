package dev.horae.spark;

import dev.horae.config.Version;
import dev.horae.data.DataException;
import dev.horae.data.Manifest;
import dev.horae.prep.PreparedDataset;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = CountCommand.NAME,
    description = "Count what users took after what, and together, as tables of items.",
    sortOptions = false,
    footer = {
      "",
      "The counts are those of 'horae train model.type=horae', of the same training events. In the"
          + " output, as Parquet: followers (item, follower, share, rank), together (item, other,"
          + " cosine, rank), at most 300 rows per item each, and items (item, users, events, lately,"
          + " longer, first). The directory is there whole or not at all; an earlier result is"
          + " replaced.",
      "",
      "Examples:",
      "  horae spark count toys --output counts --master 'local[*]'",
      "  horae spark count hdfs://lake/shop --output hdfs://lake/counts --master yarn"
    })
final class CountCommand implements Callable<Integer> {

  static final String NAME = "count";

  @Spec CommandSpec spec;

  @Mixin Cluster cluster;

  @Parameters(paramLabel = "DATASET", description = "A prepared data set.")
  String data;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the tables go.")
  String output;

  @Override
  public Integer call() {
    cluster.check();
    Folders folders = new Folders(cluster.settings);
    Manifest manifest = manifest(folders);
    try (OutputFolder folder =
        new OutputFolder(output, NAME, folders.hadoop(), spec.commandLine().getErr()::println)) {
      SparkSession spark = cluster.session(NAME);
      Map<String, Long> rows = new LinkedHashMap<>();
      try (SparkCounts counts = new SparkCounts(spark, data, manifest)) {
        rows.put("items", write(counts.items(), folder, "items"));
        rows.put("followers", write(counts.followers(), folder, "followers"));
        rows.put("together", write(counts.together(), folder, "together"));
      }
      folder.publish(
          Map.of(
              "verb", NAME,
              "horae", Version.text(),
              "data", data,
              "hashes", manifest.hashes(),
              "rows", rows));
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%,d items with training events, %,d pairs taken after each other, %,d taken together: %s%n",
              rows.get("items"),
              rows.get("followers"),
              rows.get("together"),
              folder);
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private Manifest manifest(Folders folders) {
    String place = data + "/dataset.json";
    if (!folders.exist(place)) {
      throw new DataException(place + ": is not there; name a directory that prepare made");
    }
    Path file = folders.local(place);
    return PreparedDataset.manifest(Objects.requireNonNull(file.getParent()));
  }

  /** {@return how many rows there are} */
  private static long write(Dataset<Row> table, OutputFolder folder, String name) {
    String place = folder.unfinished() + "/" + name;
    table.write().options(OutputFolder.WRITING).parquet(place);
    return table.sparkSession().read().parquet(place).count();
  }
}
