package dev.horae.bench;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.data.Shuffle;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Data of a given shape, so that figures of speed compare across machines that do not have the data
 * itself. Its sizes are those of real data; its contents are noise, from which nothing can be
 * learnt. The same shape and seed give the same bits.
 *
 * <ul>
 *   <li>Lengths of histories, and how often an item occurs, follow a Lomax distribution of tail
 *       index 2.7 above a minimum of five (items of a large catalogue: above what there is for
 *       each). With five and 9.5 events per user it gives a median of seven, one user in a hundred
 *       with more than 40, and a few with hundreds, which is how Amazon's reviews look.
 *   <li>Which user takes which item is a random permutation of the two.
 *   <li>Half of the gaps between the events of a user are minutes to hours, three tenths days to
 *       weeks, the rest months; they shrink where they would not fit into the years 2000 to 2013.
 *   <li>70 categories form a tree of at most four levels; an item has the names on the way to one
 *       of its nodes.
 *   <li>Feature values are uniform with a root mean square of 0.5.
 * </ul>
 *
 * @param dataset in memory only; its directory does not exist
 * @param features one table per modality of the shape
 */
public record SyntheticData(Dataset dataset, List<FeatureTable> features) {

  private static final int MIN_EVENTS = 5;
  private static final double TAIL = 2.7;
  private static final int CATEGORIES = 70;
  private static final int CHILDREN = 4; // of a category
  private static final int MAX_LENGTH = 50;
  private static final long FIRST = 946_684_800; // 2000-01-01
  private static final long SPAN = 14L * 365 * 86_400;

  /**
   * How much of everything.
   *
   * @param users each with at least five events
   * @param widths values per item of each feature table, by modality
   */
  public record Shape(String name, int users, int items, int events, Map<String, Integer> widths) {

    /** Amazon Video Games (2014, 5-core), with the paper's BERT and ViT features. */
    public static final Shape GAMES =
        new Shape("games", 24_303, 10_672, 231_780, Map.of("text", 768, "image", 768));

    /** A large catalogue: one million items. */
    public static final Shape MILLION =
        new Shape("million", 200_000, 1_000_000, 1_600_000, Map.of("text", 384));

    private static final List<Shape> ALL = List.of(GAMES, MILLION);

    public Shape {
      if (events < (long) MIN_EVENTS * users || events < items) {
        throw new IllegalArgumentException(
            events + " events are too few for " + users + " users and " + items + " items");
      }
      widths = Map.copyOf(widths);
    }

    public static Optional<Shape> named(String name) {
      return ALL.stream().filter(shape -> shape.name.equals(name)).findFirst();
    }

    /** {@return the names that {@link #named} knows} */
    public static List<String> names() {
      return ALL.stream().map(Shape::name).toList();
    }
  }

