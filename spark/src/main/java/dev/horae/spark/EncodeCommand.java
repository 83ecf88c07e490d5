package dev.horae.spark;

import dev.horae.data.Dataset;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.encoder.Pooling;
import dev.horae.encoder.PretrainedText;
import dev.horae.encoder.TextEncoder;
import dev.horae.encoder.TextOptions;
import dev.horae.features.Encoding;
import dev.horae.prep.PreparedDataset;
import dev.horae.shell.Flags;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = EncodeCommand.NAME,
    description = "Give the items of a prepared data set their text vectors.",
    sortOptions = false,
    footer = {
      "",
      "The table is that of 'horae encode', and so is the cache: what was encoded before, by either,"
          + " comes from there, and an interrupted run continues where it was. The data set must be"
          + " on a disk of the driver. Pictures are encoded by 'horae encode'.",
      "",
      "Examples:",
      "  horae spark encode toys --text minilm --master local[*]",
      "  horae spark encode toys --text hf:intfloat/e5-base-v2 --master spark://host:7077"
    })
final class EncodeCommand implements Callable<Integer> {

  static final String NAME = "encode";

  @Spec CommandSpec spec;

  @Mixin Cluster cluster;

  @Parameters(paramLabel = "DATASET", description = "The prepared data set.")
  Path dataset;

  @Option(
      names = "--text",
      paramLabel = "ENCODER",
      required = true,
      description =
          "minilm: the embedded all-MiniLM-L6-v2. hf:NAME: a model of the BERT family, by its name"
              + " on the Hugging Face hub or its directory.")
  String text;

  @Option(
      names = "--text-fields",
      paramLabel = "FIELD",
      split = ",",
      description =
          "What a text is made of, in this order: title, categories, brand, and columns that"
              + " 'horae prepare --text-columns' kept. Default: title,categories,brand.")
  List<String> textFields = Item.TEXT_FIELDS;

  @Option(
      names = "--text-prefix",
      paramLabel = "TEXT",
      description = "Put before every text, for --text hf:NAME. Default: what the directory says.")
  String textPrefix;

  @Option(
      names = "--text-pooling",
      paramLabel = "HOW",
      description =
          "How tokens become a vector, for --text hf:NAME: ${COMPLETION-CANDIDATES}. Default: what"
              + " the directory says, else cls.")
  Pooling textPooling;

  @Option(
      names = "--bf16",
      description = "Compute hf: encoders in 16 bits: less exact, and faster for large ones.")
  boolean bfloat16;

  @Option(
      names = "--states",
      description =
          "Store the state of [CLS] in every layer of hf: encoders, not only their vector.")
  boolean states;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tasks. Default: 4 per core, and one per 1,024 texts where that is more.")
  int partitions;

  @Override
  public Integer call() {
    cluster.check();
    if (partitions < 0) {
      throw new ParameterException(
          spec.commandLine(), "--partitions " + partitions + " is not positive; give 1 or more");
    }
    if (!text.equals(Encoding.MINILM) && !text.startsWith(Encoding.PRETRAINED)) {
      throw new ParameterException(
          spec.commandLine(),
          "--text "
              + text
              + " is neither minilm nor hf:NAME; 'horae encode' reads files of vectors");
    }
    Dataset opened = PreparedDataset.open(dataset, textFields);
    Encoding.Options options =
        new Encoding.Options(
            text,
            Encoding.NONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new TextOptions(
                textFields, Optional.ofNullable(textPooling), Optional.ofNullable(textPrefix)),
            bfloat16,
            states);
    Encoding.run(opened, options, Progress.SILENT, this::onCluster).parts().forEach(this::print);
    return 0;
  }

  private TextEncoder onCluster(TextEncoder here) {
    SparkSession spark = cluster.session(NAME);
    SharedDirectory directory =
        here instanceof PretrainedText pretrained
            ? SharedDirectory.of(spark, pretrained.directory(), here.id())
            : null;
    TextTask task = new TextTask(directory, textPooling, textPrefix, bfloat16, states);
    return new ClusterTexts(spark, here, task, partitions);
  }

  private void print(Encoding.Part part) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "text   %s: %,d of %,d items have a vector of %d values, %,d encoded now, in %.1f s in all%n",
        part.encoder(),
        part.vectors(),
        part.items(),
        part.width(),
        part.encoded(),
        part.seconds());
    part.warnings().forEach(warning -> out.println("warning: " + Flags.in(warning)));
    if (!part.problems().all().isEmpty()) {
      out.println("items without a vector: " + part.problemsFile());
    }
    out.println("table: " + part.table());
    out.flush();
  }
}
