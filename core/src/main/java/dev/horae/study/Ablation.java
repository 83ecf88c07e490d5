package dev.horae.study;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.model.Hm4sr;
import dev.horae.model.ModelConfig;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One model against itself: without each of its parts, or with each way to read time. Every row is
 * tested against the first.
 *
 * @param what the heading begins with
 * @param model whose preset, or else defaults, all rows take
 * @param variants the rows; the first is the reference
 */
public record Ablation(String what, String model, List<Variant> variants) {

  /**
   * {@return the model as it is, then without each part that {@link ModelConfig#parts} names, and
   * without each kind of features that it reads and the data set has (Figure 3 of the HM4SR paper)}
   *
   * @param settings {@code key=value} of all rows
   */
  public static Ablation ofParts(Dataset dataset, String model, List<String> settings) {
    RunConfig config = Inputs.settle(Presets.of(model, settings), dataset);
    List<Variant> variants = new ArrayList<>(List.of(new Variant(model, List.of())));
    config
        .model()
        .parts()
        .forEach((part, without) -> variants.add(new Variant("without " + part, without)));
    for (String modality : config.tables().keySet()) {
      variants.add(new Variant("without " + modality, List.of(modality + "=none")));
    }
    if (variants.size() == 1) {
      throw new ConfigException(
          model
              + " has no part that can be left out, and reads no features of "
              + dataset.directory()
              + "; encode texts or pictures where it reads them, or ablate one of "
              + String.join(", ", withParts()));
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

  /**
   * {@return what is trained}
   *
   * @param seeds how many runs each row has, from the seed of the settings on
   * @param settings {@code key=value} of all rows
   * @param out where the runs lie, as {@code runs/DATASET/VARIANT/seed-N}
   */
  public Comparison.Subject subject(Dataset dataset, int seeds, List<String> settings, Path out) {
    Plan.settingsByModel(List.of(model), settings, Plan.DECIDED); // refuses what is not to be set
    Map<List<String>, Map<String, String>> inputs = new HashMap<>(); // hashing takes a while
    List<Comparison.Model> models = new ArrayList<>();
    for (Variant variant : variants) {
      List<String> own = Plan.over(model, settings, variant.settings());
      List<Run> runs = Run.bySeed(dataset, model, own, seeds, variant.folder(), out, inputs);
      models.add(
          new Comparison.Model(
              runs.stream().map(run -> run.named(variant.name())).toList(), List.of()));
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
