package dev.horae.spark;

import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.encoder.PretrainedText;
import dev.horae.encoder.TextEncoder;
import dev.horae.features.Encoding;
import dev.horae.features.PictureEngine;
import dev.horae.prep.PreparedDataset;
import dev.horae.shell.EncodingArguments;
import dev.horae.shell.Flags;
import dev.horae.shell.Plain;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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
    description = "Give the items of a prepared data set their text and picture vectors.",
    sortOptions = false,
    footer = {
      "",
      "The table is that of 'horae encode', and so is the cache: what was encoded before, by either,"
          + " comes from there, and an interrupted run continues where it was. The data set must be"
          + " on a disk of the driver, and pictures in a folder that every executor sees under the same"
          + " path.",
      "",
      "Examples:",
      "  horae spark encode toys --text minilm --image descriptor --master 'local[*]'",
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
      defaultValue = Encoding.NONE,
      description =
          "minilm: the embedded all-MiniLM-L6-v2. hf:NAME: a model of the BERT family, by its name"
              + " on the Hugging Face hub or its directory. none: leave text vectors"
              + " as they are. Default:"
              + " ${DEFAULT-VALUE}.")
  String text;

  @Option(
      names = "--image",
      paramLabel = "ENCODER",
      defaultValue = Encoding.NONE,
      description =
          "descriptor: colours and edges by the embedded classical descriptor. hf:NAME: a ViT,"
              + " DeiT, CLIP or DINOv2, by its name on the Hugging Face hub or its directory. none:"
              + " leave picture vectors as they are. Default: ${DEFAULT-VALUE}.")
  String image;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "The picture folder, when it is not where it was at prepare.")
  Path images;

  @Mixin EncodingArguments encoding;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Tasks. Default: 4 per core, and one per 1,024 texts or 256 items with"
              + " pictures where that is more.")
  int partitions;

  @Override
  public Integer call() {
    cluster.check();
    if (partitions < 0) {
      throw new ParameterException(
          spec.commandLine(), "--partitions " + partitions + " is not positive; give 1 or more");
    }
    requireEncoder("--text", text, Encoding.MINILM);
    requireEncoder("--image", image, Encoding.DESCRIPTOR);
    Dataset opened = PreparedDataset.open(dataset, encoding.fields());
    Encoding.Options options =
        new Encoding.Options(
            text,
            image,
            Optional.ofNullable(images),
            Optional.empty(),
            Optional.empty(),
            encoding.options(),
            encoding.bfloat16(),
            encoding.states());
    Encoding.run(opened, options, Progress.SILENT, new OnCluster()).forEach(this::print);
    return 0;
  }

  private void requireEncoder(String option, String encoder, String embedded) {
    if (!Set.of(embedded, Encoding.NONE).contains(encoder)
        && !encoder.startsWith(Encoding.PRETRAINED)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s %s is none of %s, hf:NAME and none; 'horae encode' reads files of vectors"
              .formatted(option, encoder, embedded));
    }
  }

  /** The encoders on executors; Spark is started when the first of them is asked for. */
  private final class OnCluster implements Encoding.Engine {
    @Override
    public TextEncoder texts(TextEncoder here) {
      SparkSession spark = cluster.session(NAME);
      SharedDirectory directory =
          here instanceof PretrainedText pretrained
              ? SharedDirectory.of(spark, pretrained.directory(), here.id())
              : null;
      TextTask task =
          new TextTask(
              directory,
              encoding.options().pooling().orElse(null),
              encoding.options().prefix().orElse(null),
              encoding.bfloat16(),
              encoding.states());
      return new ClusterTexts(spark, here, task, partitions);
    }

    @Override
    public PictureEngine pictures(Path folder, Optional<PretrainedPictures> pretrained) {
      SparkSession spark = cluster.session(NAME);
      SharedDirectory directory =
          pretrained
              .map(encoder -> SharedDirectory.of(spark, encoder.directory(), encoder.id()))
              .orElse(null);
      String everywhere = folder.toAbsolutePath().toString();
      PictureTask task =
          new PictureTask(everywhere, directory, encoding.bfloat16(), encoding.states());
      return new ClusterPictures(spark, task, partitions);
    }
  }

  private void print(Encoding.Part part) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%-6s %s: %,d of %,d items have a vector of %d values, %,d encoded now, in %.1f s in all%n",
        part.modality(),
        part.encoder(),
        part.vectors(),
        part.items(),
        part.width(),
        part.encoded(),
        part.seconds());
    part.warnings().forEach(warning -> out.println("warning: " + Plain.line(Flags.in(warning))));
    if (!part.problems().all().isEmpty()) {
      out.println("items without a vector: " + part.problemsFile());
    }
    out.println("table: " + part.table());
    out.flush();
  }
}
