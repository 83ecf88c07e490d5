package dev.horae.cli;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Moment;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.demo.Page;
import dev.horae.demo.Shop;
import dev.horae.encoder.TextOptions;
import dev.horae.eval.CountingMethod;
import dev.horae.eval.CountingModel;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.eval.Tables;
import dev.horae.features.Encoding;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions;
import dev.horae.run.Inputs;
import dev.horae.run.PermutationImportance;
import dev.horae.run.Presets;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Explanation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  horae demo --quick --out /tmp/shop"
    })
final class DemoCommand implements Callable<Integer> {

  private static final long SHOP_SEED = 7;
  private static final int STORIES = 3;
  private static final int TOP = 5;

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

  private PrintWriter print;

  @Override
  public Integer call() {
    print = spec.commandLine().getOut();
    long start = System.nanoTime();
    clear(out);
    say("1. A shop opens: products with texts and pictures, two years of purchases");
    Path shop = out.resolve("shop");
    Shop.generate(SHOP_SEED, quick ? Shop.Size.QUICK : Shop.Size.FULL).write(shop);
    print.println("   " + shop);

    say("2. horae prepare");
    Dataset dataset = prepare(shop);
    Map<String, Number> counts = dataset.manifest().counts();
    print.printf(
        Locale.ROOT,
        "   %,d users, %,d items, %,d events%n",
        counts.get("users").intValue(),
        counts.get("items").intValue(),
        counts.get("events").intValue());

    say("3. horae encode");
    Encoding.Options options =
        new Encoding.Options(
            "minilm",
            "descriptor",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            TextOptions.DEFAULT,
            false,
            false);
    for (Encoding.Part part : Encoding.run(dataset, options, Console.progress()).parts()) {
      print.printf(
          Locale.ROOT,
          "   %s: %,d of %,d items, %d values each%n",
          part.modality(),
          part.vectors(),
          part.items(),
          part.width());
    }

    say("4. horae train");
    List<String> settings =
        quick
            ? List.of("train.epochs=6", "train.batch_size=256", "train.learning_rate=0.002")
            : List.of("train.epochs=10", "train.batch_size=512", "train.learning_rate=0.002");
    Inputs inputs = Inputs.open(Presets.read(null, settings), dataset.directory());
    Training training = TrainCommand.training(inputs);
    RunDirectory run = RunDirectory.create(out.resolve("run"), inputs.config());
    RunReport report = TrainCommand.train(run, inputs, training, print);

    say("5. Against counting, and with one signal spoilt at a time (test items, all ranked)");
    List<Page.Row> rows =
        Workers.limited(inputs.config().train().workers(), () -> compare(run, inputs, report));
    print.print(table(rows));

    say("6. horae recommend --explain, for three users");
    List<Page.UserStory> stories = stories(run, inputs);
    Path page = out.resolve("demo.html");
    page(dataset, report, rows, stories, start).write(page);
    print.printf(
        Locale.ROOT, "%nthe page with the pictures: %s  (%.0f s in all)%n", page, seconds(start));
    print.flush();
    return 0;
  }

  private void say(String text) {
    print.println();
    print.println(text);
    print.flush();
  }

  /** Removes an earlier demo, and nothing else. */
  static void clear(Path out) {
    if (!Files.exists(out)) {
      return;
    }
    try (var entries = Files.list(out)) {
      for (Path entry : entries.sorted().toList()) {
        if (!ours(entry)) {
          throw new DataException(
              out
                  + ": holds '"
                  + entry.getFileName()
                  + "', which no demo wrote; choose another --out, nothing was touched");
        }
      }
    } catch (IOException e) {
      throw new DataException(out + ": is no folder that can be read; choose another --out", e);
    }
    try (var all = Files.walk(out)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new DataException(out + ": cannot be removed; choose another --out", e);
    }
  }

  /** By what lies inside: a folder named "run" may be anyone's. */
  private static boolean ours(Path entry) {
    return switch (entry.getFileName().toString()) {
      case "shop" -> Files.exists(entry.resolve("events.csv"));
      case "shop.part" -> Files.exists(entry.resolve("images")); // a demo was stopped there
      case "dataset" -> Files.exists(entry.resolve("dataset.json"));
      case "run" -> Files.exists(entry.resolve("run.yaml"));
      case "demo.html" -> true;
      default -> false;
    };
  }

