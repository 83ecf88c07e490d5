package dev.horae.features;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.encoder.Hub;
import dev.horae.encoder.MiniLm;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.encoder.PretrainedText;
import dev.horae.encoder.TextEncoder;
import dev.horae.encoder.TextOptions;
import dev.horae.tensor.Devices;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Gives every item of a data set its text and picture vectors. What was encoded before, by the same
 * encoder from the same content, comes from the cache, so an interrupted run continues where it was
 * and new items cost only themselves. The same input gives the same bytes.
 */
public final class Encoding {

  public static final String TEXT = "text";
  public static final String IMAGE = "image";

  /** In place of an encoder: leave the modality as it is. */
  public static final String NONE = "none";

  public static final String MINILM = MiniLm.NAME;
  public static final String DESCRIPTOR = "descriptor";

  /** What the option of a pre-trained encoder begins with. */
  public static final String PRETRAINED = "hf:";

  /**
   * What to encode by what.
   *
   * @param text {@code minilm}, {@code hf:} and a name or directory, a file of vectors, or {@code
   *     none}
   * @param image {@code descriptor}, {@code hf:} and a name or directory, a file of vectors, or
   *     {@code none}
   * @param images the picture folder, in place of the one that the data set remembers
   * @param textIds the ids of the rows of a file of text vectors
   * @param imageIds the ids of the rows of a file of picture vectors
   * @param textOptions how texts are put together and read
   * @param bfloat16 whether pre-trained encoders compute in 16 bits
   * @param states whether to store [CLS] of every layer of the pre-trained encoders, in tables of
   *     their own, instead of their vectors
   */
  public record Options(
      String text,
      String image,
      Optional<Path> images,
      Optional<Path> textIds,
      Optional<Path> imageIds,
      TextOptions textOptions,
      boolean bfloat16,
      boolean states) {

    /** With nothing but encoders; pictures come from the folder that the data set remembers. */
    public static Options of(String text, String image) {
      return new Options(
          text,
          image,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          TextOptions.DEFAULT,
          false,
          false);
    }
  }

  /**
   * What became of one modality.
   *
   * @param width values per item, F
   * @param states how many states they are; see {@link dev.horae.data.FeatureTable}
   * @param items N
   * @param vectors items that have a vector
   * @param encoded vectors computed now; the others come from the cache, a file or equal content
   * @param shared items whose vector is that of an earlier item with equal content
   * @param cut texts with more tokens than the encoder reads
   * @param warnings what makes the table worth less than its figures say
   * @param problems items without a vector and rows without an item; also in {@code problemsFile}
   * @param seconds for everything, reading and writing included
   */
  public record Part(
      String modality,
      String encoder,
      int width,
      int states,
      int items,
      int vectors,
      int encoded,
      int shared,
      int cut,
      List<String> warnings,
      Problems problems,
      double seconds,
      Path table,
      Path problemsFile) {

    /** {@return items computed per second; 0 when none was} */
    public double itemsPerSecond() {
      return encoded / seconds;
    }
  }

  /** Where the work of encoders is done: in this process, or elsewhere with the same vectors. */
  public interface Engine {

    /** {@return an encoder with the vectors of {@code here}, which closes it} */
    default TextEncoder texts(TextEncoder here) {
      return here;
    }

    /**
     * {@return what finds and encodes pictures}
     *
     * @param pretrained in place of the embedded descriptor
     */
    default PictureEngine pictures(Path folder, Optional<PretrainedPictures> pretrained) {
      return (pictures, known, progress, sink) -> {
        PictureSearch search = PictureSearch.of(folder, pretrained, known);
        Workers.each(
            pictures.size(),
            "encode image",
            progress,
            i -> sink.put(i, search.find(pictures.get(i))));
      };
    }
  }

  private static final Engine HERE = new Engine() {};

  private Encoding() {}

  /**
   * Encodes the texts of a data set, without a word about progress.
   *
   * @param encoder {@code minilm}, {@code hf:} and a name or directory, or a file of vectors
   */
  public static Part text(Dataset dataset, String encoder) {
    return run(dataset, Options.of(encoder, NONE), Progress.SILENT).get(0);
  }

  /**
   * Encodes the pictures of a data set, from the folder that it remembers.
   *
   * @param encoder {@code descriptor}, {@code hf:} and a name or directory, or a file of vectors
   */
  public static Part image(Dataset dataset, String encoder) {
    return run(dataset, Options.of(NONE, encoder), Progress.SILENT).get(0);
  }

  /**
   * Encodes and stores what the options ask for; see {@link FeatureStore} for the tables.
   *
   * @return one part per modality that was asked for, text first
   */
  public static List<Part> run(Dataset dataset, Options options, Progress progress) {
    return run(dataset, options, progress, HERE);
  }

