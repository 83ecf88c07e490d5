package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.prep.PreparedDataset;
import dev.horae.study.Ablation;
import dev.horae.study.Comparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** On what, how often and where to the rows of an ablation are trained. */
final class AblationOptions {

  private static final int USUAL_SEEDS = 3;
  private static final int QUICK_EPOCHS = 3;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "A directory that 'horae prepare' made; features are those of 'horae encode'.")
  Path data;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many runs each row has, with the seeds 2025, 2026 and so on. Default: 3; 1 with"
              + " --quick.")
  Integer seeds;

  @Option(
      names = "--quick",
      description =
          "One seed, and three epochs where nothing else is said: to see whether all works, not"
              + " for figures.")
  boolean quick;

  @Mixin RunsAtOnce atOnce;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where runs and tables are written; one that is there is continued.")
  Path out;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings of all rows over those of the preset, such as train.epochs=20.")
  List<String> overrides = List.of();

  /** Trains an ablation's runs, after saying what they are; {@return the exit code} */
  int run(Ablation ablation, Dataset dataset, CommandSpec spec) {
    Comparison.Subject subject = ablation.subject(dataset, count(spec), settings(), out);
    return CompareCommand.run(List.of(subject), atOnce.count(), out, spec);
  }

  Dataset dataset() {
    return PreparedDataset.open(data);
  }

  /** {@return the settings of all rows; what was asked for is stronger than what quick says} */
  List<String> settings() {
    List<String> all = new ArrayList<>();
    if (quick) {
      all.add("train.epochs=" + QUICK_EPOCHS);
    }
    all.addAll(overrides);
    return atOnce.share(all);
  }

  private int count(CommandSpec spec) {
    return CompareCommand.positive(seeds != null ? seeds : quick ? 1 : USUAL_SEEDS, spec);
  }
}
