package dev.horae.cli;

import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.eval.BeyondAccuracy;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.eval.WithBornLater;
import dev.horae.model.ModelConfig;
import dev.horae.page.Tables;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.Scorer;
import dev.horae.shell.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description = "Rank every user's held-out item among all items.",
    sortOptions = false,
    footer = {"", "Example:", "  horae evaluate runs/toys --split test"})
final class EvaluateCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "A directory that 'horae train' made.")
  Path run;

  @Option(
      names = "--split",
      defaultValue = "test",
      paramLabel = "valid|test",
      description = "Which held-out items. Default: ${DEFAULT-VALUE}.")
  String split;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Where the data set lies, when it was moved since training.")
  Path data;

  @Option(names = "--beyond-accuracy", description = Reports.BEYOND_ACCURACY)
  boolean beyondAccuracy;

  @Option(names = "--json", description = "Print JSON instead of a table.")
  boolean json;

  @Override
  public Integer call() {
    Split.Part part = part();
    RunDirectory directory = RunDirectory.open(run);
    Inputs inputs = Inputs.of(directory, data);
    TrainedRun trained = TrainedRun.open(directory);
    Dataset dataset = inputs.dataset();
    Optional<BeyondAccuracy.Lists> lists =
        beyondAccuracy
            ? Optional.of(
                new BeyondAccuracy.Lists(dataset.split(), part, dataset.catalogue().size()))
            : Optional.empty();
    Ranking ranking;
    Optional<WithBornLater> bornLater = Optional.empty();
    try (Scorer scorer = trained.scorer()) {
      ranking =
          Workers.limited(
              inputs.config().train().workers(),
              () ->
                  Ranking.of(
                      scorer,
                      dataset,
                      part,
                      Console.progress(),
                      lists.isPresent() ? lists.get() : (user, scores) -> {}));
      if (part == Split.Part.TEST) {
        bornLater = bornLater(scorer, inputs, ranking);
      }
    }
    Optional<BeyondAccuracy> beyond = lists.map(shown -> shown.measure(ranking));
    List<Metrics.Result> results = Metrics.withIntervals(ranking.ranks(), inputs.config().seed());
    Map<String, Double> masked = Metrics.means(ranking.maskedRanks());
    int cold = dataset.manifest().counts().getOrDefault("cold_items", 0).intValue();
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("model", inputs.config().model().name(trained.dataSpec()));
      all.put("split", split);
      all.put("cold_items_not_ranked", cold);
      all.put("users", ranking.users().length);
      all.put("metrics", results);
      all.put("masked", masked);
      all.put("tied_targets", ranking.tied());
      all.put("history_share_of_top_10", ranking.historyShare());
      bornLater.ifPresent(figures -> all.put("with_born_later", figures));
      beyond.ifPresent(figures -> all.put("beyond_accuracy", figures));
      print.println(Json.text(all));
    } else {
      print.println(table(ranking, results, masked));
      bornLater.ifPresent(figures -> print.print(Reports.bornLater(figures)));
      beyond.map(Reports::beyond).ifPresent(print::println);
      print.print(note(inputs.config().model()));
      if (part == Split.Part.VALID && inputs.config().model().fitsValidation()) {
        print.printf(
            Locale.ROOT,
            "%s is fitted to these targets: the figures are those of training%n",
            inputs.config().model().name());
      }
      if (cold > 0) {
        print.printf(Locale.ROOT, "cold items, which have no events, are not ranked: %,d%n", cold);
      }
    }
    print.flush();
    return 0;
  }

  private static Optional<WithBornLater> bornLater(Scorer scorer, Inputs inputs, Ranking test) {
    return Workers.limited(
        inputs.config().train().workers(),
        () -> WithBornLater.of(scorer, inputs.dataset(), test, Console.progress()));
  }

  /** {@return a line about what makes the figures too good, or nothing} */
  static String note(ModelConfig model) {
    return model
        .readsBeyondThePast()
        .map(
            what ->
                String.format(
                    Locale.ROOT,
                    "%s reads %s; what is served cannot know that, so the figures may be too"
                        + " good%n",
                    model.name(),
                    what))
        .orElse("");
  }

  private Split.Part part() {
    for (Split.Part part : List.of(Split.Part.VALID, Split.Part.TEST)) {
      if (part.name().toLowerCase(Locale.ROOT).equals(split)) {
        return part;
      }
    }
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "--split "
            + split
            + " is neither valid nor test"
            + Names.didYouMean(split, List.of("valid", "test")));
  }

  private String table(Ranking ranking, List<Metrics.Result> results, Map<String, Double> masked) {
    List<List<String>> rows = new ArrayList<>();
    for (Metrics.Result result : results) {
      rows.add(
          List.of(
              result.metric(),
              Reports.number(result.mean()),
              Reports.number(result.low()) + " to " + Reports.number(result.high()),
              Reports.number(RunReport.figure(masked, result.metric()))));
    }
    return String.format(Locale.ROOT, "%,d users, %s items%n", ranking.users().length, split)
        + Tables.render(List.of("metric", "mean", "95 % interval", "history masked"), rows)
        + Reports.diagnostics(ranking.historyShare(), ranking.tied());
  }
}