  private Dataset prepare(Path shop) {
    PrepareOptions.Sources sources =
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(shop.resolve("events.csv")),
            List.of(shop.resolve("items.csv")),
            Optional.of(shop.resolve("images")),
            Map.of(),
            List.of());
    return Preparation.run(
        new PrepareOptions(
            sources,
            PrepareOptions.Protocol.PAPER,
            out.resolve("dataset"),
            PrepareOptions.DEFAULT_MEMORY),
        Console.progress());
  }

  private static List<Page.Row> compare(RunDirectory run, Inputs inputs, RunReport report) {
    List<Page.Row> rows = new ArrayList<>();
    Dataset dataset = inputs.dataset();
    rows.add(
        new Page.Row(
            "HM4SR",
            report.test().keySet().stream()
                .filter(DemoCommand::shown)
                .map(
                    name ->
                        new Page.Metric(
                            name,
                            report.test().get(name),
                            report.intervals().get(name).get(0),
                            report.intervals().get(name).get(1)))
                .toList()));
    for (Map.Entry<String, Ranking> spoilt :
        PermutationImportance.of(TrainedRun.open(run), dataset).entrySet()) {
      rows.add(row("HM4SR, " + spoilt.getKey(), spoilt.getValue().ranks()));
    }
    for (CountingMethod method : CountingMethod.values()) {
      CountingModel model = method.fit(dataset.histories(), dataset.catalogue().size());
      Ranking test = Ranking.of(model, dataset.histories(), Split.Part.TEST, Progress.SILENT);
      rows.add(row(method.id(), test.ranks()));
    }
    return rows;
  }

  private static Page.Row row(String model, int[] ranks) {
    return new Page.Row(
        model,
        Metrics.withIntervals(ranks, SHOP_SEED).stream()
            .filter(result -> shown(result.metric()))
            .map(r -> new Page.Metric(r.metric(), r.mean(), r.low(), r.high()))
            .toList());
  }

  private static boolean shown(String metric) {
    return List.of("ndcg@5", "ndcg@10", "mrr@10", "hit@10").contains(metric);
  }

  private static String table(List<Page.Row> rows) {
    List<String> header = new ArrayList<>(List.of(""));
    rows.get(0).metrics().forEach(metric -> header.add(metric.name()));
    header.add("95 % interval of " + rows.get(0).metrics().get(0).name());
    List<List<String>> cells = new ArrayList<>();
    for (Page.Row row : rows) {
      List<String> line = new ArrayList<>(List.of(row.model()));
      row.metrics().forEach(metric -> line.add(Reports.number(metric.mean())));
      Page.Metric first = row.metrics().get(0);
      line.add(Reports.number(first.low()) + " to " + Reports.number(first.high()));
      cells.add(line);
    }
    return Tables.render(header, cells);
  }

  private List<Page.UserStory> stories(RunDirectory run, Inputs inputs) {
    Dataset dataset = inputs.dataset();
    List<Page.UserStory> stories = new ArrayList<>();
    try (Recommender recommender = Recommender.open(run.path())) {
      DemoStories maker =
          new DemoStories(dataset, recommender, Path.of(dataset.manifest().images()));
      for (int i = 1; i <= STORIES; i++) { // spread over the users, not picked by how well it went
        int u = maker.userWithTestTarget(dataset.histories().users() * i / (STORIES + 1));
        int target = new Split(dataset.histories()).testTarget(u);
        Explanation explanation = maker.explain(u, TOP);
        print.printf(
            Locale.ROOT,
            "%nUser %s; next came \"%s\" on %s%n",
            dataset.users().get(u),
            dataset.catalogue().item(dataset.histories().items()[target]).title(),
            Moment.day(dataset.histories().times()[target]));
        print.print(Explanations.text(explanation, dataset.catalogue(), Console.columns()));
        stories.add(maker.story(u, explanation));
      }
    }
    return stories;
  }

  private Page page(
      Dataset dataset,
      RunReport report,
      List<Page.Row> rows,
      List<Page.UserStory> stories,
      long start) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("users", String.format(Locale.ROOT, "%,d", dataset.users().size()));
    facts.put("items", String.format(Locale.ROOT, "%,d", dataset.catalogue().size()));
    facts.put("events", String.format(Locale.ROOT, "%,d", dataset.histories().events()));
    facts.put("epochs", Integer.toString(report.epochs()));
    facts.put(
        "seconds per epoch",
        String.format(Locale.ROOT, "%.1f", report.throughput().get("seconds_per_epoch")));
    facts.put("seconds in all", String.format(Locale.ROOT, "%.0f", seconds(start)));
    return new Page(
        "A generated shop, recommended by HM4SR",
        "Every product, picture and purchase here is made up. A user's next purchase was held back;"
            + " each model ranks all products, and a higher figure is better. In the rows below the"
            + " first the same HM4SR has one signal spoilt: what it loses is what it had made of"
            + " it.",
        facts.entrySet().stream().map(f -> new Page.Fact(f.getKey(), f.getValue())).toList(),
        rows,
        stories);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
