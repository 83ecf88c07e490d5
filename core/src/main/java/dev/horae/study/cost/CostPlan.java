package dev.horae.study.cost;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.model.NetworkConfig;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What is to be measured: each size of each model alone, from a quarter to four times of what the
 * data and the model's preset have.
 *
 * @param widths values per item of each feature table, by modality
 * @param seconds to measure each, about
 * @param bases of each model, in order
 * @param points without repeats; the base of a model is one of them
 */
public record CostPlan(
    Map<String, Integer> widths, double seconds, Map<String, Sizes> bases, List<Point> points) {

  private static final double[] FACTORS = {0.25, 0.5, 1, 2, 4};
  private static final double[] QUICK_FACTORS = {0.5, 1, 2};
  private static final double SECONDS = 6;
  private static final double QUICK_SECONDS = 0.5;
  private static final String WIDTH = "model.hidden_size";
  private static final String INNER = "model.inner_size";
  private static final int FEWEST_ITEMS = 200;

  /** One measurement. */
  public record Point(String model, Sizes sizes) {

    /** {@return where its result lies} */
    public String file() {
      return String.format(
          Locale.ROOT,
          "%s-items-%d-length-%d-width-%d-experts-%d-batch-%d.json",
          model,
          sizes.items(),
          sizes.length(),
          sizes.width(),
          sizes.experts(),
          sizes.batch());
    }

    /** {@return the settings over the model's preset} */
    public List<String> settings() {
      Map<String, String> preset = values(model);
      List<String> settings = new ArrayList<>();
      if (sizes.width() > 0) {
        settings.add(WIDTH + "=" + sizes.width());
        if (preset.containsKey(INNER)) { // as wide beside it as it was
          settings.add(
              INNER
                  + "="
                  + Math.multiplyExact(sizes.width(), number(preset, INNER))
                      / number(preset, WIDTH));
        }
      }
      experts(preset).forEach(key -> settings.add(key + "=" + sizes.experts()));
      settings.add("train.batch_size=" + sizes.batch());
      settings.add("train.workers=1"); // how work grows, not how it is shared
      settings.add("device=cpu");
      return settings;
    }
  }

  /**
   * @param items of the data
   * @param length most events of a history that a model sees
   * @param quick a smaller base and three values of each size, to see whether all works
   * @throws ConfigException naming all models that are no networks
   */
  public static CostPlan of(
      List<String> models, int items, int length, Map<String, Integer> widths, boolean quick) {
    List<String> problems = new ArrayList<>();
    for (String model : models) {
      if (!(Presets.of(model, List.of()).model() instanceof NetworkConfig)) {
        problems.add(
            "``models``: %s is no network, which has no steps to measure; leave it out"
                .formatted(model));
      }
    }
    ConfigException.throwIfAny(problems);
    Map<String, Sizes> bases = new LinkedHashMap<>();
    Set<Point> points = new LinkedHashSet<>();
    for (String model : models) {
      Map<String, String> preset = values(model);
      RunConfig config = Presets.of(model, List.of());
      Sizes base =
          new Sizes(
              Math.max(FEWEST_ITEMS, quick ? Math.min(items, 2_000) : items),
              Math.max(8, quick ? Math.min(length, 16) : length),
              preset.containsKey(WIDTH) ? quick ? 32 : number(preset, WIDTH) : 0,
              experts(preset).isEmpty() ? 0 : number(preset, experts(preset).get(0)),
              quick ? 128 : config.train().batchSize());
      bases.put(model, base);
      points.add(new Point(model, base));
      for (Dimension dimension : Dimension.values()) {
        sizes(base, dimension, quick)
            .forEach(size -> points.add(new Point(model, base.with(dimension, size))));
      }
    }
    return new CostPlan(
        Map.copyOf(widths), quick ? QUICK_SECONDS : SECONDS, bases, List.copyOf(points));
  }

  private static List<Integer> sizes(Sizes base, Dimension dimension, boolean quick) {
    Set<Integer> sizes = new LinkedHashSet<>();
    for (double factor : quick ? QUICK_FACTORS : FACTORS) {
      int size = (int) Math.round(factor * base.of(dimension));
      int least = dimension == Dimension.EXPERTS ? 2 : 4; // one expert is none
      if (size >= least) {
        sizes.add(size);
      }
    }
    return List.copyOf(sizes);
  }

  private static Map<String, String> values(String model) {
    return ConfigWriter.values(Presets.of(model, List.of()));
  }

  private static List<String> experts(Map<String, String> preset) {
    return preset.entrySet().stream()
        .filter(setting -> setting.getKey().startsWith("model."))
        .filter(setting -> setting.getKey().endsWith("experts"))
        .filter(setting -> setting.getValue().matches("\\d+"))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int number(Map<String, String> preset, String key) {
    return Integer.parseInt(preset.getOrDefault(key, "0"));
  }
}
