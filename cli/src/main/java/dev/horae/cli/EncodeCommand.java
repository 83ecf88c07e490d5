package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.features.Encoding;
import dev.horae.features.FeatureReport;
import dev.horae.features.Problems.Problem;
import dev.horae.picture.PictureDownloads;
import dev.horae.prep.PreparedDataset;
import dev.horae.shell.Console;
import dev.horae.shell.EncodingArguments;
import dev.horae.shell.Flags;
import dev.horae.shell.Plain;
import dev.horae.shell.Stopping;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "encode",
    description = "Give the items of a prepared data set their text and picture vectors.",
    sortOptions = false,
    footer = {
      "",
      "A FILE is .npy or .safetensors, one row per id. What was encoded before comes from the"
          + " cache of the data set; an interrupted run continues where it was.",
      "",
      "Examples:",
      "  horae encode toys --text minilm",
      "  horae encode films --text minilm --image descriptor --images posters",
      "  horae encode toys --image descriptor --images toys/pictures --fetch-images",
      "  horae encode films --image clip.npy --image-ids films.txt",
      "  horae encode toys --text hf:intfloat/e5-base-v2 --text-prefix 'query: '",
      "  horae encode films --image hf:models/clip-vit-base-patch16",
      "  horae encode toys --text minilm --text-fields title,description",
      "  horae encode films --report"
    })
final class EncodeCommand implements Callable<Integer> {

  /** Problems named on the terminal, of each kind; the file has all. */
  private static final int NAMED = 3;

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DATASET", description = "The prepared data set.")
  Path dataset;

  @Option(
      names = "--text",
      paramLabel = "ENCODER",
      defaultValue = Encoding.NONE,
      description =
          "minilm: the embedded all-MiniLM-L6-v2. hf:NAME: a model of the BERT family, by its name"
              + " on the Hugging Face hub or its directory. FILE: vectors made elsewhere. none:"
              + " leave text vectors as they are. Default: ${DEFAULT-VALUE}.")
  String text;

  @Option(
      names = "--image",
      paramLabel = "ENCODER",
      defaultValue = Encoding.NONE,
      description =
          "descriptor: colours and edges by the embedded classical descriptor. hf:NAME: a ViT,"
              + " DeiT, CLIP or DINOv2, by its name on the Hugging Face hub or its directory. FILE:"
              + " vectors made elsewhere. none: leave picture vectors as they are."
              + " Default: ${DEFAULT-VALUE}.")
  String image;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "The picture folder, when it is not where it was at prepare.")
  Path images;

  @Option(
      names = "--fetch-images",
      description =
          "Download first what the catalogue names by address and the picture folder lacks; a"
              + " later run asks only for what is missing.")
  boolean fetchImages;

  @Option(
      names = "--fetch-private",
      description =
          "With --fetch-images: also from addresses of this machine and of private networks.")
  boolean fetchPrivate;

  @Option(
      names = "--report",
      description =
          "Write a web page about the vectors: coverage, neighbours with their pictures,"
              + " duplicates, failures. Alone, about the tables that are there.")
  boolean report;

  @Option(
      names = "--text-ids",
      paramLabel = "FILE",
      description = "Item ids of the rows of --text FILE, one per line. Default: NAME.ids.txt.")
  Path textIds;

  @Option(
      names = "--image-ids",
      paramLabel = "FILE",
      description = "Item ids of the rows of --image FILE, one per line. Default: NAME.ids.txt.")
  Path imageIds;

  @Mixin EncodingArguments encoding;

  @Override
  public Integer call() {
    requireSomething();
    Encoding.Options options =
        new Encoding.Options(
            text,
            image,
            Optional.ofNullable(images),
            Optional.ofNullable(textIds),
            Optional.ofNullable(imageIds),
            encoding.options(),
            encoding.bfloat16(),
            encoding.states());
    Stopping.hint(Stopping.AGAIN); // vectors and pictures are kept one by one
    Dataset opened = PreparedDataset.open(dataset, encoding.fields());
    PrintWriter printer = spec.commandLine().getOut();
    if (fetchImages) {
      print(
          PictureDownloads.fetch(opened, options.images(), fetchPrivate, Console.progress()),
          printer);
    }
    if (encodes()) {
      Encoding.run(opened, options, Console.progress()).forEach(part -> print(part, printer));
    }
    if (report) {
      Path page = FeatureReport.write(opened, options.images(), Console.progress());
      printer.printf("report: %s%n", page);
    }
    printer.flush();
    return 0;
  }

  private boolean encodes() {
    return !text.equals(Encoding.NONE) || !image.equals(Encoding.NONE);
  }

  private void requireSomething() {
    if (!encodes() && !report && !fetchImages) {
      throw new ParameterException(
          spec.commandLine(),
          "there is nothing to encode; ask for texts (--text minilm), pictures (--image"
              + " descriptor), or both, or for --fetch-images or --report");
    }
    if (fetchPrivate && !fetchImages) {
      throw new ParameterException(
          spec.commandLine(), "--fetch-private is for --fetch-images; add it or leave this out");
    }
  }

  private static void print(PictureDownloads.Report report, PrintWriter printer) {
    printer.println("pictures by address");
    printer.printf(Locale.ROOT, "  %,9d fetched now%n", report.fetched());
    printer.printf(Locale.ROOT, "  %,9d there already%n", report.present());
    printer.printf(Locale.ROOT, "  %,9d items without%n", report.failed());
    if (report.failed() > 0) {
      printer.printf("  reasons: %s%n", report.failures());
    }
  }

  private static void print(Encoding.Part part, PrintWriter printer) {
    printer.printf(
        Locale.ROOT,
        "%-5s  %s, %s%d values per item%n",
        part.modality(),
        part.encoder(),
        part.states() == 1 ? "" : part.states() + " states of all layers, ",
        part.width());
    printer.printf(
        Locale.ROOT, "  %,9d of %,d items have a vector%n", part.vectors(), part.items());
    printer.printf(
        Locale.ROOT,
        "  %,9d encoded now, in %.1f s in all%s%n",
        part.encoded(),
        part.seconds(),
        part.encoded() == 0
            ? ""
            : String.format(Locale.ROOT, " (%.0f per second)", part.itemsPerSecond()));
    if (part.shared() > 0) {
      printer.printf(
          Locale.ROOT,
          "  %,9d share the vector of another item, whose content is equal%n",
          part.shared());
    }
    if (part.cut() > 0) {
      printer.printf(Locale.ROOT, "  %,9d have more text than the encoder reads%n", part.cut());
    }
    for (String warning : part.warnings()) {
      printer.printf("  warning: %s%n", Plain.line(Flags.in(warning)));
    }
    for (Map.Entry<String, Integer> kind : part.problems().counts().entrySet()) {
      printer.printf(Locale.ROOT, "  %,9d %s%n", kind.getValue(), kind.getKey());
      List<Problem> some =
          part.problems().all().stream()
              .filter(problem -> problem.kind().equals(kind.getKey()))
              .limit(NAMED)
              .toList();
      for (Problem problem : some) {
        String said = problem.item() + ": " + Flags.inReason(problem.reason());
        printer.println("            " + Plain.line(said));
      }
    }
    if (!part.problems().all().isEmpty()) {
      printer.printf("  all of these: %s%n", part.problemsFile());
    }
    printer.printf("  table: %s%n", part.table());
  }
}
