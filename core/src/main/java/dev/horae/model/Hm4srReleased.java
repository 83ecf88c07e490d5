package dev.horae.model;

import static dev.horae.tensor.Ops.scale;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceTensors;
import java.util.Locale;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Switches between the paper of {@link Hm4sr}, which the defaults follow, and its released code,
 * for those who reproduce published numbers; the preset {@code hm4sr-official} turns them all.
 */
public record Hm4srReleased(
    @Default("true") @Doc("whether temporal experts learn; false in the released code")
        boolean trainTemporalExperts,
    @Default("days") @Doc("absolute time in days since the first event, or raw seconds")
        TimeUnit timeUnit,
    @Default("true") @Doc("phase z outside the division by frequency, as in Eq. 13")
        boolean zOutside,
    @Default("xtemp") @Doc("CP reads the Temporal MoE's output, or the raw views")
        CategoryInput cpInput,
    @Default("true") @Doc("a category that stands twice in a path counts once")
        boolean clampCategories,
    @Default("false") @Doc("the released code's scalar indexing in CP; a pass for each prefix")
        boolean cpIndexBug) {

  /** In what unit absolute time enters. */
  public enum TimeUnit {
    DAYS,
    SECONDS
  }

  /** What category prediction reads. */
  public enum CategoryInput {
    XTEMP,
    RAW
  }

  /** Refuses a data set for which category prediction would read outside of its scores. */
  void check(DataSpec dataSpec) {
    if (cpIndexBug && dataSpec.categories() < dataSpec.length()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "model.cp_index_bug = true needs as many categories as a history may have events,"
                  + " %d, and the data set has %d; use false, or prepare it with max_length ="
                  + " %d",
              dataSpec.length(),
              dataSpec.categories(),
              dataSpec.categories()));
    }
  }

  /** {@return seconds since the previous event, float64 [R, L], 0 at a segment's first} */
  Tensor gaps(SequenceTensors in) {
    if (timeUnit == TimeUnit.DAYS) {
      return in.gaps().to(ScalarType.Double);
    }
    // The released code reads times as float32, exact to 128 s in our century, before it subtracts.
    Tensor times = in.times().to(ScalarType.Float).to(ScalarType.Double);
    Tensor before = times.roll(new long[] {1}, new long[] {1});
    Tensor first = in.positions().eq(new Scalar(0)).logical_or(in.eventMask().logical_not());
    return times.sub(before).clamp_min(new Scalar(0)).masked_fill(first, new Scalar(0));
  }

  /**
   * {@return absolute time in the unit of choice, float [R, L]}
   *
   * @param start of the log, seconds since 1970-01-01 UTC
   */
  Tensor time(SequenceTensors in, long start) {
    if (timeUnit == TimeUnit.SECONDS) {
      return in.times().to(ScalarType.Float);
    }
    Tensor seconds = in.times().sub(new Scalar(start)).to(ScalarType.Double);
    return scale(seconds, 1 / Hm4srTime.SECONDS_PER_DAY).to(ScalarType.Float);
  }

  /**
   * The released code indexes scores [R L, C] with the (row, column) pairs of the events, which
   * picks the number at flat event r, category l for each event (r, l). The mean is over the events
   * of the whole batch, of which each worker adds its share.
   *
   * @param bce float [R, L, C]
   */
  static Tensor scalarIndexed(SequenceTensors in, Tensor bce) {
    long r = bce.size(0);
    long l = bce.size(1);
    Tensor block = bce.flatten(0, 1).narrow(0, 0, r).narrow(1, 0, l); // [R, L]
    return scale(block.mul(in.weights()).sum(), 1 / in.batchWeight());
  }
}
