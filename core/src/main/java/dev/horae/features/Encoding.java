package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.tensor.Devices;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
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

  static final String MINILM = "minilm";
  static final String DESCRIPTOR = "descriptor";

  /** What the option of a pre-trained encoder begins with. */
  private static final String PRETRAINED = "hf:";

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
      boolean states) {}

  /**
   * How texts are put together and read.
   *
   * @param fields of {@link Item#text}, in this order
   * @param pooling in place of what the pre-trained encoder's directory says
   * @param prefix put before every text, such as {@code "query: "}, in place of the directory's
   */
  public record TextOptions(
      List<String> fields, Optional<Pooling> pooling, Optional<String> prefix) {

    /** The paper's text, by the encoder as it was published. */
    public static final TextOptions DEFAULT =
        new TextOptions(Item.TEXT_FIELDS, Optional.empty(), Optional.empty());

    public TextOptions {
      fields = List.copyOf(fields);
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
   * @param cut texts with more tokens than the encoder reads
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
      int cut,
      Problems problems,
      double seconds,
      Path table,
      Path problemsFile) {

    /** {@return items computed per second; 0 when none was} */
    public double itemsPerSecond() {
      return encoded / seconds;
    }
  }

  /** One part per modality that was asked for, text first. */
  public record Report(List<Part> parts) {
    public Report {
      parts = List.copyOf(parts);
    }
  }

  /** Turns the content of a picture file into its vector. */
  private interface PictureEncoder {
    float[] encode(byte[] picture) throws UnreadablePictureException;
  }

  /** Gives the vectors that {@link #store} writes. */
  private interface Vectors {
    /** Copies the vector of item {@code i} (from 0) into {@code row}, or leaves it zero. */
    void copy(int i, float[] row);
  }

  /** Makes the table of pictures out of the cache; the key of an item without one is null. */
  private interface Finish {
    Part store(String[] keys, VectorCache cache);
  }

  private final Dataset dataset;
  private final List<Item> items;
  private final Progress progress;
  private final Problems problems = new Problems();
  private final long started = System.nanoTime();
  private int encoded;
  private int cut;

  private Encoding(Dataset dataset, Progress progress) {
    this.dataset = dataset;
    this.items = dataset.allItems().items();
    this.progress = progress;
  }

  /** Encodes and stores what the options ask for; see {@link FeatureStore} for the tables. */
  public static Report run(Dataset dataset, Options options, Progress progress) {
    if (options.text().equals(NONE) && options.image().equals(NONE)) {
      throw new DataException(
          "there is nothing to encode; ask for texts (--text minilm), pictures (--image"
              + " descriptor) or both");
    }
    // What can be refused is refused before the minutes that the first modality may take.
    requireUsed(options);
    requireFile(TEXT, options.text(), MINILM);
    requireFile(IMAGE, options.image(), DESCRIPTOR);
    if (options.image().equals(DESCRIPTOR) || options.image().startsWith(PRETRAINED)) {
      folder(dataset, options);
    }
    if (options.image().startsWith(PRETRAINED)) {
      pictureEncoder(options, progress).close();
    }
    List<Part> parts = new ArrayList<>();
    if (!options.text().equals(NONE)) {
      parts.add(new Encoding(dataset, progress).text(options));
    }
    if (!options.image().equals(NONE)) {
      parts.add(new Encoding(dataset, progress).image(options));
    }
    return new Report(parts);
  }

  private Part image(Options options) {
    if (options.image().equals(DESCRIPTOR)) {
      return described(folder(dataset, options));
    }
    if (options.image().startsWith(PRETRAINED)) {
      try (PretrainedPictures encoder = pictureEncoder(options, progress)) {
        return pretrained(folder(dataset, options), encoder);
      }
    }
    return file(IMAGE, options.image(), options.imageIds());
  }

  private Part text(Options options) {
    TextOptions how = options.textOptions();
    if (options.text().equals(MINILM)) {
      try (MiniLm encoder = new MiniLm()) {
        return texts(encoder, how.fields());
      }
    }
    if (options.text().startsWith(PRETRAINED)) {
      Path directory = directory(options.text(), progress);
      try (TextEncoder encoder =
          new PretrainedText(directory, how, options.bfloat16(), options.states())) {
        return texts(encoder, how.fields());
      }
    }
    return file(TEXT, options.text(), options.textIds());
  }

  private static PretrainedPictures pictureEncoder(Options options, Progress progress) {
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
      throw new DataException(
          "--text-pooling and --text-prefix are for pre-trained encoders (--text hf:NAME); leave"
              + " them out with --text "
              + options.text());
    }
    if (options.states()) {
      if (!Stream.of(options.text(), options.image())
          .allMatch(option -> option.equals(NONE) || option.startsWith(PRETRAINED))) {
        throw new DataException(
            "--states is for pre-trained encoders (--text hf:NAME, --image hf:NAME); encode by"
                + " others without it");
      }
      if (how.pooling().isPresent()) {
        throw new DataException(
            "--states stores [CLS] of every layer, whatever the pooling; leave --text-pooling out");
      }
    }
    if (options.bfloat16()) {
      if (!pretrained && !options.image().startsWith(PRETRAINED)) {
        throw new DataException(
            "--bf16 is for pre-trained encoders (--text hf:NAME, --image hf:NAME); leave it out");
      }
      Devices.requireBfloat16();
    }
  }

  private static void requireFile(String modality, String option, String embedded) {
    if (!option.equals(NONE)
        && !option.startsWith(PRETRAINED)
        && !option.equals(embedded)
        && !Files.exists(Path.of(option))) {
      throw new DataException(
          "--"
              + modality
              + " "
              + option
              + ": is neither '"
              + embedded
              + "', 'none', hf:NAME nor a file of vectors");
    }
  }

  private static Path folder(Dataset dataset, Options options) {
    String remembered = dataset.manifest().images();
    if (options.images().isEmpty() && remembered.isEmpty()) {
      throw new DataException(
          dataset.directory()
              + ": the data set was prepared without a picture folder; name it with --images DIR");
    }
    Path folder = options.images().orElseGet(() -> Path.of(remembered));
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          folder + ": is not a folder of pictures; name the right one with --images DIR");
    }
    return folder;
  }

  private Part texts(TextEncoder encoder, List<String> fields) {
    String[] texts =
        items.stream().map(item -> TextTemplate.text(item, fields)).toArray(String[]::new);
    String[] keys = new String[texts.length];
    for (int i = 0; i < texts.length; i++) {
      if (texts[i].isEmpty()) {
        String usual = " of less than " + TextTemplate.TOO_LONG + " characters";
        problem(
            i,
            "empty text",
            "",
            "no "
                + String.join(" or ", fields)
                + (Item.TEXT_FIELDS.containsAll(fields) ? usual : ""));
      } else {
        keys[i] = VectorCache.key(encoder.id(), texts[i].getBytes(StandardCharsets.UTF_8));
      }
    }
    requireSome(TEXT, keys);
    AtomicInteger cuts = new AtomicInteger();
    Workers.each(
        texts.length,
        "count tokens",
        progress,
        i -> cuts.addAndGet(keys[i] != null && encoder.cuts(texts[i]) ? 1 : 0));
    cut = cuts.get();
    try (VectorCache cache = cache(encoder.id(), encoder.width())) {
      int[] todo = todo(keys, cache);
      encoder.encode(
          Arrays.stream(todo).mapToObj(i -> texts[i]).toList(),
          progress,
          (t, vector) -> cache.put(keys[todo[t]], vector));
      encoded = todo.length;
      return store(TEXT, encoder.name(), encoder.width(), encoder.states(), cached(keys, cache));
    }
  }

  private static Vectors cached(String[] keys, VectorCache cache) {
    return (i, row) -> {
      if (keys[i] != null) {
        cache.copy(keys[i], row, 0);
      }
    };
  }

  private Part described(Path folder) {
    return pictures(
        folder,
        Descriptor.ID,
        Descriptor.RAW_WIDTH,
        picture -> Descriptor.describe(Pictures.decode(picture, Descriptor.ENOUGH)),
        this::whitened);
  }

  private Part pretrained(Path folder, PretrainedPictures encoder) {
    return pictures(
        folder,
        encoder.id(),
        encoder.width(),
        encoder::encode,
        (keys, cache) ->
            store(IMAGE, encoder.name(), encoder.width(), encoder.states(), cached(keys, cache)));
  }

  /** The first picture of an item that can be read counts, as in the paper. */
  private Part pictures(Path folder, String id, int width, PictureEncoder encoder, Finish finish) {
    String[] keys = new String[items.size()];
    int[] choice = new int[items.size()]; // which of its pictures each item has come to
    Map<Integer, UnreadablePictureException> unread = new ConcurrentHashMap<>(); // of the first
    try (VectorCache cache = cache(id, width)) {
      int[] open = IntStream.range(0, items.size()).toArray();
      while (open.length > 0) {
        int[] now = open;
        Workers.each(
            now.length,
            "read pictures",
            progress,
            i -> keys[now[i]] = firstThere(folder, id, now[i], choice, unread));
        int[] todo = todo(keys, cache);
        Map<String, UnreadablePictureException> broken = new ConcurrentHashMap<>();
        Workers.each(
            todo.length,
            "encode image",
            progress,
            t -> {
              int i = todo[t];
              try {
                byte[] picture = Pictures.read(folder, items.get(i).images().get(choice[i]));
                cache.put(keys[i], encoder.encode(picture));
              } catch (UnreadablePictureException e) {
                broken.put(keys[i], e);
              }
            });
        encoded += todo.length - broken.size();
        open =
            IntStream.range(0, keys.length)
                .filter(i -> keys[i] != null && broken.containsKey(keys[i]))
                .peek(i -> unread.putIfAbsent(i, broken.get(keys[i])))
                .peek(i -> choice[i]++)
                .toArray();
      }
      reportUnread(folder, keys, unread);
      requireSome(IMAGE, keys);
      return finish.store(keys, cache);
    }
  }

  /** {@return the key of the item's first picture from {@code choice} on that is a file, if any} */
  private String firstThere(
      Path folder,
      String id,
      int i,
      int[] choice,
      Map<Integer, UnreadablePictureException> unread) {
    for (; choice[i] < items.get(i).images().size(); choice[i]++) {
      try {
        return VectorCache.key(id, Pictures.read(folder, items.get(i).images().get(choice[i])));
      } catch (UnreadablePictureException e) {
        unread.putIfAbsent(i, e);
      }
    }
    return null;
  }

  private void reportUnread(
      Path folder, String[] keys, Map<Integer, UnreadablePictureException> unread) {
    Map<String, String> unfetched = PictureDownloads.reasons(folder);
    for (int i = 0; i < keys.length; i++) {
      String image = items.get(i).image();
      if (keys[i] != null) {
        continue;
      }
      if (unread.containsKey(i)) {
        problem(
            i,
            unread.get(i).isMissing() ? "missing picture" : "broken picture",
            image,
            unfetched.containsKey(image)
                ? "could not be fetched: " + unfetched.get(image)
                : unread.get(i).getMessage());
      } else {
        problem(i, "no picture named", "", "the catalogue names no picture for the item");
      }
    }
  }

  private Part whitened(String[] keys, VectorCache cache) {
    float[][] raw = new float[keys.length][];
    for (int i = 0; i < raw.length; i++) {
      if (keys[i] != null) {
        raw[i] = new float[Descriptor.RAW_WIDTH];
        cache.copy(keys[i], raw[i], 0);
      }
    }
    progress.at("fit the descriptor", 0, 0, "");
    float[][] vectors =
        Descriptor.whiten(Arrays.stream(raw).filter(row -> row != null).toArray(float[][]::new));
    int width = vectors[0].length;
    Iterator<float[]> next = List.of(vectors).iterator();
    return store(
        IMAGE,
        DESCRIPTOR,
        width,
        1,
        (i, row) -> {
          if (raw[i] != null) {
            System.arraycopy(next.next(), 0, row, 0, width);
          }
        });
  }

  private Part file(String modality, String option, Optional<Path> idList) {
    Path file = Path.of(option);
    VectorFile given = VectorFile.read(file, idList);
    int width = given.width();
    Integer[] found = new Integer[items.size()]; // row of the item; null when it has none
    Catalogue catalogue = dataset.allItems();
    for (int row = 0; row < given.ids().size(); row++) {
      String id = given.ids().get(row);
      int index = catalogue.index(id).orElse(0);
      if (index == 0) {
        problems.add(id, Problems.UNKNOWN_ID, "", "row " + row + " belongs to no item");
      } else {
        found[index - 1] = row;
      }
    }
    for (int i = 0; i < found.length; i++) {
      if (found[i] == null) {
        problem(i, "no vector", "", "the list of ids does not name the item");
      }
    }
    requireSome(modality, found);
    return store(
        modality,
        name(file),
        width,
        1,
        (i, row) -> {
          if (found[i] != null) {
            System.arraycopy(given.values(), found[i] * width, row, 0, width);
          }
        });
  }

  private static String name(Path file) {
    String name = file.getFileName().toString();
    name = name.substring(0, name.lastIndexOf('.')).replaceAll("[^A-Za-z0-9._-]", "_");
    if (name.equals(MINILM) || name.equals(DESCRIPTOR) || name.isEmpty()) {
      throw new DataException(
          file + ": a table of that name would stand for the embedded encoder; rename the file");
    }
    return name;
  }

  private VectorCache cache(String encoder, int width) {
    return VectorCache.open(FeatureStore.directory(dataset).resolve("cache"), encoder, width);
  }

  /** {@return the first item (from 0) of each content that the cache lacks} */
  private static int[] todo(String[] keys, VectorCache cache) {
    Map<String, Integer> first = new LinkedHashMap<>();
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != null && !cache.has(keys[i])) {
        first.putIfAbsent(keys[i], i);
      }
    }
    return first.values().stream().mapToInt(Integer::intValue).toArray();
  }

  private void problem(int i, String kind, String content, String reason) {
    problems.add(items.get(i).id(), kind, content, reason);
  }

  /** A table of zeros would train silently to nothing; that is an error to be told here. */
  private void requireSome(String modality, Object[] perItem) {
    if (Arrays.stream(perItem).allMatch(value -> value == null)) {
      String id = items.get(0).id();
      throw new DataException(
          dataset.directory()
              + ": none of the "
              + perItem.length
              + " items would have "
              + (modality.equals(TEXT) ? "a text" : "a picture")
              + " vector; item '"
              + id
              + "': "
              + problems.reason(id));
    }
  }

  /** Writes the vectors of the items in their order; {@code vectors} is asked for each once. */
  private Part store(String modality, String encoder, int width, int states, Vectors vectors) {
    Path file =
        FeatureStore.write(
            dataset,
            modality,
            encoder,
            width,
            states,
            sink -> {
              float[] row = new float[width];
              sink.accept(row); // padding
              for (int i = 0; i < items.size(); i++) {
                Arrays.fill(row, 0);
                vectors.copy(i, row);
                sink.accept(row);
              }
            });
    Path list = Problems.file(dataset, modality, encoder);
    AtomicFiles.writeText(list, problems.csv());
    return new Part(
        modality,
        encoder,
        width,
        states,
        items.size(),
        items.size() - problems.items(),
        encoded,
        cut,
        problems,
        (System.nanoTime() - started) / 1e9,
        file,
        list);
  }
}
