package dev.horae.bench;

import dev.horae.data.FeatureTable;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.machine.Machine;
import dev.horae.run.NetworkTraining;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What training costs a network on made-up data of given sizes.
 *
 * @param secondsPerExample from the end of the first step to that of the last
 * @param parameters how many numbers are learnt
 * @param memoryBytes the most main memory that model and training took, over what the process had
 *     before the model was built; null where it cannot be known
 */
public record TrainingCost(double secondsPerExample, long parameters, @Nullable Long memoryBytes) {

  private static final long SEED = 2025;
  private static final int STEPS = 12; // of an epoch: three to warm up, twice, and some to measure
  private static final int LEAST = 5; // events of an item

  /**
   * Builds the model and trains some steps; outside any scope, in a process of its own.
   *
   * @param length events of every history, L
   * @param widths values per item of each feature table, by modality
   * @param atMost seconds to measure, about
   */
  public static TrainingCost measure(
      RunConfig config,
      int items,
      int length,
      Map<String, Integer> widths,
      double atMost,
      Progress progress) {
    return Workers.limited(
        config.train().workers(),
        () -> {
          progress.at("make data", 0, 0, "");
          int examples = STEPS * config.train().batchSize();
          int events = Math.max(LEAST * items, (examples / length + 1) * (length + 3));
          SyntheticData data =
              SyntheticData.generate(
                      new SyntheticData.Shape("even", events / LEAST, items, events, widths), SEED)
                  .even(length);
          List<FeatureTable> read =
              data.features().stream()
                  .filter(table -> config.model().modalities().contains(table.modality()))
                  .toList();
          return measure(config, data, read, atMost, progress);
        });
  }

  private static TrainingCost measure(
      RunConfig config,
      SyntheticData data,
      List<FeatureTable> features,
      double atMost,
      Progress progress) {
    DataSpec dataSpec = DataSpec.of(data.dataset(), features);
    torch.set_num_threads(1);
    torch.manual_seed(config.seed());
    System.gc(); // what made the data is not the model's
    Long before = Machine.resident().orElse(null);
    SequenceModel model = NetworkTraining.build(config, dataSpec);
    NetworkTraining.requireFits(model, config, dataSpec, data.dataset().split());
    TrainingSpeed speed =
        new TrainingBench(model, config, data.dataset(), dataSpec, atMost).measure(progress);
    Long peak = Machine.peakResident().orElse(null);
    return new TrainingCost(
        speed.secondsPerExample(),
        parameters(model),
        before == null || peak == null ? null : Math.max(0, peak - before));
  }

  private static long parameters(SequenceModel model) {
    long parameters = 0;
    TensorVector all = model.parameters();
    for (long p = 0; p < all.size(); p++) {
      parameters += all.get(p).numel();
    }
    return parameters;
  }
}
