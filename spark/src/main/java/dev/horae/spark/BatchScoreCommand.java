package dev.horae.spark;

import dev.horae.config.Version;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.shell.ListArguments;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = BatchScoreCommand.NAME,
    description = "Recommend next items for all users of a data set, or for histories in Parquet.",
    sortOptions = false,
    footer = {
      "",
      "Answers are those of 'horae recommend --input', but events later than now count too. A row"
          + " of the output: user, items (the best first), scores (of the model; where the source"
          + " is popular, numbers of training events), source (model, or popular for a history"
          + " without a known item). Items that the run does not know are skipped. The directory is"
          + " there whole or not at all; an earlier result is replaced.",
      "",
      "Examples:",
      "  horae spark batch-score runs/toys --data toys --output answers --master 'local[*]'",
      "  horae spark batch-score runs/toys --histories s3a://shop/histories \\",
      "      --output s3a://shop/answers --top 50 --master spark://host:7077"
    })
final class BatchScoreCommand implements Callable<Integer> {

  static final String NAME = "batch-score";

  @Spec CommandSpec spec;

  @Mixin Cluster cluster;

  @Parameters(paramLabel = "RUN", description = "A directory that 'horae train' made.")
  String run;

  @ArgGroup(multiplicity = "1")
  HistorySource source;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the answers go, as Parquet.")
  String output;

  @Mixin ListArguments list;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tasks, each of which writes a file. Default: 4 per core.")
  int partitions;

  @Override
  public Integer call() {
    cluster.check();
    list.check();
    if (partitions < 0) {
      throw new ParameterException(
          spec.commandLine(), "--partitions " + partitions + " is not positive; give 1 or more");
    }

    Folders folders = new Folders(cluster.settings);
    source.check(folders);
    TrainedRun trained = TrainedRun.open(RunDirectory.open(folders.local(run)));
    boolean seenOut = list.excludeSeen().orElseGet(trained.counts()::seldomRepeats);
    try (OutputFolder folder =
        new OutputFolder(output, NAME, folders.hadoop(), spec.commandLine().getErr()::println)) {
      long started = System.nanoTime();
      SparkSession spark = cluster.session(NAME);
      write(spark, trained, seenOut, folder.unfinished());
      Map<String, Long> answers = count(spark, folder.unfinished());
      folder.publish(about(trained, seenOut, answers));
      if (!trained.finished()) {
        spec.commandLine().getOut().println(run + ": " + TrainedRun.UNFINISHED);
      }
      print(answers, folder, (System.nanoTime() - started) / 1e9);
    }
    return 0;
  }

  private void write(SparkSession spark, TrainedRun trained, boolean seenOut, String place) {
    Dataset<Row> histories = source.read(spark, partitions);
    BatchScoring scoring =
        new BatchScoring(SharedDirectory.of(spark, trained), list.top(), seenOut);
    histories
        .mapPartitions(
            scoring, Encoders.row(BatchScoring.schema(histories.schema().apply("user").dataType())))
        .write()
        .options(OutputFolder.WRITING)
        .mode("append") // into a directory that is there, and empty
        .parquet(place);
  }

  /** {@return how many answers have which source} */
  private static Map<String, Long> count(SparkSession spark, String place) {
    Map<String, Long> answers = new TreeMap<>();
    for (Row row : spark.read().parquet(place).groupBy("source").count().collectAsList()) {
      answers.put(row.getString(0), row.getLong(1));
    }
    return answers;
  }

  private Map<String, Object> about(
      TrainedRun trained, boolean seenOut, Map<String, Long> answers) {
    Map<String, Object> about = new TreeMap<>();
    about.put("verb", NAME);
    about.put("horae", Version.text());
    about.put("run", run);
    about.put("run_id", trained.provenance().id());
    about.put("histories", source.toString());
    about.put("top", list.top());
    about.put("exclude_seen", seenOut);
    about.put("answers", answers);
    about.put("unfinished", !trained.finished());
    return about;
  }

  private void print(Map<String, Long> answers, OutputFolder folder, double seconds) {
    PrintWriter out = spec.commandLine().getOut();
    long popular = answers.getOrDefault("popular", 0L);
    long all = popular + answers.getOrDefault("model", 0L);
    out.printf(
        Locale.ROOT,
        "%,d histories answered in %.1f s, %,d of them by what is popular: %s%n",
        all,
        seconds,
        popular,
        folder);
    out.flush();
  }
}
