package dev.horae.bench;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How fast one model is, in a process of its own.
 *
 * @param model its name
 * @param settings of model and training by key, as in a run's configuration
 * @param widths of the feature tables that it reads, by modality
 * @param unmeasured why it was not measured; null where it was
 * @param training null for a model that is fitted at once, and for one that was not measured
 * @param secondsToFit of a model that is fitted at once, without the training of networks that it
 *     asks for their scores; otherwise null
 * @param rates of histories
 * @param latency of one history's recommendations; null for a model that was not measured
 * @param peakResidentBytes the most memory that the process occupied, Java heap and data included;
 *     null where it cannot be known
 */
public record ModelSpeed(
    String model,
    Map<String, String> settings,
    Map<String, Integer> widths,
    @Nullable String unmeasured,
    @Nullable TrainingSpeed training,
    @Nullable Double secondsToFit,
    List<Rate> rates,
    @Nullable Latency latency,
    @Nullable Long peakResidentBytes) {

  public ModelSpeed {
    Stream.of(model, settings, widths).forEach(Objects::requireNonNull);
    rates = List.copyOf(rates);
  }

  /** One that was not measured, and why. */
  public static ModelSpeed unmeasured(String model, Map<String, String> settings, String why) {
    return new ModelSpeed(model, settings, Map.of(), why, null, null, List.of(), null, null);
  }
}
