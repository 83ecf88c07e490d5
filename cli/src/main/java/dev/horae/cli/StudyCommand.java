package dev.horae.cli;

import dev.horae.study.Ablation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "study",
    description = "Repeat an experiment of the HM4SR paper on data sets.",
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae study data --data DATASET ... --out DIR",
      "       horae study case --run RUN --run RUN [--user ID ...] [--data DATASET] --out DIR",
      "       horae study cost --data DATASET --out DIR [--models NAME,...] [--quick]",
      "       horae study time --data DATASET --out DIR [--seeds N] [--workers N] [--quick] [--plan]",
      "                        [KEY=VALUE ...]"
    },
    subcommands = {
      StudyDataCommand.class,
      StudyCaseCommand.class,
      StudyCostCommand.class,
      StudyCommand.Time.class
    })
final class StudyCommand {

  /** Section 5.5 of the paper. */
  @Command(
      name = "time",
      description = "Train HM4SR with each way to read time, and test them against both together.",
      sortOptions = false,
      synopsisHeading = "Usage: ",
      customSynopsis = {
        "horae study time --data DATASET --out DIR [--seeds N] [--workers N] [--quick] [--plan]",
        "                        [KEY=VALUE ...]"
      },
      footer = {
        "",
        "The rows are both (intervals and absolute time, the model as it is), interval, absolute,"
            + " day, day-of-year and cos: section 5.5 and Figure 5 of the paper. Runs lie in"
            + " DIR/runs/DATASET/ROW/seed-N and are resumed as those of 'horae compare'; the tables"
            + " are DIR/DATASET.md, .csv, .tex and .html.",
        "",
        "Example:",
        "  horae study time --data toys --out time"
      })
  static final class Time implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Mixin AblationOptions options;

    @Override
    public Integer call() {
      return options.run(Ablation.ofTime(), options.dataset(), spec);
    }
  }
}