  /** As {@link #run(Dataset, Options, Progress)}, with the work of encoders done elsewhere. */
  public static List<Part> run(Dataset dataset, Options options, Progress progress, Engine engine) {
    if (options.text().equals(NONE) && options.image().equals(NONE)) {
      throw new ConfigException(
          "there is nothing to encode; ask for texts (``text`` minilm), pictures (``image``"
              + " descriptor) or both");
    }
    // What can be refused is refused before the minutes that the first modality may take.
    requireUsed(options);
    requireFile(TEXT, options.text(), MINILM, DESCRIPTOR);
    requireFile(IMAGE, options.image(), DESCRIPTOR, MINILM);
    boolean pretrained = options.image().startsWith(PRETRAINED);
    Optional<Path> folder =
        pretrained || options.image().equals(DESCRIPTOR)
            ? Optional.of(folder(dataset, options))
            : Optional.empty();
    List<Part> parts = new ArrayList<>();
    try (PretrainedPictures encoder = pretrained ? pictures(options, progress) : null) {
      Optional<PretrainedPictures> pictures = Optional.ofNullable(encoder);
      if (!options.text().equals(NONE)) {
        parts.add(text(new TableWriter(dataset, TEXT, progress), options, engine));
      }
      if (!options.image().equals(NONE)) {
        TableWriter table = new TableWriter(dataset, IMAGE, progress);
        parts.add(
            folder.isEmpty()
                ? VectorImport.run(table, Path.of(options.image()), options.imageIds())
                : new PictureEncoding(table, folder.get(), engine.pictures(folder.get(), pictures))
                    .run(pictures));
      }
    }
    return parts;
  }

  private static Part text(TableWriter table, Options options, Engine engine) {
    TextOptions how = options.textOptions();
    if (options.text().equals(MINILM)) {
      try (TextEncoder encoder = engine.texts(new MiniLm())) {
        return TextEncoding.run(table, encoder, how.fields());
      }
    }
    if (options.text().startsWith(PRETRAINED)) {
      Path directory = directory(options.text(), table.progress());
      try (TextEncoder encoder =
          engine.texts(new PretrainedText(directory, how, options.bfloat16(), options.states()))) {
        return TextEncoding.run(table, encoder, how.fields());
      }
    }
    return VectorImport.run(table, Path.of(options.text()), options.textIds());
  }

  private static PretrainedPictures pictures(Options options, Progress progress) {
    return new PretrainedPictures(
        directory(options.image(), progress), options.bfloat16(), options.states());
  }

  /** {@return the directory of a pre-trained encoder, downloaded if it is not one here} */
  private static Path directory(String option, Progress progress) {
    String name = option.substring(PRETRAINED.length());
    return Files.isDirectory(Path.of(name)) ? Path.of(name) : Hub.resolve(name, progress);
  }

  private static void requireUsed(Options options) {
    TextOptions how = options.textOptions();
    boolean pretrained = options.text().startsWith(PRETRAINED);
    if (!pretrained && (how.pooling().isPresent() || how.prefix().isPresent())) {
      throw new ConfigException(
          "``pooling`` and ``prefix`` are for pre-trained encoders (``text`` hf:NAME); leave"
              + " them out with ``text`` "
              + options.text());
    }
    if (options.states()) {
      if (!Stream.of(options.text(), options.image())
          .allMatch(option -> option.equals(NONE) || option.startsWith(PRETRAINED))) {
        throw new ConfigException(
            "``states`` is for pre-trained encoders (``text`` hf:NAME, ``image`` hf:NAME); encode"
                + " by others without it");
      }
      if (how.pooling().isPresent()) {
        throw new ConfigException(
            "``states`` stores [CLS] of every layer, whatever the pooling; leave ``pooling`` out");
      }
    }
    if (options.bfloat16()) {
      if (!pretrained && !options.image().startsWith(PRETRAINED)) {
        throw new ConfigException(
            "``bfloat16`` is for pre-trained encoders (``text`` hf:NAME, ``image`` hf:NAME); leave"
                + " it out");
      }
      Devices.requireBfloat16();
    }
  }

  /**
   * @param embedded the encoder of the modality
   * @param other that of the other one
   */
  private static void requireFile(String modality, String option, String embedded, String other) {
    if (option.equals(NONE)
        || option.startsWith(PRETRAINED) && !option.equals(PRETRAINED)
        || option.equals(embedded)
        || Files.exists(Path.of(option))) {
      return;
    }
    String begin = "``" + modality + "`` " + option + ": is ";
    if (option.equals(other)) {
      throw new ConfigException(
          begin
              + (modality.equals(TEXT)
                  ? "the encoder of pictures; ask for ``image`` " + other
                  : "the encoder of texts; ask for ``text`` " + other));
    }
    throw new ConfigException(
        begin
            + "neither '"
            + embedded
            + "', 'none', hf:NAME nor a file of vectors"
            + Names.didYouMean(option, List.of(embedded, NONE)));
  }

  private static Path folder(Dataset dataset, Options options) {
    String remembered = dataset.manifest().images();
    if (options.images().isEmpty() && remembered.isEmpty()) {
      throw new DataException(
          dataset.directory()
              + ": the data set was prepared without a picture folder; name it with ``images``"
              + " DIR");
    }
    Path folder = options.images().orElseGet(() -> Path.of(remembered));
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          folder + ": is not a folder of pictures; name the right one with ``images`` DIR");
    }
    return folder;
  }
}
