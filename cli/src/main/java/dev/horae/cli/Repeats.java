package dev.horae.cli;

import dev.horae.study.Plan;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How many runs each row of a table has, and whether they are for figures, or made at all. */
final class Repeats {

  private static final int USUAL_SEEDS = 3;
  private static final int QUICK_EPOCHS = 3;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many runs each row has, with the seed of its settings (2025 where a preset has no"
              + " other), the next one, and so on. Default: 3; 1 with --quick.")
  Integer seeds;

  @Option(
      names = "--quick",
      description =
          "One seed, and three epochs where nothing else is said: to see whether all works, not"
              + " for figures.")
  boolean quick;

  @Option(
      names = "--plan",
      description =
          "Train nothing: measure a few steps of each row, and say how long its runs will take at"
              + " most, and how much memory.")
  boolean planOnly;

  /** {@return the number that was asked for} */
  int count() {
    return CompareCommand.positive(seeds != null ? seeds : quick ? 1 : USUAL_SEEDS, spec);
  }

  /** {@return the settings of all rows, as {@link #settings(boolean, List, List)}} */
  List<String> settings(List<String> models, List<String> overrides) {
    return settings(quick, models, overrides);
  }

  /**
   * {@return the settings of all runs; what was asked for is stronger than what quick says}
   *
   * @param models of the runs; what only counts has no epochs
   */
  static List<String> settings(boolean quick, List<String> models, List<String> overrides) {
    List<String> all = new ArrayList<>();
    if (quick && Plan.trainsAny(models, overrides)) {
      all.add("train.epochs=" + QUICK_EPOCHS);
    }
    all.addAll(overrides);
    return all;
  }
}
