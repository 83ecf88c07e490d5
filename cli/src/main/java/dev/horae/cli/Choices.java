package dev.horae.cli;

import dev.horae.config.Names;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.Horae;
import dev.horae.model.NetworkConfig;
import dev.horae.run.Presets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The names that options take, for help, completion and messages. */
final class Choices {

  private Choices() {}

  /** {@return the heuristic baselines, our own model, then the networks} */
  static List<String> models() {
    List<String> names = new ArrayList<>();
    HeuristicConfig.defaults().forEach(heuristic -> names.add(heuristic.name()));
    names.add(Names.choice(Horae.Config.class));
    names.addAll(Names.choices(NetworkConfig.class).keySet());
    return names;
  }

  /** For picocli: {@link #models}. */
  static final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return models().iterator();
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
