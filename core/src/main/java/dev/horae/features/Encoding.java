package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

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

  /**
   * What to encode by what.
   *
   * @param text {@code minilm}, a file of vectors, or {@code none}
   * @param image {@code descriptor}, a file of vectors, or {@code none}
   * @param images the picture folder, in place of the one that the data set remembers
   * @param textIds the ids of the rows of a file of text vectors
   * @param imageIds the ids of the rows of a file of picture vectors
   */
  public record Options(
      String text,
      String image,
      Optional<Path> images,
      Optional<Path> textIds,
      Optional<Path> imageIds) {}

  /**
   * What became of one modality.
   *
   * @param items N
   * @param vectors items that have a vector
   * @param encoded vectors computed now; the others come from the cache, a file or equal content
   * @param problems items without a vector and rows without an item; also in {@code problemsFile}
   * @param seconds for everything, reading and writing included
   */
  public record Part(
      String modality,
      String encoder,
      int width,
      int items,
      int vectors,
      int encoded,
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

  /** An encoder that turns the content of item {@code i} (from 0) into its vector. */
  private interface Encoder {
    float[] encode(int i) throws UnreadablePictureException;
  }

  private final Dataset dataset;
  private final List<Item> items;
  private final Progress progress;
  private final Problems problems = new Problems();
  private final long started = System.nanoTime();

  private Encoding(Dataset dataset, Progress progress) {
    this.dataset = dataset;
    this.items = dataset.catalogue().items();
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
    requireFile(TEXT, options.text(), MINILM);
    requireFile(IMAGE, options.image(), DESCRIPTOR);
    Path folder = options.image().equals(DESCRIPTOR) ? folder(dataset, options) : Path.of("");
    List<Part> parts = new ArrayList<>();
    if (!options.text().equals(NONE)) {
      Encoding encoding = new Encoding(dataset, progress);
      parts.add(
          options.text().equals(MINILM)
              ? encoding.texts()
              : encoding.file(TEXT, options.text(), options.textIds()));
    }
    if (!options.image().equals(NONE)) {
      Encoding encoding = new Encoding(dataset, progress);
      parts.add(
          options.image().equals(DESCRIPTOR)
              ? encoding.pictures(folder)
              : encoding.file(IMAGE, options.image(), options.imageIds()));
    }
    return new Report(parts);
  }

  private static void requireFile(String modality, String option, String embedded) {
    if (!option.equals(NONE) && !option.equals(embedded) && !Files.exists(Path.of(option))) {
      throw new DataException(
          "--"
              + modality
              + " "
              + option
              + ": is neither '"
              + embedded
              + "', 'none' nor a file of vectors");
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

  private Part texts() {
    String[] texts = items.stream().map(TextTemplate::text).toArray(String[]::new);
    String[] keys = new String[texts.length];
    for (int i = 0; i < texts.length; i++) {
      if (texts[i].isEmpty()) {
        problem(i, "empty text", "", "no title, categories or brand of less than 2000 characters");
      } else {
        keys[i] = VectorCache.key(MiniLm.ID, texts[i].getBytes(StandardCharsets.UTF_8));
      }
    }
    requireSome(TEXT, keys);
    float[] values = new float[(items.size() + 1) * MiniLm.WIDTH];
    int encoded;
    try (VectorCache cache = cache(MiniLm.ID, MiniLm.WIDTH)) {
      int[] todo = todo(keys, cache);
      if (todo.length > 0) {
        try (MiniLm model = new MiniLm()) {
          encode(TEXT, todo, keys, cache, i -> model.encode(texts[i]));
        }
      }
      encoded = todo.length;
      for (int i = 0; i < keys.length; i++) {
        if (keys[i] != null) {
          cache.copy(keys[i], values, (i + 1) * MiniLm.WIDTH);
        }
      }
    }
    return store(new FeatureTable(TEXT, MINILM, MiniLm.WIDTH, values), encoded);
  }

  private Part pictures(Path folder) {
    String[] keys = new String[items.size()];
    int[] choice = new int[items.size()]; // which of its pictures each item has come to
    Map<Integer, UnreadablePictureException> unread = new ConcurrentHashMap<>(); // of the first
    int encoded = 0;
    float[][] raw = new float[items.size()][];
    try (VectorCache cache = cache(Descriptor.ID, Descriptor.RAW_WIDTH)) {
      int[] open = IntStream.range(0, items.size()).toArray();
      while (open.length > 0) {
        int[] now = open;
        Workers.each(
            now.length,
            "read pictures",
            progress,
            i -> keys[now[i]] = firstThere(folder, now[i], choice, unread));
        int[] todo = todo(keys, cache);
        Map<String, UnreadablePictureException> broken =
            encode(
                IMAGE,
                todo,
                keys,
                cache,
                i ->
                    Descriptor.describe(
                        Pictures.decode(
                            Pictures.read(folder, items.get(i).images().get(choice[i])),
                            Descriptor.ENOUGH)));
        encoded += todo.length - broken.size();
        // The first readable picture counts: the items of broken ones go on to their next.
        open =
            IntStream.range(0, keys.length)
                .filter(i -> keys[i] != null && broken.containsKey(keys[i]))
                .peek(i -> unread.putIfAbsent(i, broken.get(keys[i])))
                .peek(i -> choice[i]++)
                .toArray();
      }
      for (int i = 0; i < raw.length; i++) {
        if (keys[i] != null) {
          unread.remove(i);
          raw[i] = new float[Descriptor.RAW_WIDTH];
          cache.copy(keys[i], raw[i], 0);
        }
      }
    }
    Map<String, String> unfetched = PictureDownloads.reasons(folder);
    for (int i = 0; i < raw.length; i++) {
      if (unread.containsKey(i)) {
        String kind = unread.get(i).isMissing() ? "missing picture" : "broken picture";
        String image = items.get(i).image();
        problem(
            i,
            kind,
            image,
            unfetched.containsKey(image)
                ? "could not be fetched: " + unfetched.get(image)
                : unread.get(i).getMessage());
      } else if (raw[i] == null) {
        problem(i, "no picture named", "", "the catalogue names no picture for the item");
      }
    }
    requireSome(IMAGE, raw);
    return store(whitened(raw), encoded);
  }

  /** {@return the key of the item's first picture from {@code choice} on that is a file, if any} */
  private String firstThere(
      Path folder, int i, int[] choice, Map<Integer, UnreadablePictureException> unread) {
    for (; choice[i] < items.get(i).images().size(); choice[i]++) {
      try {
        byte[] bytes = Pictures.read(folder, items.get(i).images().get(choice[i]));
        return VectorCache.key(Descriptor.ID, bytes);
      } catch (UnreadablePictureException e) {
        unread.putIfAbsent(i, e);
      }
    }
    return null;
  }

  private FeatureTable whitened(float[][] raw) {
    progress.at("fit the descriptor", 0, 0, "");
    float[][] vectors =
        Descriptor.whiten(Arrays.stream(raw).filter(row -> row != null).toArray(float[][]::new));
    int width = vectors[0].length;
    float[] values = new float[(raw.length + 1) * width];
    int next = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != null) {
        System.arraycopy(vectors[next++], 0, values, (i + 1) * width, width);
      }
    }
    return new FeatureTable(IMAGE, DESCRIPTOR, width, values);
  }

  private Part file(String modality, String option, Optional<Path> idList) {
    Path file = Path.of(option);
    VectorFile given = VectorFile.read(file, idList);
    int width = given.width();
    float[] values = new float[(items.size() + 1) * width];
    String[] found = new String[items.size()];
    Catalogue catalogue = dataset.catalogue();
    for (int row = 0; row < given.ids().size(); row++) {
      String id = given.ids().get(row);
      int index = catalogue.index(id).orElse(0);
      if (index == 0) {
        problems.add(id, Problems.UNKNOWN_ID, "", "row " + row + " belongs to no item");
      } else {
        System.arraycopy(given.values(), row * width, values, index * width, width);
        found[index - 1] = id;
      }
    }
    for (int i = 0; i < found.length; i++) {
      if (found[i] == null) {
        problem(i, "no vector", "", "the list of ids does not name the item");
      }
    }
    requireSome(modality, found);
    return store(new FeatureTable(modality, name(file), width, values), 0);
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

  /** {@return the contents, by key, that have no vector, and why} */
  private Map<String, UnreadablePictureException> encode(
      String modality, int[] todo, String[] keys, VectorCache cache, Encoder encoder) {
    Map<String, UnreadablePictureException> broken = new ConcurrentHashMap<>();
    Workers.each(
        todo.length,
        "encode " + modality,
        progress,
        t -> {
          String key = keys[todo[t]];
          try {
            cache.put(key, encoder.encode(todo[t]));
          } catch (UnreadablePictureException e) {
            broken.put(key, e);
          }
        });
    return broken;
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

  private Part store(FeatureTable table, int encoded) {
    Path file = FeatureStore.write(dataset, table);
    Path list = Problems.file(dataset, table);
    AtomicFiles.writeText(list, problems.csv());
    return new Part(
        table.modality(),
        table.encoder(),
        table.width(),
        items.size(),
        items.size() - problems.items(),
        encoded,
        problems,
        (System.nanoTime() - started) / 1e9,
        file,
        list);
  }
}
