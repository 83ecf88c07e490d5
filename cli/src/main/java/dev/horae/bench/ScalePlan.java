package dev.horae.bench;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a shop of some size needs on machines of some kind: bytes, network, time and cost of each
 * stage, computed from throughputs that were measured on one small machine. {@code docs/scale.md}
 * says how, and holds predictions against measurements.
 *
 * <p>A stage takes as long as its computation or its network, whichever is more, and a start. Work
 * is spread evenly; what leaves a machine is all but its share of what is exchanged.
 */
public record ScalePlan(
    @Default("1e9") @Doc("events of all users") double events,
    @Default("1e8") @Doc("users") double users,
    @Default("1e7") @Doc("items of the catalogue") double items,
    @Default("8") @Doc("machines") int nodes,
    @Default("16") @Doc("cores of each") int cores,
    @Default("10") @Doc("network of each, Gbit/s") double network,
    @Default("0")
        @Doc("GPU of each: what it computes of the peak of its matrix products, TFLOP/s; 0 = none")
        double gpu,
    @Default("0.05") @Doc("price of a core for an hour, with its memory") double corePrice,
    @Default("3") @Doc("price of a GPU for an hour") double gpuPrice,
    @Default("3") @Doc("epochs of training") int epochs,
    @Default("1e5") @Doc("users whose validation targets are ranked after each epoch")
        double validationUsers,
    @Default("10") @Doc("items that are recommended to each user") int top,
    @Doc("what was measured") Measured measured) {

  private static final double GIGABIT = 1e9 / 8; // bytes
  private static final double HOUR = 3600;
  private static final double TERA = 1e12;
  private static final int FLOAT = 4; // bytes

  public ScalePlan {
    unlessPositive("events", events, "1000000 is a small shop");
    unlessPositive("users", users, "100000 is a small shop");
    unlessPositive("items", items, "10000 is a small shop");
    unlessPositive("nodes", nodes, "1 is one machine");
    unlessPositive("cores", cores, "16 is usual");
    unlessPositive("network", network, "10 is usual");
    unless(gpu >= 0, "gpu", gpu, "is negative", "0 is none");
    unlessPositive("epochs", epochs, "3 is usual for so many events");
    unless(validationUsers >= 0, "validationUsers", validationUsers, "is negative", "try 100000");
    unlessPositive("top", top, "10 is usual");
  }

  /**
   * Of one core at 2.x GHz with AVX-512 where not said otherwise; see {@code docs/scale.md}.
   *
   * @param start seconds from the command to the first work, and from the last to the end
   * @param efficiency of the cores of a machine: how much faster all are than one, over their
   *     number
   */
  public record Measured(
      @Default("10") @Doc("start and end of a stage, s") double start,
      @Default("0.9") @Doc("speed of two cores over twice that of one") double efficiency,
      @Default("100000") @Doc("prepare: events per second and core") double prepareEvents,
      @Default("100") @Doc("prepare: bytes exchanged per event, all rounds") double prepareBytes,
      @Default("8") @Doc("prepared events: bytes per event") double eventBytes,
      @Default("50") @Doc("encode: items per second and core, MiniLM, titles") double encodeItems,
      @Default("32") @Doc("encode: tokens of an item") double tokens,
      @Default("10600000") @Doc("encode: parameters that each token meets")
          double encoderParameters,
      @Default("384") @Doc("encode: values of an item's vector") int encodedWidth,
      @Default("100000") @Doc("count: events per second and core") double countEvents,
      @Default("50") @Doc("count: bytes exchanged per event") double countBytes,
      @Default("5000") @Doc("train: events per second and core, SASRec, 4,096 negatives")
          double trainEvents,
      @Default("64") @Doc("train: values of an item's vector") int width,
      @Default("4096") @Doc("train: negatives that a step shares") int negatives,
      @Default("1024") @Doc("train: targets of a step, of each machine") int batch,
      @Default("100000") @Doc("train: parameters that are not of items") double dense,
      @Default("1e9") @Doc("score: users times items per second and core") double scorePairs,
      @Default("5000") @Doc("score: users per second and core, items aside") double scoreUsers,
      @Default("0.7") @Doc("network: share of its speed that an exchange reaches")
          double networkShare) {}

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
      double computeSeconds,
      double networkSeconds,
      double seconds,
      double cost) {}

  /** {@return one line: the size, and the machines} */
  public String title() {
    return "%s events, %s users, %s items; %s x %s cores%s, %s Gbit/s"
        .formatted(
            amount(events),
            amount(users),
            amount(items),
            nodes,
            cores,
            gpu > 0 ? " and a GPU of " + amount(gpu) + " TFLOP/s" : "",
            amount(network));
  }

  /** {@return the stages in their order} */
  public List<Stage> stages() {
    List<Stage> stages = new ArrayList<>();
    Measured m = measured;
    stages.add(
        stage(
            "prepare",
            "%s events".formatted(amount(events)),
            events * m.eventBytes(),
            events * m.prepareBytes(),
            events / m.prepareEvents(),
            0));
    stages.add(
        stage(
            "encode",
            "%s items".formatted(amount(items)),
            items * m.encodedWidth() * FLOAT,
            0,
            items / m.encodeItems(),
            2 * m.encoderParameters() * m.tokens() * items));
    stages.add(
        stage(
            "count",
            "%s events".formatted(amount(events)),
            0,
            events * m.countBytes(),
            events / m.countEvents(),
            0));
    stages.add(train());
    double pairs = users * items;
    stages.add(
        stage(
            "batch-score",
            "%s users x %s items".formatted(amount(users), amount(items)),
            users * (top * 2.0 * FLOAT + FLOAT),
            0,
            pairs / m.scorePairs() + users / m.scoreUsers(),
            2.0 * m.width() * pairs));
    return stages;
  }

  /**
   * Each step, machines exchange what {@code train --nodes} does: of the rows that the step
   * touches, histories, targets and negatives, their vectors, the gradients of these, and the
   * gradients of the table there and back; of dense parameters the gradients, and the values.
   */
  private Stage train() {
    Measured m = measured;
    double targets = events * epochs;
    double steps = targets / ((double) m.batch() * nodes);
    double rows = 2.0 * m.batch() * nodes + m.negatives();
    double bytes = FLOAT * (2 * m.dense() + 4 * rows * m.width()); // of a machine
    double ranked = epochs * Math.min(validationUsers, users) * items;
    double flops =
        6.0 * targets * (m.dense() + (double) m.negatives() * m.width()) + 2.0 * m.width() * ranked;
    Stage stage =
        stage(
            "train",
            "%s epochs".formatted(epochs),
            FLOAT * 3.0 * items * m.width(), // values and both means of Adam
            steps * bytes * nodes,
            targets / m.trainEvents() + ranked / m.scorePairs(),
            flops);
    double sum = stage.computeSeconds() + stage.networkSeconds(); // one waits for the other
    return new Stage(
        stage.name(),
        stage.work(),
        stage.bytes(),
        stage.networkBytes(),
        stage.computeSeconds(),
        stage.networkSeconds(),
        sum + m.start(),
        cost(sum + m.start(), gpu > 0));
  }

  /**
   * @param coreSeconds on one core
   * @param flops of what a GPU can do; 0 where it cannot
   */
  private Stage stage(
      String name, String work, double bytes, double exchanged, double coreSeconds, double flops) {
    boolean onGpu = gpu > 0 && flops > 0;
    double compute =
        onGpu
            ? flops / (gpu * TERA * nodes)
            : coreSeconds / (nodes * (cores == 1 ? 1 : cores * measured.efficiency()));
    double sent = exchanged * (nodes - 1) / nodes;
    double net = sent / (nodes * network * GIGABIT * measured.networkShare());
    double seconds = Math.max(compute, net) + measured.start();
    return new Stage(name, work, bytes, sent, compute, net, seconds, cost(seconds, onGpu));
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
