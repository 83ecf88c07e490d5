package dev.horae.model;

import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.scale;

import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Layer;
import dev.horae.tensor.Ops;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The Temporal mixture of experts of {@link Hm4sr}: each expert is one gain per channel, and only
 * time decides how they are mixed (Eq. 11-16; the single-embedding variants are section 5.5's).
 */
final class Hm4srTime extends Layer {

  static final double SECONDS_PER_DAY = 24 * 60 * 60;

  private final Hm4sr.Config config;
  private final DataSpec.TimeRange range;
  private final List<Reading> readings;
  private final Tensor divisors; // [D], frequency^(k / D)
  private final LinearImpl gate; // 2 D (or D) -> K
  private final List<Tensor> experts; // [1, V D] each

  Hm4srTime(Hm4sr.Config config, int width, DataSpec.TimeRange range) {
    this.config = config;
    this.range = range;
    int d = config.transformer().hiddenSize();
    readings =
        switch (config.time()) {
          case BOTH -> List.of(interval(d), new Absolute(d));
          case INTERVAL -> List.of(interval(d));
          case ABSOLUTE -> List.of(new Absolute(d));
          case DAY -> List.of(day(d));
          case DAY_OF_YEAR -> List.of(dayOfYear(d));
          case COS -> List.of(cosine(d));
          case NONE -> throw new IllegalStateException("no temporal part is built for time = none");
        };
    float[] power = new float[d];
    for (int k = 0; k < d; k++) {
      power[k] = (float) Math.pow(config.frequency(), (double) k / d);
    }
    divisors = addBuffer("divisors", float32(power, d));
    gate = add("gate", new LinearImpl(embeddingWidth(), config.temporalExperts()));
    Gains gains = add("expert", new Gains(width));
    experts = gains.all;
  }

  /** The experts: one gain per channel each. */
  private final class Gains extends Layer {
    private final List<Tensor> all = new ArrayList<>(); // [1, V D] each

    Gains(int width) {
      for (int i = 0; i < config.temporalExperts(); i++) {
        Tensor start = torch.zeros(1, width);
        all.add(addParameter(Integer.toString(i), start, config.released().trainTemporalExperts()));
      }
    }
  }

  /** Starts what RecBole's rule must not start; called after it. */
  void start() {
    for (Tensor expert : experts) {
      torch.normal_(expert.detach(), config.temporalExpertMean(), 0.1);
    }
    readings.forEach(Reading::start);
  }

  /** See {@link dev.horae.sequence.Transferable#moveStart}. */
  void moveStart(long seconds) {
    readings.forEach(reading -> reading.moveStart(seconds));
  }

  int embeddingWidth() {
    return config.time() == Hm4sr.Time.BOTH
        ? 2 * config.transformer().hiddenSize()
        : config.transformer().hiddenSize();
  }

  /** {@return what steers gate and placeholders, float [R, L, 2 D] (D for the single variants)} */
  Tensor embedding(SequenceTensors in) {
    return concat(2, readings.stream().map(reading -> reading.of(in)).toList());
  }

  /** {@return weights of the experts, float [R, L, K]} */
  Tensor gate(Tensor embedding) { // Eq. 14
    return gate.forward(embedding).softmax(-1);
  }

  Tensor forward(Tensor x, Tensor embedding) { // Eq. 15, 16: [R, L, V D]
    return x.mul(gate(embedding).matmul(concat(0, experts)));
  }

  /** One way to read time. */
  private interface Reading {
    /** {@return float [R, L, D]} */
    Tensor of(SequenceTensors in);

    /** See {@link Hm4srTime#start}. */
    default void start() {}

    /** See {@link Hm4srTime#moveStart}. */
    default void moveStart(long seconds) {}
  }

  private Reading interval(int d) {
    EmbeddingImpl rows = add("time_embedding", new EmbeddingImpl(lastBucket() + 1, d));
    return in -> rows.forward(buckets(in));
  }

  private Reading day(int d) {
    EmbeddingImpl rows = add("day_embedding", new EmbeddingImpl(day(range.last()) + 1, d));
    return in -> rows.forward(dayIndex(in));
  }

  private Reading dayOfYear(int d) {
    EmbeddingImpl rows = add("doy_embedding", new EmbeddingImpl(366, d));
    return in -> rows.forward(dayOfYear(in));
  }

  private Reading cosine(int d) {
    LinearImpl map = add("cos_w", new LinearImpl(1, d));
    return in -> {
      Tensor days = scale(in.gaps().to(ScalarType.Double), 1 / SECONDS_PER_DAY);
      return map.forward(days.to(ScalarType.Float).unsqueeze(-1)).cos();
    };
  }

  /** Row of the interval table: ⌊mu · log(gap + 1)⌋, unseen gaps in the last (Eq. 12). */
  Tensor buckets(SequenceTensors in) {
    Tensor log = config.released().gaps(in).add(new Scalar(1)).log2();
    Tensor bucket = scale(log, config.mu() / log2(config.logBase())).floor();
    return bucket
        .clamp(
            new ScalarOptional(new Scalar(0)),
            new ScalarOptional(new Scalar((double) lastBucket())))
        .to(ScalarType.Long);
  }

  private final class Absolute implements Reading { // Eq. 13
    private final LinearImpl map; // 1 -> D: weight l, bias z

    Absolute(int d) {
      map = add("absolute_w", new LinearImpl(1, d));
    }

    @Override
    public void start() {
      if (config.released().timeUnit() == Hm4srReleased.TimeUnit.DAYS) {
        map.weight().detach().fill_(new Scalar(1));
      }
    }

    /** Days are counted from the start of the log: the phase makes up for those between. */
    @Override
    public void moveStart(long seconds) {
      if (config.released().timeUnit() == Hm4srReleased.TimeUnit.DAYS) {
        Tensor moved = scale(map.weight().view(-1), seconds / SECONDS_PER_DAY);
        Tensor phase = config.released().zOutside() ? moved.div(divisors) : moved;
        map.bias().detach().add_(phase);
      }
    }

    @Override
    public Tensor of(SequenceTensors in) {
      Tensor t = config.released().time(in, range.first());
      Tensor lt = t.mul(in.eventMask()).unsqueeze(-1).mul(map.weight().view(-1)); // [R, L, D]
      Tensor phase =
          config.released().zOutside()
              ? lt.div(divisors).add(map.bias())
              : lt.add(map.bias()).div(divisors);
      return phase.cos();
    }
  }

  private Tensor dayIndex(SequenceTensors in) {
    Tensor day = in.times().floor_divide(new Scalar((long) SECONDS_PER_DAY));
    long first = Math.floorDiv(range.first(), (long) SECONDS_PER_DAY);
    return day.sub(new Scalar(first))
        .clamp(
            new ScalarOptional(new Scalar(0L)), new ScalarOptional(new Scalar(day(range.last()))));
  }

  private long day(long time) { // days since the first event's day
    return Math.floorDiv(time, (long) SECONDS_PER_DAY)
        - Math.floorDiv(range.first(), (long) SECONDS_PER_DAY);
  }

  private static Tensor dayOfYear(SequenceTensors in) {
    long[] times = Ops.longs(in.times());
    for (int i = 0; i < times.length; i++) {
      times[i] =
          LocalDate.ofEpochDay(Math.floorDiv(times[i], (long) SECONDS_PER_DAY)).getDayOfYear() - 1;
    }
    return Ops.int64(times, in.times().size(0), in.times().size(1))
        .to(in.times().device(), ScalarType.Long);
  }

  private long lastBucket() {
    return (long) Math.floor(config.mu() / log2(config.logBase()) * log2(range.maxGap() + 1.0));
  }

  /** Exact for powers of two, where Math.log(x) / Math.log(2) can fall short. */
  private static double log2(double x) {
    int exponent = Math.getExponent(x);
    return exponent + Math.log(x / Math.pow(2, exponent)) / Math.log(2);
  }
}
