package dev.horae.index;

import dev.horae.data.DataException;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.graph.similarity.ScoreFunction.ExactScoreFunction;
import io.github.jbellis.jvector.graph.similarity.SearchScoreProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * Finds most of the items that score best for a user vector, where a score is the product of two
 * vectors, and says how many of them it finds: a graph of neighbours (Vamana, of JVector) in which
 * a search walks towards higher scores. Any number of threads may search at once.
 */
public final class ItemIndex {

  /** Recall is that of so many best items. */
  public static final int BEST = 20;

  /** What an index must find on average to be used. */
  public static final double ENOUGH = .99;

  private static final int DEGREE = 16; // neighbours of an item
  private static final int BEAM = 100; // candidates among which neighbours are chosen
  private static final float OVERFLOW = 1.2f; // more neighbours than the degree, for a while
  private static final float ALPHA = 1.2f; // how much longer than need be a neighbour may be

  /** How many candidates a search keeps; the narrowest that finds enough is taken. */
  private static final int[] WIDTHS = {50, 100, 200, 400, 800, 1600, 3200};

  private static final String VERSION = "1"; // of what is built, and of its file

  /** JVector warns at every start that the vector module is missing, of which nothing here asks. */
  private static final Logger CHATTER = Logger.getLogger("io.github.jbellis.jvector.vector");

  static {
    CHATTER.setLevel(Level.SEVERE);
  }

  private final ItemGraph graph;
  private final Quality quality;
  private final ThreadLocal<GraphSearcher> searchers;

  /**
   * How good a search is.
   *
   * @param recall share of the {@link #BEST} best items that were found, on average
   * @param questions of so many questions
   * @param width how many candidates a search kept
   */
  public record Quality(double recall, int questions, int width) {}

  private ItemIndex(ItemGraph graph, Quality quality) {
    this.graph = graph;
    this.quality = quality;
    searchers = ThreadLocal.withInitial(() -> new GraphSearcher(graph));
  }

  /**
   * Builds an index over all rows of a table but row 0; minutes for a million.
   *
   * @param users vectors of users as they ask, float [D] each: they decide which items are alike,
   *     see {@link QuestionMetric}
   * @param asked other ones, by which the index is measured
   * @param best their {@link #BEST} best items, exactly
   * @param threads that work
   * @param stopped is asked now and then
   * @throws CancellationException when it was stopped
   */
  public static ItemIndex build(
      VectorTable table,
      List<float[]> users,
      List<float[]> asked,
      List<int[]> best,
      int threads,
      BooleanSupplier stopped) {
    VectorTable apart = new QuestionMetric(users).applied(table);
    ForkJoinPool pool = new ForkJoinPool(threads);
    Distances distances = new Distances(apart);
    try (GraphIndexBuilder builder = builder(distances, table.width(), pool)) {
      pool.submit(() -> addAll(builder, distances, table.rows() - 1, stopped)).join();
      builder.cleanup();
      return new ItemIndex(ItemGraph.of(builder.getGraph()), new Quality(0, 0, WIDTHS[0]))
          .measured(table, asked, best);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    } finally {
      pool.shutdown();
    }
  }

  /** JVector's newer way to make one asks the process's management whether there are layers. */
  @SuppressWarnings("deprecation")
  private static GraphIndexBuilder builder(Distances distances, int width, ForkJoinPool pool) {
    boolean layers = false; // the entry is near enough to everything
    boolean again = false; // a second pass over the layer above, which is not there
    return new GraphIndexBuilder(
        distances, width, DEGREE, BEAM, OVERFLOW, ALPHA, layers, again, pool, pool);
  }

  private static void addAll(
      GraphIndexBuilder builder, Distances distances, int nodes, BooleanSupplier stopped) {
    IntStream.range(0, nodes)
        .parallel()
        .forEach(
            node -> {
              if (stopped.getAsBoolean()) {
                throw new CancellationException();
              }
              builder.addGraphNode(node, distances.searchProviderFor(node));
            });
  }

  /** {@return the same with the narrowest width that finds enough, or the widest} */
  private ItemIndex measured(VectorTable table, List<float[]> asked, List<int[]> best) {
    Quality found = quality;
    for (int width : WIDTHS) {
      found = new Quality(recall(table, asked, best, width), asked.size(), width);
      if (found.recall() >= ENOUGH) {
        break;
      }
    }
    return new ItemIndex(graph, found);
  }

  private double recall(VectorTable table, List<float[]> asked, List<int[]> best, int width) {
    long found = 0;
    long wanted = 0;
    for (int a = 0; a < asked.size(); a++) {
      int[] search = search(table, asked.get(a), best.get(a).length, width, item -> true);
      found +=
          IntStream.of(best.get(a)).filter(b -> IntStream.of(search).anyMatch(s -> s == b)).count();
      wanted += best.get(a).length;
    }
    return wanted == 0 ? 0 : found / (double) wanted;
  }

