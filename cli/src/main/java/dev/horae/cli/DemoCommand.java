package dev.horae.cli;

import dev.horae.config.ConfigReader;
import dev.horae.data.Dataset;
import dev.horae.data.Moment;
import dev.horae.demo.Demo;
import dev.horae.demo.DemoPage;
import dev.horae.features.Encoding;
import dev.horae.http.ServeConfig;
import dev.horae.page.Tables;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.Training;
import dev.horae.shell.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    description =
        "Make up a shop, and go all the way from its raw events to explained recommendations.",
    sortOptions = false,
    footer = {
      "",
      "The shop is generated: texts, pictures, return intervals and seasons each carry a part of"
          + " what decides the next purchase, so the table shows whether HM4SR finds it.",
      "",
      "Example:",
      "  horae demo --quick --out /tmp/shop",
      "  horae demo --quick --serve"
    })
final class DemoCommand implements Callable<Integer> {

  private static final int USUAL_PORT = 8080;

  @Spec CommandSpec spec;

  @Option(names = "--quick", description = "A smaller shop and fewer epochs: under a minute.")
  boolean quick;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "horae-demo",
      description =
          "Where everything is written; an earlier demo is replaced. Default: ${DEFAULT-VALUE}.")
  Path out;

  @Option(
      names = "--serve",
      description = "Then serve the shop, with a console, until this is stopped.")
  boolean serve;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Where --serve listens. Default: " + USUAL_PORT + ".")
  Integer port;

  @Override
  public Integer call() {
    if (port != null && !serve) {
      throw new ParameterException(
          spec.commandLine(), "--port goes with --serve: nothing listens without it");
    }
    ServeConfig serving = serving();
    long start = System.nanoTime();
    Demo demo = new Demo(out, quick, Console.progress());
    demo.clear();
    say("1. A shop opens: products with texts and pictures, two years of purchases");
    print().println("   " + demo.openShop());

    say("2. horae prepare");
    Dataset dataset = demo.prepare();
    print()
        .printf(
            Locale.ROOT,
            "   %,d users, %,d items, %,d events%n",
            dataset.users().size(),
            dataset.catalogue().size(),
            dataset.histories().events());

    say("3. horae encode");
    for (Encoding.Part part : demo.encode(dataset)) {
      print()
          .printf(
              Locale.ROOT,
              "   %s: %,d of %,d items, %d values each%n",
              part.modality(),
              part.vectors(),
              part.items(),
              part.width());
    }

    say("4. horae train");
    Inputs inputs = demo.inputs(dataset);
    Training training = TrainCommand.training(inputs);
    RunDirectory run = demo.run(inputs);
    RunReport report = TrainCommand.train(run, inputs, training, print());

    say("5. Against heuristic baselines, and with one signal permuted at a time (test items)");
    List<DemoPage.Row> rows = Demo.compare(run, inputs, report);
    print().print(table(rows));

    say("6. horae recommend --explain, for three users");
    List<Demo.Told> stories = Demo.stories(run, inputs.dataset());
    stories.forEach(told -> print(told, inputs.dataset()));
    double seconds = (System.nanoTime() - start) / 1e9;
    Path page = demo.write(dataset, report, rows, stories, seconds);
    print()
        .printf(Locale.ROOT, "%nthe page with the pictures: %s  (%.0f s in all)%n", page, seconds);
    print().flush();
    if (serve) {
      say("7. horae serve");
      Serving.serve(serving, run.path(), print());
    }
    return 0;
  }

  private ServeConfig serving() {
    return ConfigReader.read(
        null,
        List.of(
            "port=" + (port == null ? USUAL_PORT : port),
            "metrics_port=-1",
            "log=",
            "state=" + out.resolve("state")),
        ServeConfig.class);
  }

  private void say(String text) {
    print().println();
    print().println(text);
    print().flush();
  }

  private static String table(List<DemoPage.Row> rows) {
    List<String> header = new ArrayList<>(List.of(""));
    rows.get(0).metrics().forEach(metric -> header.add(metric.name()));
    header.add("95 % interval of " + rows.get(0).metrics().get(0).name());
    List<List<String>> cells = new ArrayList<>();
    for (DemoPage.Row row : rows) {
      List<String> line = new ArrayList<>(List.of(row.model()));
      row.metrics().forEach(metric -> line.add(Reports.number(metric.mean())));
      DemoPage.Metric first = row.metrics().get(0);
      line.add(Reports.number(first.low()) + " to " + Reports.number(first.high()));
      cells.add(line);
    }
    return Tables.render(header, cells);
  }

  private void print(Demo.Told told, Dataset dataset) {
    int target = dataset.split().testTarget(told.user());
    print()
        .printf(
            Locale.ROOT,
            "%nUser %s; next came \"%s\" on %s%n",
            dataset.users().get(told.user()),
            dataset.catalogue().item(dataset.histories().items()[target]).title(),
            Moment.day(dataset.histories().times()[target]));
    print().print(TableAnswers.text(told.explanation(), dataset.catalogue(), Console.columns()));
  }

  private PrintWriter print() {
    return spec.commandLine().getOut();
  }
}
