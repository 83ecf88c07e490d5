package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.study.Ablation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "ablate",
    description = "Train a model without each of its parts, and test what each part is worth.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae ablate --data DATASET --out DIR [--model NAME] [--seeds N] [--workers N]",
      "                    [--quick] [--plan] [KEY=VALUE ...]"
    },
    footer = {
      "",
      "The rows are the model as it is, without each part that its paper names, and without text or"
          + " pictures where it reads them and the data set has them; every row is tested against"
          + " the first. Runs lie in DIR/runs/DATASET/ROW/seed-N and are resumed as those of 'horae"
          + " compare'; the tables are DIR/DATASET.md, .csv, .tex and .html.",
      "",
      "Exit code 4 says that a run failed; its row, and the table, are there all the same.",
      "",
      "Examples:",
      "  horae ablate --data toys --out ablation",
      "  horae ablate --data toys --model horae --seeds 1 --out first train.epochs=20"
    })
final class AblateCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Option(
      names = "--model",
      defaultValue = "hm4sr",
      paramLabel = "NAME",
      description = "Its preset, or else its defaults. Default: ${DEFAULT-VALUE}.")
  String model;

  @Mixin AblationOptions options;

  @Override
  public Integer call() {
    String chosen = Choices.model(model, spec);
    Dataset dataset = options.dataset();
    return options.run(Ablation.ofParts(dataset, chosen, options.settings(chosen)), dataset, spec);
  }
}
