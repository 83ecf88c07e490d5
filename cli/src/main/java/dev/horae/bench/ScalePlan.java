package dev.horae.bench;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;

import dev.horae.config.ConfigReader;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.eval.Ranking;
import dev.horae.run.MemoryEstimate;
import dev.horae.run.RunConfig;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a shop of some size needs on machines of some kind: bytes, network, memory, time and cost of
 * each stage, computed from what was measured on one small machine. {@code docs/scale.md} says how,
 * and holds predictions against measurements.
 *
 * <p>A stage takes as long as its computation or its network, whichever is more, and a start. Work
 * is spread evenly; what leaves a machine is all but its share of what is exchanged. The paths of
 * the driver, and of steps that wait for the network, are added. Memory is that of one machine at
 * its peak, of the one that runs the driver where that needs more.
 */
public record ScalePlan(
    @Default("1e9") @Doc("events of all users") double events,
    @Default("1e8") @Doc("users") double users,
    @Default("1e7") @Doc("items of the catalogue") double items,
    @Default("8") @Doc("machines") int nodes,
    @Default("16") @Doc("cores of each") int cores,
    @Default("64") @Doc("memory of each, GB") double memory,
    @Default("10") @Doc("network of each, Gbit/s") double network,
    @Default("0")
        @Doc("GPU of each: what it computes of the peak of its matrix products, TFLOP/s; 0 = none")
        double gpu,
    @Default("80") @Doc("memory of a GPU, GB") double gpuMemory,
    @Default("0.05") @Doc("price of a core for an hour, with its memory, in any currency")
        double corePrice,
    @Default("3") @Doc("price of a GPU for an hour") double gpuPrice,
    @Default("3") @Doc("epochs of training") int epochs,
    @Default("0")
        @Doc(
            "users whose validation targets are ranked (train.validation_users); 0 = all. Test"
                + " targets are ranked of all, once")
        double validationUsers,
    @Default("10") @Doc("items that are recommended to each user") int top,
    @Doc("what was measured") Measured measured) {

  private static final double GIGABIT = 1e9 / 8; // bytes
  private static final double HOUR = 3600;
  private static final double TERA = 1e12;
  private static final double GIGA = 1e9;
  private static final int FLOAT = 4; // bytes
  private static final int LENGTH = 50; // events of a history that models see, as prepare cuts them
  private static final double BLOCK = 64 << 20; // bytes of scores that a thread makes at once
  private static final int ADAM = 3; // values and both means

  public ScalePlan {
    unlessPositive("events", events, "1000000 is a small shop");
    unlessPositive("users", users, "100000 is a small shop");
    unlessPositive("items", items, "10000 is a small shop");
    unless(items < Integer.MAX_VALUE, "items", items, "are too many to number", "2e9 are not");
    unlessPositive("nodes", nodes, "1 is one machine");
    unlessPositive("cores", cores, "16 is usual");
    unlessPositive("memory", memory, "64 is usual for 16 cores");
    unlessPositive("network", network, "10 is usual");
    unless(gpu >= 0, "gpu", gpu, "is negative", "0 is none");
    unlessPositive("gpuMemory", gpuMemory, "80 is usual");
    unlessPositive("epochs", epochs, "3 is usual for so many events");
    unless(validationUsers >= 0, "validationUsers", validationUsers, "is negative", "0 is all");
    unlessPositive("top", top, "10 is usual");
  }

  /**
   * Of one core with AVX-512 where not said otherwise; {@code docs/scale.md} says how.
   *
   * @param start seconds in which a command starts and ends, whatever it works on
   * @param efficiency how much faster all cores are than one, over their number
   */
  public record Measured(
      @Default("15") @Doc("any stage: start and end, s") double start,
      @Default("0.82") @Doc("any stage: speed of two cores over twice that of one")
          double efficiency,
      @Default("31000") @Doc("prepare: events per second") double prepareEvents,
      @Default("1.2e6") @Doc("prepare: events per second of the driver, all its cores")
          double driverEvents,
      @Default("223") @Doc("prepare: bytes that an event is exchanged in, all shuffles")
          double prepareBytes,
      @Default("8") @Doc("prepare: bytes of an event in the data set") double eventBytes,
      @Default("120") @Doc("encode: items per second, MiniLM, titles of eight words")
          double encodeItems,
      @Default("32") @Doc("encode: tokens of an item") double tokens,
      @Default("1.06e7") @Doc("encode: parameters that each token meets") double encoderParameters,
      @Default("384") @Doc("encode: values of an item's vector") int encodedWidth,
      @Default("18500") @Doc("train: targets per second, SASRec") double trainTargets,
      @Default("64") @Doc("train: values of an item's vector") int width,
      @Default("4096") @Doc("train: negatives that a step shares") int negatives,
      @Default("1024") @Doc("train: targets of a step, of each machine") int batch,
      @Default("1e5") @Doc("train: parameters that are not of items") double dense,
      @Default("2.5e8") @Doc("score: users times items per second") double scorePairs,
      @Default("26000") @Doc("score: users per second, whatever the items") double scoreUsers,
      @Default("0.8") @Doc("network: share of its speed that an exchange reaches")
          double networkShare,
      @Default("3.5e8") @Doc("memory: a process with its libraries, bytes") double process,
      @Default("1.25") @Doc("memory: Java heap over what lies in it") double heap,
      @Default("12") @Doc("memory: of an event of the data set, bytes") double eventMemory,
      @Default("56") @Doc("memory: of a user of the data set, bytes, short ids") double userMemory,
      @Default("215") @Doc("memory: of an item of the data set, bytes, titles of eight words")
          double itemMemory,
      @Default("2.05e9") @Doc("memory: of a task of prepare, which puts the rest on disk, bytes")
          double taskMemory,
      @Default("254") @Doc("memory: encode, of an item's text and its key, bytes")
          double textMemory,
      @Default("54") @Doc("memory: train, of a user's windows and ranks, bytes")
          double windowMemory,
      @Default("19") @Doc("memory: train, of an event in the baseline at the end, bytes")
          double baselineMemory,
      @Default("420") @Doc("memory: score, of an item while a run is opened, bytes")
          double runMemory) {}

  /**
   * What a stage holds at its peak, bytes.
   *
   * @param main of a machine
   * @param gpu of its GPU; 0 where it does nothing there
   */
  public record Memory(double main, double gpu) {}

  /**
   * One stage.
   *
   * @param work what it goes through
   * @param bytes that it leaves on disk
   * @param networkBytes that leave machines, of all of them
   * @param computeSeconds of the whole cluster
   * @param networkSeconds likewise
   */
  public record Stage(
      String name,
      String work,
      double bytes,
      double networkBytes,
      Memory memory,
      double computeSeconds,
      double networkSeconds,
      double seconds,
      double cost) {

    /** {@return the same with so many seconds more, in which all machines are paid} */
    private Stage longer(double more) {
      return new Stage(
          name,
          work,
          bytes,
          networkBytes,
          memory,
          computeSeconds,
          networkSeconds,
          seconds + more,
          cost * (seconds + more) / seconds);
    }
  }

  /** {@return one line: the size, and the machines} */
  public String title() {
    return "%s events, %s users, %s items; %s x %s cores with %s GB%s, %s Gbit/s"
        .formatted(
            amount(events),
            amount(users),
            amount(items),
            nodes,
            cores,
            amount(memory),
            gpu > 0
                ? " and a GPU of " + amount(gpu) + " TFLOP/s with " + amount(gpuMemory) + " GB"
                : "",
            amount(network));
  }

  /** {@return the stages in their order} */
  public List<Stage> stages() {
    Measured m = measured;
    return List.of(
        prepare(),
        stage(
            "encode",
            amount(items) + " items",
            items * m.encodedWidth() * FLOAT,
            0,
            new Memory(process(dataset() + items * m.textMemory()), 0),
            items / m.encodeItems(),
            2 * m.encoderParameters() * m.tokens() * items),
        train(),
        stage(
            "batch-score",
            amount(users) + " users x " + amount(items) + " items",
            users * (2.0 * top * FLOAT),
            0,
            memoryOfScoring(),
            scoring(users),
            2.0 * m.width() * users * items));
  }

  /** {@return what does not fit, a line each} */
  public List<String> shortages() {
    List<String> shortages = new ArrayList<>();
    for (Stage stage : stages()) {
      if (!fits(stage.memory().main(), memory)) {
        shortages.add(shortage(stage, "a machine", stage.memory().main(), "memory", memory));
      }
      if (!fits(stage.memory().gpu(), gpuMemory)) {
        shortages.add(shortage(stage, "a GPU", stage.memory().gpu(), "gpu_memory", gpuMemory));
      }
    }
    return shortages;
  }

  /** {@return whether a machine, or a GPU, of so much memory holds it} */
  public static boolean fits(double bytes, double gigabytes) {
    return bytes <= gigabytes * GIGA;
  }

  private static String shortage(Stage stage, String where, double bytes, String key, double has) {
    return String.format(
        Locale.ROOT,
        "%s does not fit: %s needs %,.2f GB and has %s (%s)",
        stage.name(),
        where,
        bytes / GIGA,
        amount(has),
        key);
  }

  /** {@return bytes of a process with so many in its Java heap} */
  private double process(double inHeap) {
    return measured.process() + measured.heap() * inHeap;
  }

  private double dataset() {
    Measured m = measured;
    return events * m.eventMemory() + users * m.userMemory() + items * m.itemMemory();
  }

  /** A run, its weights, the vectors of all items, and scores; a driver sends the weights. */
  private Memory memoryOfScoring() {
    double weights = FLOAT * items * measured.width();
    double vectors = MemoryEstimate.scoring((long) items, measured.width());
    double scores = Math.max(BLOCK, FLOAT * items);
    double main = process(items * measured.runMemory() + (nodes > 1 ? weights : 0));
    return gpu > 0
        ? new Memory(main, weights + vectors + scores)
        : new Memory(main + weights + vectors + cores * scores, 0);
  }

  /** The plan that {@code train} makes, of sizes instead of a data set. */
  private Memory memoryOfTraining() {
    Measured m = measured;
    int workers = gpu > 0 ? 1 : cores;
    RunConfig config =
        ConfigReader.read(
            null,
            List.of(
                "model.type=sasrec",
                "model.hidden_size=" + m.width(),
                "train.negatives=" + m.negatives(),
                "train.batch_size=" + m.batch() * nodes,
                "train.workers=" + workers,
                "train.epochs=" + epochs),
            RunConfig.class);
    int known = (int) items;
    double history = Math.min(LENGTH, events / users);
    double inHeap = dataset() + users * m.windowMemory() + events * m.baselineMemory();
    long ofItems = (known + 1L) * m.width();
    long ranked = Math.round(Ranking.block(known + 1L, LENGTH) * history);
    MemoryEstimate estimate =
        MemoryEstimate.of(
            config,
            new DataSpec(
                known,
                LENGTH,
                List.of(),
                0,
                new DataSpec.Labels(new int[0], new int[0]),
                new DataSpec.TimeRange(0, 1, 1)),
            new MemoryEstimate.Extent(
                Math.round(process(inHeap)),
                ofItems + Math.round(m.dense()),
                ofItems,
                m.width(),
                new BatchShape(
                    m.batch(),
                    m.batch(),
                    2L * m.batch(),
                    LENGTH,
                    Math.round(m.batch() / history),
                    workers),
                new BatchShape(ranked, ranked, ranked, LENGTH, ranked, 1),
                workers,
                Math.round(targets() / epochs)));
    return gpu > 0
        ? new Memory(estimate.base() + m.heap() * checkpoint(), estimate.outsideHeap())
        : new Memory(estimate.total(), 0);
  }

  private double checkpoint() {
    return FLOAT * (double) ADAM * items * measured.width();
  }

  /** {@return of all epochs: the first event has none, and the last two are asked for} */
  private double targets() {
    return epochs * Math.max(1, events - 3 * users);
  }

  /** The driver counts and writes what the others have prepared. */
  private Stage prepare() {
    Measured m = measured;
    Stage shared =
        stage(
            "prepare",
            amount(events) + " events",
            events * m.eventBytes(),
            events * m.prepareBytes(),
            new Memory(cores * m.taskMemory(), 0),
            events / m.prepareEvents(),
            0);
    return shared.longer(events / m.driverEvents());
  }

  /** {@return seconds of a core that ranks or recommends for so many users} */
  private double scoring(double some) {
    return some * items / measured.scorePairs() + some / measured.scoreUsers();
  }

  /**
   * Each step, machines exchange what {@code train --nodes} does: of the rows that the step
   * touches, histories, targets and negatives, the gradients, and the sums of these; of dense
   * parameters the gradients, and the values.
   */
  private Stage train() {
    Measured m = measured;
    double targets = targets();
    double steps = targets / ((double) m.batch() * nodes);
    double rows = 2.0 * m.batch() * nodes + m.negatives();
    double bytes = 2 * FLOAT * (m.dense() + rows * m.width()); // of a machine, a step
    double validated = validationUsers == 0 ? users : Math.min(validationUsers, users);
    double ranked = (epochs + 1) * validated + users; // after each epoch, and of the best one
    Stage apart =
        stage(
            "train",
            epochs + " epochs",
            checkpoint(),
            steps * bytes * nodes,
            memoryOfTraining(),
            targets / m.trainTargets() + scoring(ranked),
            6.0 * targets * (m.dense() + (double) m.negatives() * m.width())
                + 2.0 * m.width() * ranked * items);
    // A step waits for what it exchanges.
    return apart.longer(Math.min(apart.computeSeconds(), apart.networkSeconds()));
  }

  /**
   * @param coreSeconds on one core
   * @param flops of what a GPU can do; 0 where it cannot
   */
  private Stage stage(
      String name,
      String work,
      double bytes,
      double exchanged,
      Memory held,
      double coreSeconds,
      double flops) {
    boolean onGpu = gpu > 0 && flops > 0;
    double compute =
        onGpu
            ? flops / (gpu * TERA * nodes)
            : coreSeconds / (nodes * (cores == 1 ? 1 : cores * measured.efficiency()));
    double sent = exchanged * (nodes - 1) / nodes;
    double net = sent / (nodes * network * GIGABIT * measured.networkShare());
    double seconds = Math.max(compute, net) + measured.start();
    return new Stage(name, work, bytes, sent, held, compute, net, seconds, cost(seconds, onGpu));
  }

  private double cost(double seconds, boolean onGpu) {
    double hourly = nodes * (cores * corePrice + (onGpu ? gpuPrice : 0));
    return seconds / HOUR * hourly;
  }

  /** {@return such as 1 B, 12.5 M or 300 k} */
  static String amount(double value) {
    String[] units = {"", " k", " M", " B", " T"};
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    String text = String.format(Locale.ROOT, "%.1f", value);
    return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + units[unit];
  }
}
