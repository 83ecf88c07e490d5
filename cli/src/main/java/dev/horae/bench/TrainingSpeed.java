package dev.horae.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.horae.model.Hm4srFlops;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How fast the last epoch of a network's training goes: what some models do in later epochs only is
 * in it.
 *
 * @param batching {@code shared} or {@code prefix}
 * @param epoch what a whole epoch goes through
 * @param measured what was timed: the epoch, or an epoch over some of the users
 * @param slots events computed in that time, padding included
 * @param seconds that it took
 * @param secondsPerExample from the end of the first step to that of the last
 * @param stages seconds of all workers by stage of a step; empty where the trainer marks none
 * @param flops of the matrix products of what was measured; null but for HM4SR with all items, for
 *     other operations are not counted
 * @param nativeObjects how many more there were after it than before; null where JavaCPP does not
 *     count them, as with the launcher's settings
 */
public record TrainingSpeed(
    String batching,
    Hm4srFlops.Work epoch,
    Hm4srFlops.Work measured,
    long slots,
    double seconds,
    double secondsPerExample,
    Map<String, Double> stages,
    @Nullable Hm4srFlops flops,
    @Nullable Long nativeObjects) {

  public TrainingSpeed {
    Stream.of(batching, epoch, measured, stages).forEach(Objects::requireNonNull);
  }

  @JsonProperty
  public boolean wholeEpoch() {
    return measured.examples() == epoch.examples();
  }

  /**
   * {@return of a whole one} Where less was measured, the other examples take as long as those of
   * the steps, and what an epoch begins with, such as clustering, is not repeated for them.
   */
  @JsonProperty
  public double secondsPerEpoch() {
    return seconds + secondsPerExample * (epoch.examples() - measured.examples());
  }

  @JsonProperty
  public double examplesPerSecond() {
    return epoch.examples() / secondsPerEpoch();
  }

  @JsonProperty
  public double slotsPerSecond() {
    return slots / seconds;
  }

  @JsonProperty
  public double paddingShare() {
    return 1 - (double) measured.events() / slots;
  }

  /** {@return billions of operations a second; null where they are not counted} */
  @JsonProperty
  public @Nullable Double gigaflopsPerSecond() {
    return flops == null ? null : flops.total() / seconds / 1e9;
  }
}