  /** {@return how good it is} */
  public Quality quality() {
    return quality;
  }

  /** {@return whether it finds enough to be used} */
  public boolean isGood() {
    return quality.recall() >= ENOUGH;
  }

  /** {@return the items 1..N that it was built of} */
  public int items() {
    return graph.size(0);
  }

  /**
   * {@return items that score best, best first by this table's products, at most {@code most}}
   *
   * @param table whose first rows are those that it was built of
   * @param user vector, float [D]
   * @param allowed which items may be found
   */
  public int[] search(VectorTable table, float[] user, int most, IntPredicate allowed) {
    return search(table, user, most, quality.width(), allowed);
  }

  private int[] search(VectorTable table, float[] user, int most, int width, IntPredicate allowed) {
    SearchResult found =
        searchers
            .get()
            .search(
                provider(node -> table.product(user, node + 1)),
                most,
                Math.max(most, width),
                Float.NEGATIVE_INFINITY,
                0,
                node -> allowed.test(node + 1));
    SearchResult.NodeScore[] nodes = found.getNodes();
    int[] items = new int[nodes.length];
    for (int i = 0; i < items.length; i++) {
      items[i] = nodes[i].node + 1;
    }
    return items;
  }

  private static SearchScoreProvider provider(ExactScoreFunction scores) {
    return new DefaultSearchScoreProvider(scores);
  }

  // ---- its file

  /**
   * Writes it, whole or not at all.
   *
   * @param of names what it was built of
   */
  public void write(Path file, String of) {
    graph.write(
        file,
        Map.of(
            "format",
            "horae-index",
            "version",
            VERSION,
            "of",
            of,
            "recall",
            Double.toString(quality.recall()),
            "questions",
            Integer.toString(quality.questions()),
            "width",
            Integer.toString(quality.width())));
  }

  /**
   * Maps what {@link #write} wrote.
   *
   * @param of what it must have been built of
   * @param items how many there are
   * @return empty when there is no file, or one of something else
   * @throws DataException when the file is damaged
   */
  public static Optional<ItemIndex> read(Path file, String of, int items) {
    try {
      return Files.exists(file) ? read(Safetensors.read(file), file, of, items) : Optional.empty();
    } catch (CheckpointException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Optional<ItemIndex> read(Safetensors stored, Path file, String of, int items) {
    Map<String, String> metadata = stored.metadata();
    if (!VERSION.equals(metadata.get("version")) || !of.equals(metadata.get("of"))) {
      return Optional.empty();
    }
    ItemGraph graph = ItemGraph.read(stored, items, file);
    try {
      return Optional.of(
          new ItemIndex(
              graph,
              new Quality(
                  Double.parseDouble(metadata.getOrDefault("recall", "")),
                  Integer.parseInt(metadata.getOrDefault("questions", "")),
                  Integer.parseInt(metadata.getOrDefault("width", "")))));
    } catch (NumberFormatException e) {
      throw new DataException(file + ": does not say how good it is; delete it", e);
    }
  }

  /** What JVector builds by: 1 / (1 + d^2 / mean square), which is larger for nearer items. */
  private static final class Distances implements BuildScoreProvider {

    private final VectorTable table;
    private final float[] squares; // of a row's length
    private final float mean;

    Distances(VectorTable table) {
      this.table = table;
      squares = new float[table.rows()];
      float[] row = new float[table.width()];
      double sum = 0;
      for (int item = 1; item < table.rows(); item++) {
        table.copy(item, row);
        squares[item] = table.product(row, item);
        sum += squares[item];
      }
      mean = (float) Math.max(Float.MIN_NORMAL, sum / Math.max(1, table.rows() - 1));
    }

    @Override
    public SearchScoreProvider searchProviderFor(int node) {
      int item = node + 1;
      float[] row = new float[table.width()];
      table.copy(item, row);
      return provider(
          other -> {
            float apart = squares[item] + squares[other + 1] - 2 * table.product(row, other + 1);
            return 1 / (1 + Math.max(0, apart) / mean);
          });
    }

    @Override
    public SearchScoreProvider diversityProviderFor(int node) {
      return searchProviderFor(node);
    }

    @Override
    public boolean isExact() {
      return true;
    }

    @Override
    public VectorFloat<?> approximateCentroid() {
      throw new UnsupportedOperationException("there is no search for vectors");
    }

    @Override
    public SearchScoreProvider searchProviderFor(VectorFloat<?> vector) {
      throw new UnsupportedOperationException("there is no search for vectors");
    }
  }
}
