package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.eval.CountingMethod;
import dev.horae.model.ModelConfig;
import dev.horae.run.Presets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** The names that options take, for help, completion and messages. */
final class Choices {

  private Choices() {}

  /** {@return the models that are trained, in alphabetical order} */
  static List<String> neural() {
    return List.copyOf(Names.choices(ModelConfig.class).keySet());
  }

  /** {@return the heuristic baselines, then the models that are trained} */
  static List<String> models() {
    List<String> names = new ArrayList<>();
    Arrays.stream(CountingMethod.values()).map(CountingMethod::id).forEach(names::add);
    names.addAll(neural());
    return names;
  }

  /** Refuses a heuristic baseline where a model with settings is wanted. */
  static void refuseHeuristic(String model) {
    if (models().contains(model) && !neural().contains(model)) {
      throw new ConfigException(
          List.of(
              "command line: "
                  + model
                  + " is a heuristic baseline and has no settings; models with settings are "
                  + String.join(", ", neural())));
    }
  }

  /** For picocli: {@link #models}. */
  static final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return models().iterator();
    }
  }

  /** For picocli: {@link #neural}. */
  static final class NeuralNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return neural().iterator();
    }
  }

  /** For picocli: {@link Presets#ALL}. */
  static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Presets.ALL.iterator();
    }
  }
}
