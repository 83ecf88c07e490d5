package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.prep.PreparedDataset;
import dev.horae.study.Ablation;
import dev.horae.study.Comparison;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** On what, how often and where to the rows of an ablation are trained. */
final class AblationOptions {

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "A directory that 'horae prepare' made; features are those of 'horae encode'.")
  Path data;

  @Mixin Repeats repeats;

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
    Comparison.Subject subject =
        ablation.subject(dataset, repeats.count(), settings(ablation.model()), out);
    return CompareCommand.run(List.of(subject), repeats.planOnly, atOnce.count(), out, spec);
  }

  Dataset dataset() {
    return PreparedDataset.open(data);
  }

  /** {@return the settings of all rows} */
  List<String> settings(String model) {
    return atOnce.share(repeats.settings(List.of(model), overrides));
  }
}
