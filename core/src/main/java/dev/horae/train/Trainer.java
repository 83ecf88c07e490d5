package dev.horae.train;

import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import dev.horae.model.Forward;
import dev.horae.model.Loss;
import dev.horae.model.SequenceModel;
import dev.horae.model.SequenceModel.Draws;
import dev.horae.model.SequenceTensors;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Passes over the training examples: everything native that a step makes dies with the step. */
public final class Trainer {

  private final SequenceModel model;
  private final Adam adam;
  private final Windows windows;
  private final RunConfig config;

  /**
   * @param parts mean of each loss part over steps, weighted by examples, before its weight
   * @param examples targets seen
   * @param slots events computed, padding included
   */
  public record Epoch(Map<String, Double> parts, long examples, long slots, double seconds) {}

  public Trainer(
      SequenceModel model, Adam adam, Histories histories, int length, RunConfig config) {
    this.model = model;
    this.adam = adam;
    this.config = config;
    this.windows = windows(histories, length, config.train());
  }

  /** {@return what one epoch of such a loop goes through} */
  static Windows windows(Histories histories, int length, RunConfig.Loop loop) {
    return loop.batching() == RunConfig.Batching.SHARED
        ? Windows.shared(histories, length, loop.windowStride())
        : Windows.prefix(histories, length);
  }

  /** {@return what one epoch goes through} */
  public Windows windows() {
    return windows;
  }

  /**
   * One pass. Order, dropout and draws depend only on the seed and {@code number}, so that an epoch
   * can be done again, or done by a process that did not do the ones before it.
   *
   * @param number of the epoch, from 0
   */
  public Epoch epoch(int number, Progress progress) {
    long start = System.nanoTime();
    model.train(true);
    torch.manual_seed(mix(config.seed(), number));
    SplittableRandom draws = new SplittableRandom(mix(config.seed(), -1 - number));
    List<Windows.Plan> plans =
        windows.shuffled(config.train().batchSize(), model.packable(), config.seed(), number);
    Map<String, Double> sums = new LinkedHashMap<>();
    long total = windows.examples();
    long examples = 0;
    long slots = 0;
    for (int step = 0; step < plans.size(); step++) {
      SequenceBatch batch = plans.get(step).batch();
      Map<String, Double> parts = step(batch, model.draw(batch, draws));
      for (Map.Entry<String, Double> part : parts.entrySet()) {
        if (!Double.isFinite(part.getValue())) {
          throw new DivergedException(number, step, part.getKey() + " = " + part.getValue());
        }
      }
      int count = batch.examples().length;
      parts.forEach((name, value) -> sums.merge(name, value * count, Double::sum));
      examples += count;
      slots += batch.items().length;
      progress.at("epoch " + number, examples, total, readable(means(sums, examples)));
    }
    return new Epoch(means(sums, examples), examples, slots, (System.nanoTime() - start) / 1e9);
  }

  /** One step of Adam on one batch. {@return the parts of its loss} */
  Map<String, Double> step(SequenceBatch batch, Draws draws) {
    Map<String, Double> values = new LinkedHashMap<>();
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      Tensor items = model.itemTable();
      Forward forward = model.forward(in, items, draws);
      List<Loss> parts = model.losses(forward, in, items);
      adam.clear();
      Loss.total(parts).backward();
      for (Loss part : parts) {
        values.put(part.name(), Ops.value(part.value()));
      }
    }
    try (Scope scope = Scope.inference()) {
      adam.step();
    }
    return values;
  }

  private static Map<String, Double> means(Map<String, Double> sums, long examples) {
    Map<String, Double> means = new LinkedHashMap<>();
    sums.forEach((name, sum) -> means.put(name, sum / examples));
    return means;
  }

  private static String readable(Map<String, Double> parts) {
    return parts.entrySet().stream()
        .map(part -> String.format(Locale.ROOT, "%s %.3f", part.getKey(), part.getValue()))
        .collect(Collectors.joining("  "));
  }

  /** Spreads neighbouring seeds and numbers far apart. */
  private static long mix(long seed, long number) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number).nextLong() >>> 1;
  }
}
