package dev.horae.cli;

import dev.horae.config.Names;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.Horae;
import dev.horae.model.NetworkConfig;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The names that options take, for help, completion and messages. */
final class Choices {

  /** In place of names: every model. */
  static final String ALL = "all";

  private Choices() {}

  /** {@return the heuristic baselines, our own model, then the networks} */
  static List<String> models() {
    List<String> names = new ArrayList<>();
    HeuristicConfig.defaults().forEach(heuristic -> names.add(heuristic.name()));
    names.add(Names.choice(Horae.Config.class));
    names.addAll(Names.choices(NetworkConfig.class).keySet());
    return names;
  }

  /**
   * {@return the models that were asked for, each once; {@code all} is all of them}
   *
   * @param option that names them, such as {@code --models}
   * @throws ParameterException when there is no such model
   */
  static List<String> models(List<String> asked, String option, CommandSpec spec) {
    if (asked.equals(List.of(ALL))) {
      return models();
    }
    require(asked, option, "all, or some of ", spec);
    return List.copyOf(new LinkedHashSet<>(asked));
  }

  /**
   * {@return the one model that was asked for}
   *
   * @throws ParameterException when there is no such model
   */
  static String model(String asked, CommandSpec spec) {
    require(List.of(asked), "--model", "one of ", spec);
    return asked;
  }

  private static void require(List<String> asked, String option, String choice, CommandSpec spec) {
    List<String> unknown = asked.stream().filter(model -> !models().contains(model)).toList();
    if (!unknown.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          option
              + ": there is no model "
              + unknown.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "))
              + "; use "
              + choice
              + String.join(", ", models())
              + unknown.stream()
                  .map(name -> Names.didYouMean(name, models()))
                  .collect(Collectors.joining()));
    }
  }

  /** For picocli: {@link #models}. */
  static final class ModelNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return models().iterator();
    }
  }
}
