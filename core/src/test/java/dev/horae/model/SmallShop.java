package dev.horae.model;

import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Models over thirty items with two categories each, and what comes out of them. */
final class SmallShop {

  static final int ITEMS = 30;
  static final int LENGTH = 6;
  static final int CATEGORIES = 5;

  private record Run(NetworkConfig model) {}

  private SmallShop() {}

  static NetworkConfig config(String model, String... settings) {
    List<String> all = new ArrayList<>(List.of("model.type=" + model));
    Arrays.stream(settings).forEach(setting -> all.add("model." + setting));
    return ConfigReader.read(null, all, Run.class).model();
  }

  /** Small, without dropout, with weights large enough for everything to be heard. */
  static SequenceModel model(String type, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "hidden_size=8", "inner_size=16", "heads=2", "dropout=0", "attention_dropout=0"));
    all.addAll(List.of(settings));
    torch.manual_seed(7);
    SequenceModel model = config(type, all.toArray(String[]::new)).build(dataSpec());
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (!name.contains("LayerNorm")) {
                torch.normal_(p.detach(), 0, 0.3);
              }
            });
    return model;
  }

  static DataSpec dataSpec() {
    float[] labels = new float[(ITEMS + 1) * CATEGORIES];
    for (int i = 1; i <= ITEMS; i++) {
      labels[i * CATEGORIES + i % CATEGORIES]++;
      labels[i * CATEGORIES + i / 3 % CATEGORIES]++;
    }
    return new DataSpec(
        ITEMS,
        LENGTH,
        List.of(features("text", 4), features("image", 3)),
        CATEGORIES,
        labels,
        new DataSpec.TimeRange(0, 0, 0));
  }

  /** What the parameters of a model are on the paper's Games data. */
  static long parametersOnGames(String type, int categories, String... settings) {
    DataSpec games =
        new DataSpec(
            10_672,
            50,
            List.of(),
            categories,
            new DataSpec.Labels(new int[10_674], new int[0]),
            new DataSpec.TimeRange(0, 0, 0));
    return Checkpoint.parameters(config(type, settings).build(games)).values().stream()
        .filter(Tensor::requires_grad)
        .mapToLong(Tensor::numel)
        .sum();
  }

  /** Irregular times, from half an hour to some days apart, with ties. */
  static Histories histories(int... lengths) {
    SplittableRandom random = new SplittableRandom(4);
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] items = new int[starts[lengths.length]];
    long[] times = new long[items.length];
    for (int u = 0; u < lengths.length; u++) {
      long now = 1_700_000_000L + u * 77_777L;
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        items[e] = 1 + random.nextInt(ITEMS);
        now += random.nextInt(4) == 0 ? 0 : 1_800L * (1 + random.nextInt(90));
        times[e] = now;
      }
    }
    return new Histories(starts, items, times);
  }

  /** A row of its own for each prefix of such histories. */
  static SequenceBatch prefixes(int... lengths) {
    return Windows.prefix(Split.leaveOneOut(histories(lengths)), LENGTH)
        .inOrder(1_000, RowLayout.FULL)
        .get(0)
        .batch();
  }

  static float[] users(SequenceModel model, Windows windows, RowLayout layout) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, layout).get(0).batch(), model.device());
      return Ops.floats(model.encode(in, ItemTable.of(model)));
    }
  }

  /** Losses by name and gradients by parameter of one training pass. */
  static Map<String, float[]> pass(SequenceModel model, Windows windows, RowLayout layout) {
    SequenceBatch batch = windows.inOrder(1_000, layout).get(0).batch();
    Map<String, float[]> found = new LinkedHashMap<>();
    model.train(true);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    parameters.values().stream().filter(p -> p.grad().defined()).forEach(p -> p.grad().zero_());
    try (Scope scope = Scope.training()) {
      ItemVectors items = ItemTable.of(model);
      List<Loss> parts =
          model
              .forward(SequenceTensors.of(batch, model.device()), items, Draws.NONE)
              .plain(items.table());
      Loss.total(parts).backward();
      parts.forEach(part -> found.put(part.name(), Ops.floats(part.value())));
    }
    parameters.forEach(
        (name, p) -> {
          if (p.grad().defined()) {
            found.put(name, Ops.floats(p.grad()));
          }
        });
    return found;
  }

  private static FeatureTable features(String modality, int width) {
    SplittableRandom random = new SplittableRandom(width);
    float[] values = new float[(ITEMS + 1) * width];
    for (int i = width; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FeatureTable(modality, "drawn", width, values);
  }
}
