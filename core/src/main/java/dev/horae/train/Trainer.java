package dev.horae.train;

import dev.horae.config.ConfigException;
import dev.horae.data.Progress;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Group;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Passes over the training examples: everything native that a step makes dies with the step. */
public final class Trainer {

  private final SequenceModel model;
  private final TrainingStep step;
  private final int workers; // of all processes
  private final Windows windows;
  private final LoopConfig loop;
  private final long seed;
  private final @Nullable ItemSampler sampler; // null: targets are compared with all items

  /**
   * @param parts mean of each loss part over steps, weighted by examples, before its weight
   * @param examples targets seen
   * @param slots events computed, padding included
   */
  public record Epoch(Map<String, Double> parts, long examples, long slots, double seconds) {}

  /**
   * As {@link #Trainer(SequenceModel, Adam, Split, int, LoopConfig, long, boolean, Group)}, in this
   * process alone.
   */
  public Trainer(
      SequenceModel model,
      Adam adam,
      Split split,
      int length,
      LoopConfig loop,
      long seed,
      boolean reducedPrecision) {
    this(model, adam, split, length, loop, seed, reducedPrecision, Group.alone());
  }

  /**
   * @param length most events of a history that the model sees
   * @param seed decides order, dropout and draws
   * @param reducedPrecision whether the products with all items are bfloat16
   * @param group the processes that train, each with the workers of {@code loop}; all the same
   *     model on the same data
   */
  public Trainer(
      SequenceModel model,
      Adam adam,
      Split split,
      int length,
      LoopConfig loop,
      long seed,
      boolean reducedPrecision,
      Group group) {
    this.model = model;
    this.loop = loop;
    this.seed = seed;
    int here = model.device().is_cuda() ? 1 : loop.workers();
    workers = group.size() * here;
    boolean sampled = loop.samples(model.itemRows() - 1);
    step = new TrainingStep(model, adam, here, sampled, reducedPrecision, group);
    this.windows = windows(model, split, length, loop);
    sampler = sampler(model, windows, loop);
    model.fitStatistics(split.training());
  }

  private static @Nullable ItemSampler sampler(
      SequenceModel model, Windows windows, LoopConfig loop) {
    long items = model.itemRows() - 1;
    if (loop.negatives() > 0) {
      model
          .refusesSamples()
          .ifPresent(
              why -> {
                throw new ConfigException("train.negatives = " + loop.negatives() + ", but " + why);
              });
    }
    return loop.samples(items)
        ? new ItemSampler(windows, Math.toIntExact(items), loop.negatives())
        : null;
  }

  /** {@return what one epoch of such a loop goes through} */
  public static Windows windows(SequenceModel model, Split split, int length, LoopConfig loop) {
    boolean shared =
        switch (loop.batching()) {
          case AUTO -> model.causal();
          case SHARED -> true;
          case PREFIX -> false;
        };
    if (shared && !model.causal()) {
      throw new ConfigException(
          "train.batching = shared, but with these settings each prefix of a history needs a"
              + " pass of its own; use auto or prefix");
    }
    return shared
        ? Windows.shared(split, length, loop.windowStride())
        : Windows.prefix(split, length);
  }

  /** {@return among how many workers a batch is shared, those of all processes of the group} */
  public int workers() {
    return workers;
  }

  /**
   * One pass. Order, dropout and draws depend only on the seed and {@code number}, so that an epoch
   * can be done again, or done by a process that did not do the ones before it.
   *
   * @param number of the epoch, from 0
   * @param progress is told the examples of this epoch and its losses so far
   */
  public Epoch epoch(int number, Progress progress) {
    long start = System.nanoTime();
    torch.manual_seed(mix(seed, number));
    SplittableRandom draws = new SplittableRandom(mix(seed, -1 - number));
    model.startEpoch(number, new SplittableRandom(draws.nextLong()));
    model.train(true);
    List<Windows.Plan> plans = windows.shuffled(loop.batchSize(), model.layout(), seed, number);
    Map<String, Double> sums = new LinkedHashMap<>();
    long total = windows.examples();
    long examples = 0;
    long slots = 0;
    Supplier<TrainingStep.Shards> ahead = shards(plans.get(0), draws);
    for (int i = 0; i < plans.size(); i++) {
      TrainingStep.Shards batch = ahead.get();
      if (i + 1 < plans.size()) {
        ahead = shards(plans.get(i + 1), draws); // while the workers are busy with this one
      }
      Map<String, Double> parts = step.run(batch, draws.nextLong());
      requireFinite(parts, number, i);
      parts.forEach((name, value) -> sums.merge(name, value * batch.examples(), Double::sum));
      examples += batch.examples();
      slots += batch.shards().stream().mapToLong(shard -> shard.items().length).sum();
      progress.at("train", examples, total, EpochReport.text(means(sums, examples)));
    }
    return new Epoch(means(sums, examples), examples, slots, (System.nanoTime() - start) / 1e9);
  }

  /** Completes the state of the optimiser before it is saved; in every process of the group. */
  public void gatherState() {
    step.gatherState();
  }

  private static void requireFinite(Map<String, Double> parts, int epoch, int step) {
    parts.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            String what = name.equals(TrainingStep.GRADIENT) ? name : "loss " + name;
            throw new DivergedException(epoch, step, what, value);
          }
        });
  }

  private Supplier<TrainingStep.Shards> shards(Windows.Plan plan, SplittableRandom random) {
    SplittableRandom draws = random.split(); // now, so that the order of draws is that of the steps
    return Workers.ahead(
        () -> {
          List<SequenceBatch> shards = plan.shards(workers);
          List<Draws> drawn = shards.stream().map(shard -> model.draw(shard, draws)).toList();
          return TrainingStep.Shards.of(
              shards, drawn, sampler == null ? null : sampler.draw(shards, draws));
        });
  }

  private static Map<String, Double> means(Map<String, Double> sums, long examples) {
    Map<String, Double> means = new LinkedHashMap<>();
    sums.forEach((name, sum) -> means.put(name, sum / examples));
    return means;
  }

  /** Spreads neighbouring seeds and numbers far apart. */
  private static long mix(long seed, long number) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number).nextLong() >>> 1;
  }
}
