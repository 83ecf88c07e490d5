package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import dev.horae.data.Resources;
import dev.horae.model.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings with a name: YAML files under {@code presets/} that anyone can read and copy. One that
 * is named like a model is that model's best documented setting, which {@code horae compare} takes.
 */
public final class Presets {

  private static final String FOLDER = "/dev/horae/presets/";

  /** All names, in alphabetical order: a folder in a jar of jars cannot be listed. */
  public static final List<String> ALL =
      List.of(
          "core",
          "dif-sr",
          "fearec",
          "fearec-recbole-default",
          "gru4rec",
          "hm4sr-official",
          "hm4sr-paper",
          "iisan",
          "lrurec",
          "m3srec",
          "missrec",
          "nova",
          "tedrec",
          "ticoserec",
          "tisasrec",
          "unisrec");

  private Presets() {}

  /**
   * {@return the settings of a preset, or of a model with its defaults where no preset has its
   * name}
   *
   * @param overrides {@code key=value}
   */
  public static RunConfig of(String name, List<String> overrides) {
    if (ALL.contains(name)) {
      return read(name, overrides);
    }
    Set<String> models = Names.choices(ModelConfig.class).keySet();
    if (!models.contains(name)) {
      Set<String> known = new TreeSet<>(ALL);
      known.addAll(models);
      throw new ConfigException(
          name
              + " is neither a model nor a preset; there are "
              + String.join(", ", known)
              + Names.didYouMean(name, known));
    }
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    all.addAll(overrides);
    return read(null, all);
  }

  /**
   * @param config a file, the name of a preset, or null for the defaults
   * @param overrides {@code key=value}
   */
  public static RunConfig read(@Nullable String config, List<String> overrides) {
    if (config == null) {
      return ConfigReader.read(null, overrides, RunConfig.class);
    }
    if (ALL.contains(config)) {
      return ConfigReader.read(
          "presets/" + config + ".yaml", text(config), overrides, RunConfig.class);
    }
    if (!Files.exists(Path.of(config))) {
      throw new ConfigException(
          "``settings``: ``config`` "
              + config
              + " is neither a file nor a preset; presets are "
              + String.join(", ", ALL)
              + Names.didYouMean(config, ALL));
    }
    return ConfigReader.read(Path.of(config), overrides, RunConfig.class);
  }

  private static String text(String name) {
    return Resources.text(Presets.class, FOLDER + name + ".yaml");
  }
}
