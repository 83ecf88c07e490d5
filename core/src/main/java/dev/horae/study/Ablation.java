package dev.horae.study;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.model.Hm4sr;
import dev.horae.model.ModelConfig;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One model against itself: without each of its parts, or with each way to read time. Every row is
 * tested against the first.
 *
 * @param what the heading begins with
 * @param model whose preset, or else defaults, all rows take
 * @param variants the rows; the first is the reference
 */
public record Ablation(String what, String model, List<Variant> variants) {

  private static final Set<String> DECIDED = Set.of("seed", "tie_seed", "model.type", "data");

  /**
   * {@return the model as it is, then without each part that {@link ModelConfig#parts} names, and
   * without each kind of features that it reads and the data set has (Figure 3 of the HM4SR paper)}
   *
   * @param settings {@code key=value} of all rows
   */
  public static Ablation ofParts(Path data, String model, List<String> settings) {
    RunConfig config = settled(data, model, settings);
    List<Variant> variants = new ArrayList<>(List.of(new Variant(model, List.of())));
    config
        .model()
        .parts()
        .forEach((part, without) -> variants.add(new Variant("without " + part, without)));
    Map<String, String> features = Map.of("text", config.text(), "image", config.image());
    for (String modality : List.of("text", "image")) {
      if (config.model().modalities().contains(modality)
          && !"none".equals(features.get(modality))) {
        variants.add(new Variant("without " + modality, List.of(modality + "=none")));
      }
    }
    if (variants.size() == 1) {
      throw new ConfigException(
          List.of(
              model
                  + " has no part that can be left out, and reads no features of "
                  + data
                  + "; encode texts or pictures where it reads them, or ablate one of "
                  + String.join(", ", withParts())));
    }
    return new Ablation("Ablation of " + model, model, variants);
  }

  /** {@return HM4SR with each way to read time (section 5.5, Figure 5 of its paper)} */
  public static Ablation ofTime() {
    List<Variant> variants = new ArrayList<>();
    for (Hm4sr.Time time :
        List.of(
            Hm4sr.Time.BOTH,
            Hm4sr.Time.INTERVAL,
            Hm4sr.Time.ABSOLUTE,
            Hm4sr.Time.DAY,
            Hm4sr.Time.DAY_OF_YEAR,
            Hm4sr.Time.COS)) {
      String name = time.name().toLowerCase(Locale.ROOT).replace('_', '-');
      variants.add(new Variant(name, List.of("model.time=" + name)));
    }
    return new Ablation("How hm4sr reads time", "hm4sr", variants);
  }

  private static List<String> withParts() {
    return Names.choices(ModelConfig.class).keySet().stream()
        .filter(name -> !Presets.of(name, List.of()).model().parts().isEmpty())
        .toList();
  }

  private static RunConfig settled(Path data, String model, List<String> settings) {
    return Inputs.settle(Presets.of(model, settings), PreparedDataset.open(data));
  }

  /**
   * {@return what is trained}
   *
   * @param seeds how many runs each row has, from the seed of the settings on
   * @param settings {@code key=value} of all rows
   * @param out where the runs lie, as {@code runs/DATASET/VARIANT/seed-N}
   */
  public Comparison.Subject subject(Path data, int seeds, List<String> settings, Path out) {
    Plan.settingsByModel(List.of(model), settings, DECIDED); // refuses what is not to be set
    Dataset dataset = PreparedDataset.open(data);
    Map<List<String>, Map<String, String>> inputs = new HashMap<>(); // hashing takes a while
    List<Comparison.Model> models = new ArrayList<>();
    for (Variant variant : variants) {
      List<String> own = new ArrayList<>(settings);
      own.addAll(variant.settings());
      RunConfig preset = Presets.of(model, own);
      List<Run> runs = new ArrayList<>();
      for (int i = 0; i < (preset.model().seeded() ? seeds : 1); i++) {
        runs.add(
            Run.of(dataset, model, own, preset.seed() + i, 0, variant.folder(), out, inputs)
                .named(variant.name()));
      }
      models.add(new Comparison.Model(runs, List.of()));
    }
    return new Comparison.Subject(
        what,
        variants.get(0).name(),
        dataset,
        List.of(),
        models,
        List.of(),
        String.join("; ", variants.stream().map(Variant::text).toList()) + ".",
        false,
        models.get(0).runs().get(0).config().train().workers());
  }
}