  public static SyntheticData generate(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] lengths = longTail(shape.users, MIN_EVENTS, shape.events, random.split());
    int[] starts = new int[shape.users + 1];
    for (int u = 0; u < shape.users; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] taken = taken(shape, random.split());
    Histories histories = new Histories(starts, taken, times(starts, random.split()));
    Dataset dataset =
        new Dataset(
            Path.of("synthetic", shape.name),
            manifest(shape),
            catalogue(shape.items, random.split()),
            users(shape.users),
            histories);
    List<FeatureTable> features = new ArrayList<>();
    for (String modality : List.of("text", "image")) {
      SplittableRandom own = random.split();
      if (shape.widths.containsKey(modality)) {
        features.add(table(modality, shape.items, shape.widths.get(modality), own));
      }
    }
    return new SyntheticData(dataset, features);
  }

  /**
   * {@return the same items and events in histories of one length, for measuring what length costs:
   * each is trained on with an input of that many events} Events that fill no history are left out.
   *
   * @param length most events that a model sees, L
   */
  public SyntheticData even(int length) {
    int each = length + 3; // the input, the target of its last event, two that are held out
    int users = dataset.histories().events() / each;
    int[] starts = new int[users + 1];
    Arrays.setAll(starts, u -> u * each);
    int[] items = Arrays.copyOf(dataset.histories().items(), users * each);
    long[] times = new long[items.length];
    for (int e = 0; e < times.length; e++) {
      long gap = 3600L * (1 + items[e] % 200);
      times[e] = e % each == 0 ? FIRST : times[e - 1] + gap;
    }
    Manifest manifest = dataset.manifest();
    Dataset even =
        new Dataset(
            dataset.directory(),
            new Manifest(
                manifest.name(),
                manifest.format(),
                length,
                manifest.minUserEvents(),
                manifest.minItemEvents(),
                manifest.duplicates(),
                manifest.ties(),
                manifest.cut(),
                manifest.timed(),
                Map.of("users", users, "items", dataset.catalogue().size(), "events", items.length),
                manifest.hashes(),
                manifest.images(),
                manifest.provenance()),
            dataset.catalogue(),
            users(users),
            new Histories(starts, items, times));
    return new SyntheticData(even, features);
  }

  /**
   * Writes what a shop would hand over, as CSV: {@code user_id, item_id, timestamp} in seconds,
   * user by user, and {@code item_id, title, categories} with {@code |} between the names of the
   * path.
   */
  public void write(Path events, Path items) throws IOException {
    Histories histories = dataset.histories();
    try (BufferedWriter out = Files.newBufferedWriter(events)) {
      out.write("user_id,item_id,timestamp\n");
      for (int u = 0; u < histories.users(); u++) {
        for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
          String item = dataset.catalogue().item(histories.items()[e]).id();
          out.write(dataset.users().get(u) + "," + item + "," + histories.times()[e] + "\n");
        }
      }
    }
    try (BufferedWriter out = Files.newBufferedWriter(items)) {
      out.write("item_id,title,categories\n");
      for (Item item : dataset.catalogue().items()) {
        String path = String.join("|", item.categories());
        out.write(item.id() + "," + item.title() + "," + path + "\n");
      }
    }
  }

  /**
   * {@return {@code count} numbers, none below {@code least}, that add up to {@code total}} What
   * lies above the least is shared out in proportion to Lomax draws, by rounding their running sum.
   */
  private static int[] longTail(int count, int least, int total, SplittableRandom random) {
    double[] upTo = new double[count + 1];
    for (int i = 0; i < count; i++) {
      upTo[i + 1] = upTo[i] + StrictMath.pow(1 - random.nextDouble(), -1 / TAIL) - 1;
    }
    double scale = (total - (long) least * count) / upTo[count];
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = least + (int) (Math.round(upTo[i + 1] * scale) - Math.round(upTo[i] * scale));
    }
    return numbers;
  }

  /** {@return the item of each event: every item as often as the long tail says, in any order} */
  private static int[] taken(Shape shape, SplittableRandom random) {
    int least = Math.min(MIN_EVENTS, shape.events / shape.items);
    int[] counts = longTail(shape.items, least, shape.events, random);
    int[] taken = new int[shape.events];
    int next = 0;
    for (int item = 1; item <= shape.items; item++) {
      Arrays.fill(taken, next, next + counts[item - 1], item);
      next += counts[item - 1];
    }
    return Shuffle.of(taken, random);
  }

  private static long[] times(int[] starts, SplittableRandom random) {
    long[] times = new long[starts[starts.length - 1]];
    for (int u = 0; u + 1 < starts.length; u++) {
      long begin = random.nextLong(SPAN * 9 / 10);
      long at = 0;
      for (int e = starts[u] + 1; e < starts[u + 1]; e++) {
        double kind = random.nextDouble();
        at +=
            kind < 0.5
                ? random.nextLong(60, 6 * 3600)
                : random.nextLong(86_400, (kind < 0.8 ? 30L : 200L) * 86_400);
        times[e] = at;
      }
      double shrink = Math.min(1, (SPAN - begin) / (at + 1.0));
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        times[e] = FIRST + begin + (long) (times[e] * shrink);
      }
    }
    return times;
  }

  private static Catalogue catalogue(int items, SplittableRandom random) {
    List<List<String>> paths = new ArrayList<>(); // of every node, the root's first
    for (int node = 0; node < CATEGORIES; node++) {
      List<String> path = new ArrayList<>();
      if (node > 0) {
        path.addAll(paths.get((node - 1) / CHILDREN));
      }
      path.add(String.format(Locale.ROOT, "Category %02d", node));
      paths.add(List.copyOf(path));
    }
    List<Item> all = new ArrayList<>(items);
    for (int i = 0; i < items; i++) { // the first few see to it that every node has an item
      List<String> path = paths.get(i < CATEGORIES ? i : random.nextInt(CATEGORIES));
      all.add(new Item("i" + (i + 1), "Item " + (i + 1), "", path, ""));
    }
    return new Catalogue(all);
  }

  private static List<String> users(int count) {
    List<String> users = new ArrayList<>(count);
    for (int u = 1; u <= count; u++) {
      users.add("u" + u);
    }
    return users;
  }

  private static FeatureTable table(
      String modality, int items, int width, SplittableRandom random) {
    float[] values = new float[Math.multiplyExact(items + 1, width)];
    double most = Math.sqrt(0.75); // uniform in (-a, a) has the mean square a² / 3
    for (int i = width; i < values.length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * most);
    }
    return new FeatureTable(modality, "synthetic", width, values);
  }

  private static Manifest manifest(Shape shape) {
    Map<String, Number> counts = new LinkedHashMap<>();
    counts.put("users", shape.users);
    counts.put("items", shape.items);
    counts.put("events", shape.events);
    return new Manifest(
        shape.name,
        1,
        MAX_LENGTH,
        MIN_EVENTS,
        Math.min(MIN_EVENTS, shape.events / shape.items),
        "kept",
        "file",
        null,
        true,
        counts,
        Map.of(),
        "",
        Map.of());
  }
}
