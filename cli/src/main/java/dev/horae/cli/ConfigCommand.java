package dev.horae.cli;

import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.run.Presets;
import dev.horae.shell.TrainingArguments;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "config",
    description = "Print a model's complete configuration as commented YAML.",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  horae config hm4sr > run.yaml",
      "  horae config hm4sr --preset hm4sr-official train.epochs=40"
    })
final class ConfigCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "One of ${COMPLETION-CANDIDATES}.",
      completionCandidates = Choices.ModelNames.class)
  String model;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Settings over the defaults, such as model.beta=0.2.")
  List<String> overrides = List.of();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Start from a preset: ${COMPLETION-CANDIDATES}.",
      completionCandidates = TrainingArguments.PresetNames.class)
  String preset;

  @Override
  public Integer call() {
    if (preset != null) {
      requirePreset();
    }
    List<String> all = new ArrayList<>(List.of("model.type=" + model));
    all.addAll(overrides);
    PrintWriter out = spec.commandLine().getOut();
    out.print(ConfigWriter.commented(Presets.read(preset, all)));
    out.flush();
    return 0;
  }

  private void requirePreset() {
    if (!Presets.ALL.contains(preset)) {
      throw refusal(
          "--preset %s is none; use one of %s%s"
              .formatted(
                  preset, String.join(", ", Presets.ALL), Names.didYouMean(preset, Presets.ALL)));
    }
    String owner = Presets.of(preset, List.of()).model().name();
    if (!owner.equals(model)) {
      throw refusal(
          "--preset %s is one of %s and not of %s; 'horae models' lists those of each model"
              .formatted(preset, owner, model));
    }
  }

  private ParameterException refusal(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
