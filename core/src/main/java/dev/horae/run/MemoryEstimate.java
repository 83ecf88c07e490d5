package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.Windows;
import dev.horae.eval.Ranking;
import dev.horae.machine.Machine;
import dev.horae.nn.BlockedSoftmax;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.sequence.Transferable;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Scope;
import dev.horae.train.LoopConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * What a run will have in memory at most, in bytes.
 *
 * @param base what there is before training: the Java heap with the data set, and the libraries
 * @param parameters values, gradients and both running means of Adam, gradients of each worker; of
 *     tables that are trained by rows, values and means
 * @param features pages of the files of feature tables; the system may take them back
 * @param itemTable a step's vectors of all items, and their gradients; where a step takes a sample,
 *     those of the sample, and the vectors of all in evaluation
 * @param scores of a worker's block of examples against every item, for all workers; in training or
 *     in evaluation, whichever is more
 * @param activations of the rows of a batch, likewise
 * @param steps how many there are, early stopping aside
 */
public record MemoryEstimate(
    long base,
    long parameters,
    long features,
    long itemTable,
    long scores,
    long activations,
    long steps) {

  private static final int FLOAT = 4;
  private static final int ADAM_COPIES = 4;
  private static final int TABLE_COPIES = 4; // the vectors, their parts, and two of gradients
  private static final int RANKED_COPIES = 3; // the vectors, their parts, and laid out for products
  private static final double BLOCK_COPIES = 1.25; // of products: float32, a mask
  private static final double REDUCED_COPIES = 2.25; // and bfloat16
  private static final int SAMPLED_BATCHES = 8;
  private static final long LIBRARIES = 350_000_000; // where the process cannot be asked
  private static final double GAPS = 2; // of what a step makes and frees
  private static final long MOST_GAPS = 600_000_000;
  private static final double STEPS = 200; // in which gaps grow to 1 - 1/e of their size
  private static final long GROWTH = 110_000_000; // of heap, compiled code and kernels' buffers

  /**
   * Sizes that decide what a run takes, which may be those of a run that is only thought of.
   *
   * @param base bytes before there is a model
   * @param trained values of the parameters that are trained
   * @param ofItems of these, values of parameters with a row per item
   * @param width of the vector that an item is scored by, D
   * @param step the largest batch
   * @param ranked what a worker ranks at a time
   * @param rankers workers that rank
   * @param examples of an epoch
   */
  public record Extent(
      long base,
      long trained,
      long ofItems,
      long width,
      BatchShape step,
      BatchShape ranked,
      int rankers,
      long examples) {}

  /**
   * @param windows what an epoch goes through
   * @param ranked what an evaluation goes through
   */
  static MemoryEstimate of(
      SequenceModel model, RunConfig config, DataSpec dataSpec, Windows windows, Windows ranked) {
    long trained = Checkpoint.trainedValues(model);
    long width;
    try (Scope scope = Scope.inference()) {
      width = model.itemVectors(0, 1, Draws.NONE).size(1);
    }
    int block = Ranking.block(dataSpec.items() + 1L, dataSpec.length());
    List<Windows.Plan> plans = ranked.inOrder(block, model.layout());
    return of(
        config,
        dataSpec,
        new Extent(
            base(FLOAT * trained),
            trained,
            ofItems(model),
            width,
            largest(model, config, windows, ranked.count()),
            BatchShape.of(plans.stream().limit(1).map(Windows.Plan::batch).toList(), 0),
            Math.min(config.train().workers(), Runtime.getRuntime().availableProcessors()),
            windows.examples()));
  }

  /** {@return what a training of a network takes in one process} */
  public static MemoryEstimate of(RunConfig config, DataSpec dataSpec, Extent extent) {
    long trained = extent.trained();
    long byRows = config.train().samples(dataSpec.items()) ? extent.ofItems() : 0;
    long batch = config.train().batchSize();
    int workers = config.train().workers();
    int epochs = config.train().epochs();
    long activations = FLOAT * config.network().values(dataSpec, extent.step(), epochs);
    long width = extent.width();
    long queries = (batch + workers - 1) / workers; // of a worker
    long items = dataSpec.items();
    boolean samples = config.train().samples(items);
    long candidates = samples ? Math.min(items, config.train().negatives() + batch) : items;
    long rows = 1 + (samples ? Math.min(items, candidates + extent.step().items()) : items);
    boolean reducedPrecision = config.reducedPrecision();
    double blocks =
        (reducedPrecision ? REDUCED_COPIES : BLOCK_COPIES)
            * Math.max(
                BlockedSoftmax.values(queries, candidates), BlockedSoftmax.values(queries, batch));
    long perItem = width * (workers + TABLE_COPIES) + config.network().valuesPerItem(dataSpec);
    long tables = FLOAT * rows * perItem;
    if (reducedPrecision) { // the candidates once more, and features
      tables += 2 * (rows * width + (items + 1) * featureWidth(dataSpec));
    }
    if (samples) {
      tables += scoring(items, width);
    }
    long scores = (long) (FLOAT * workers * blocks);
    long rankers = extent.rankers();
    int block = Ranking.block(items + 1, dataSpec.length());
    long rankedScores = FLOAT * rankers * block * (items + 1);
    long rankedActivations = // no masks of dropout, no gradients
        FLOAT * rankers * config.network().values(dataSpec, extent.ranked(), epochs) / 2;
    boolean inTraining = scores + activations > rankedScores + rankedActivations;
    return new MemoryEstimate(
        extent.base() + GROWTH,
        FLOAT * (ADAM_COPIES * trained + (2L * workers - 1) * (trained - byRows) - byRows),
        dataSpec.features().stream().mapToLong(MemoryEstimate::bytes).sum(),
        tables,
        inTraining ? scores : rankedScores,
        inTraining ? activations : rankedActivations,
        epochs * ((extent.examples() + batch - 1) / batch));
  }

  /** {@return bytes of the vectors of all items where a network ranks or recommends} */
  public static long scoring(long items, long width) {
    return FLOAT * RANKED_COPIES * width * (items + 1);
  }

  /**
   * {@return what the largest of the first batches of training holds}
   *
   * @param users of all windows
   */
  private static BatchShape largest(
      SequenceModel model, RunConfig config, Windows windows, long users) {
    LoopConfig loop = config.train();
    List<Windows.Plan> plans = windows.shuffled(loop.batchSize(), model.layout(), config.seed(), 0);
    return plans.stream()
        .limit(SAMPLED_BATCHES)
        .map(plan -> BatchShape.of(plan.shards(loop.workers()), users / plans.size()))
        .max(Comparator.comparingLong(size -> size.places() * size.length()))
        .orElse(new BatchShape(0, 0, 0, 0, 0, 0));
  }

  /** {@return how many values have the parameters with a row per item} */
  private static long ofItems(SequenceModel model) {
    return Checkpoint.parameters(model).entrySet().stream()
        .filter(p -> model.rows(p.getKey()) == Transferable.Rows.ITEMS)
        .map(Map.Entry::getValue)
        .filter(Tensor::requires_grad)
        .mapToLong(Tensor::numel)
        .sum();
  }

  private static long featureWidth(DataSpec dataSpec) {
    return dataSpec.features().stream().mapToLong(FeatureTable::width).sum();
  }

  private static long bytes(FeatureTable table) {
    return (long) FLOAT * table.rows() * table.width();
  }

  /**
   * @param counted bytes of the model that is there already, which are counted with its gradients
   */
  private static long base(long counted) {
    return Machine.resident()
        .map(resident -> resident - counted)
        .orElseGet(() -> Runtime.getRuntime().totalMemory() + LIBRARIES);
  }

  /** {@return what the run will have in memory at most} */
  public long total() {
    return base + features + outsideHeap();
  }

  /** {@return what it will take outside the Java heap and cannot give back; on a GPU, there} */
  public long outsideHeap() {
    return parameters + itemTable + scores + activations + gaps();
  }

  /**
   * {@return what lies free between the blocks of steps of different sizes} It grows over the first
   * hundreds of steps; measured in runs of 15 to 9,000.
   */
  long gaps() {
    double grown = Math.min(MOST_GAPS, GAPS * (itemTable + scores + activations));
    return Math.round(grown * (1 - Math.exp(-steps / STEPS)));
  }

  /**
   * {@return what the process may come to have, its whole Java heap included, and feature files
   * not}
   *
   * @param heapRoom bytes that the heap may still take
   */
  private long most(long heapRoom) {
    return base + outsideHeap() + heapRoom;
  }

  /** Throws when the machine that it runs on has too little memory. */
  void requireFits() {
    requireFits(machine(), heapRoom());
  }

  /**
   * Throws when it needs more than there is.
   *
   * @param machine bytes
   * @param heapRoom bytes that the Java heap may still take
   */
  void requireFits(long machine, long heapRoom) {
    if (most(heapRoom) > machine) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "training needs about %s (before it %s, room for the Java heap %s, parameters %s,"
                  + " item table %s, scores %s, activations %s, gaps %s) but the machine has %s;"
                  + " lower train.batch_size, choose train.batching=shared, lower"
                  + " model.hidden_size, or give Java a smaller heap",
              readable(most(heapRoom)),
              readable(base),
              readable(heapRoom),
              readable(parameters),
              readable(itemTable),
              readable(scores),
              readable(activations),
              readable(gaps()),
              readable(machine)));
    }
  }

  /**
   * What a node of a training takes, and of what.
   *
   * @param memory that it shares with other nodes, see {@link Machine#sharedMemory}
   * @param needed bytes, feature files not included
   * @param heapRoom bytes that its Java heap may still take
   * @param machine bytes
   */
  record Share(String memory, long needed, long heapRoom, long machine) {

    Share(Map<String, String> said) {
      this(
          said.getOrDefault("memory", ""),
          Long.parseLong(said.getOrDefault("needed", "")),
          Long.parseLong(said.getOrDefault("heap_room", "")),
          Long.parseLong(said.getOrDefault("machine", "")));
    }
  }

  /** Throws, in all nodes alike, when those that share a memory do not fit into it together. */
  void requireFitsTogether(Group group) {
    Share mine = new Share(Machine.sharedMemory(), most(0), heapRoom(), machine());
    requireFitTogether(
        group.gather(Json.text(mine)).stream().map(said -> new Share(Json.strings(said))).toList());
  }

  /**
   * That all heaps grow to their limits at once is not to be expected: room is kept for one.
   *
   * @param nodes in their order
   */
  static void requireFitTogether(List<Share> nodes) {
    Map<String, List<Integer>> sharing = new LinkedHashMap<>();
    for (int node = 0; node < nodes.size(); node++) {
      sharing.computeIfAbsent(nodes.get(node).memory(), first -> new ArrayList<>()).add(node);
    }
    List<String> problems = new ArrayList<>();
    for (List<Integer> together : sharing.values()) {
      List<Share> shares = together.stream().map(nodes::get).toList();
      long needed = shares.stream().mapToLong(Share::needed).sum();
      long heapRoom = shares.stream().mapToLong(Share::heapRoom).max().orElse(0);
      long machine = shares.stream().mapToLong(Share::machine).min().orElse(0);
      if (needed + heapRoom > machine) {
        problems.add(
            "nodes %s are on one machine, which has %s, and need about %s together and room for a Java heap, %s; start fewer there, lower train.batch_size or model.hidden_size, or give Java smaller heaps"
                .formatted(
                    together.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                    readable(machine),
                    readable(needed),
                    readable(heapRoom)));
      }
    }
    ConfigException.throwIfAny(problems);
  }

  /** {@return the memory of this machine or container, in bytes} */
  private static long machine() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /** {@return bytes that the Java heap may still take} */
  private static long heapRoom() {
    return Runtime.getRuntime().maxMemory() - Runtime.getRuntime().totalMemory();
  }

  /** {@return such as {@code 412 MB} or {@code 3.1 GB}} */
  public static String readable(long bytes) {
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%d MB", Math.round(bytes / 1e6))
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** {@return a line per part} */
  @Override
  public String toString() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("data set, Java and libraries", base);
    parts.put("parameters, gradients, Adam", parameters);
    parts.put("feature files (can be read again)", features);
    parts.put("item vectors of a step", itemTable);
    parts.put("scores of a step", scores);
    parts.put("activations of a step", activations);
    parts.put("gaps between freed blocks", gaps());
    parts.put("memory planned", total());
    StringBuilder text = new StringBuilder();
    parts.forEach(
        (part, bytes) ->
            text.append(text.isEmpty() ? "" : "\n")
                .append(String.format(Locale.ROOT, "  %-34s %8s", part, readable(bytes))));
    return text.toString();
  }
}
