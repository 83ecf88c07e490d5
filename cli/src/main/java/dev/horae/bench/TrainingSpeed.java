package dev.horae.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.horae.model.Hm4srFlops;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How fast an epoch goes.
 *
 * @param batching {@code shared} or {@code prefix}
 * @param epoch what a whole epoch goes through
 * @param measured what was timed: the epoch, or an epoch over some of the users
 * @param slots events computed in that time, padding included
 * @param seconds that it took
 * @param flops of its matrix products
 * @param secondsPerEpoch of a whole one: {@code seconds}, raised in proportion to the operations
 *     where less was measured
 * @param stages seconds of all workers by stage of a step; empty where the trainer marks none
 * @param shareOfPeak of the operations a second in {@link MatrixPeak#float32All}
 * @param peakResidentBytes the most memory that the process occupied up to then, Java heap and data
 *     included; null where it cannot be known
 * @param nativeObjects how many more there were after it than before; null where JavaCPP does not
 *     count them, as with the launcher's settings
 */
public record TrainingSpeed(
    String batching,
    Hm4srFlops.Work epoch,
    Hm4srFlops.Work measured,
    long slots,
    double seconds,
    Hm4srFlops flops,
    double secondsPerEpoch,
    Map<String, Double> stages,
    double shareOfPeak,
    @Nullable Long peakResidentBytes,
    @Nullable Long nativeObjects) {

  @JsonProperty
  public boolean wholeEpoch() {
    return measured.equals(epoch);
  }

  @JsonProperty
  public double examplesPerSecond() {
    return measured.examples() / seconds;
  }

  @JsonProperty
  public double slotsPerSecond() {
    return slots / seconds;
  }

  @JsonProperty
  public double paddingShare() {
    return 1 - (double) measured.events() / slots;
  }

  @JsonProperty
  public double gigaflopsPerSecond() {
    return flops.total() / seconds / 1e9;
  }
}
