package dev.horae.model;

import dev.horae.data.FeatureTable;
import dev.horae.data.SequenceBatch;
import dev.horae.sequence.DataSpec;

/**
 * How many floating-point operations the matrix products of training {@link Hm4sr} take, a multiply
 * and an add counting two. They are those that the equations ask for: padding, attention to what
 * may not be seen, recomputation and everything elementwise count nothing, so that work that should
 * not be done does not look like speed.
 *
 * <p>A product of [m, k] and [k, n] takes 2 m k n, and as much again for the gradient of each of
 * its two sides; 6 m k n when both learn. With M examples, E events, N items, V views of width D, P
 * placeholder views, K1 interactive and K2 temporal experts, T = width of the time embedding, C
 * categories and feature tables of width F:
 *
 * @param softmax scores of all items: 6 · M · N · V D
 * @param projection of the feature tables, which do not learn, once per step: 4 · N · F · D for
 *     each
 * @param experts interactive experts and their gates, 6 · E · K1 (V D)² + 6 · E · V D · K1;
 *     temporal gate and mixture, 6 · E · K2 (T + V D)
 * @param encoders query, key and value, 6 · E · layers · 3 D²; output of the attention and the two
 *     feed-forward products, 6 · (E · (layers - 1) + M) · (D² + 2 D · inner), because the last
 *     layer's output is wanted at the examples only; for V + P passes
 * @param attention scores and mixture, 12 · D · layers for each pair of an event and one that it
 *     may look at, for V + P passes
 * @param placeholders from time: 6 · E · T · D · P
 * @param categories their prediction: 6 · E · V D · C
 * @param contrast all examples of a step against each other, 6 · M² · D: once for the ids, once for
 *     each placeholder view
 */
public record Hm4srFlops(
    double softmax,
    double projection,
    double experts,
    double encoders,
    double attention,
    double placeholders,
    double categories,
    double contrast) {

  /**
   * What some steps of training go through.
   *
   * @param examples M, summed over the steps
   * @param events E, without padding
   * @param seen pairs of an event and one of its segment that it may look at, itself included
   * @param compared M², summed over the steps
   */
  public record Work(long steps, long examples, long events, long seen, long compared) {

    /** No step at all. */
    public static final Work NONE = new Work(0, 0, 0, 0, 0);

    /** {@return what one step goes through} */
    public static Work of(SequenceBatch batch) {
      long events = 0;
      long seen = 0;
      for (int i = 0; i < batch.items().length; i++) {
        if (batch.items()[i] != 0) {
          events++;
          seen += batch.positions()[i] + 1;
        }
      }
      long examples = batch.examples().length;
      return new Work(1, examples, events, seen, examples * examples);
    }

    public Work plus(Work other) {
      return new Work(
          steps + other.steps,
          examples + other.examples,
          events + other.events,
          seen + other.seen,
          compared + other.compared);
    }
  }

  public static Hm4srFlops of(Hm4sr.Config config, DataSpec dataSpec, Work work) {
    double d = config.transformer().hiddenSize();
    double n = dataSpec.items();
    double e = work.events();
    boolean timed = config.time() != Hm4sr.Time.NONE;
    double time = config.time() == Hm4sr.Time.BOTH ? 2 * d : d;
    double tables = dataSpec.features().size();
    double views = tables + (config.useId() ? 1 : 0);
    double width = views * d;
    double placeholders = timed && config.lambdaPcl() != 0 ? tables : 0;
    double contrasts = placeholders + (config.useId() && config.lambdaIdcl() != 0 ? 1 : 0);
    double k1 = config.interactiveMoe() ? config.interactiveExperts() : 0;
    double k2 = timed ? config.temporalExperts() : 0;
    double c = config.lambdaCp() == 0 ? 0 : dataSpec.categories();
    double passes = views + placeholders;
    double layers = config.transformer().layers();
    double finished = e * (layers - 1) + work.examples();
    double featureValues = dataSpec.features().stream().mapToInt(FeatureTable::width).sum();
    return new Hm4srFlops(
        6 * work.examples() * n * width,
        4 * work.steps() * n * featureValues * d,
        6 * e * (k1 * width * width + k1 * width + k2 * (time + width)),
        6
            * passes
            * (e * layers * 3 * d * d
                + finished * (d * d + 2 * d * config.transformer().innerSize())),
        12 * d * passes * layers * work.seen(),
        6 * e * time * d * placeholders,
        6 * e * width * c,
        6 * work.compared() * d * contrasts);
  }

  public double total() {
    return softmax
        + projection
        + experts
        + encoders
        + attention
        + placeholders
        + categories
        + contrast;
  }
}
