package dev.horae.demo;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.features.Encoding;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.Horae;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.run.Inputs;
import dev.horae.run.PermutationImportance;
import dev.horae.run.Presets;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.Scorer;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Explanation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A generated shop, all the way from raw events to explained recommendations. The steps are the
 * methods, in their order; the caller trains between {@link #inputs} and {@link #compare}.
 *
 * @param out where everything is written
 * @param quick a smaller shop and fewer epochs
 */
public record Demo(Path out, boolean quick, Progress progress) {

  private static final long SHOP_SEED = 7;
  private static final int STORIES = 3;
  private static final int TOP = 5;

  /**
   * A user as the page and the terminal tell of them.
   *
   * @param user number in the data set
   */
  public record Told(int user, Explanation explanation, DemoPage.UserStory story) {}

  /** Removes an earlier demo, and nothing else. */
  public void clear() {
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
    try (var entries = Files.list(out)) { // itself it may be a link
      for (Path entry : entries.toList()) {
        AtomicFiles.deleteTree(entry);
      }
    } catch (IOException e) {
      throw new DataException(out + ": cannot be removed; choose another --out", e);
    }
  }

  /** By what lies inside: a folder named "run" may be anyone's. */
  private static boolean ours(Path entry) {
    return switch (entry.getFileName().toString()) {
      case "shop" -> Files.exists(entry.resolve("events.csv"));
      case "shop.part" -> Files.exists(entry.resolve("images")); // a demo was stopped there
      case "dataset" ->
          Files.exists(entry.resolve("dataset.json"))
              || Files.exists(entry.resolve(".prepare")); // or there
      case "run" -> Files.exists(entry.resolve("run.yaml"));
      case "state" -> Files.exists(entry.resolve("horae.db")); // of the demo's server
      case "demo.html" -> true;
      default -> false;
    };
  }

  /** {@return the folder of the generated shop's raw files} */
  public Path openShop() {
    Path shop = out.resolve("shop");
    Shop.generate(SHOP_SEED, quick ? Shop.Size.QUICK : Shop.Size.FULL).write(shop);
    return shop;
  }

  /** {@return the prepared shop} */
  public Dataset prepare() {
    Path shop = out.resolve("shop");
    return Preparation.of(Format.CSV, shop.resolve("events.csv"))
        .items(shop.resolve("items.csv"))
        .images(shop.resolve("images"))
        .progress(progress)
        .into(out.resolve("dataset"));
  }

  /** {@return what texts and pictures became} */
  public List<Encoding.Part> encode(Dataset dataset) {
    Encoding.Options options = Encoding.Options.of("minilm", "descriptor");
    return Encoding.run(dataset, options, progress);
  }

  /** {@return settings and data of the run} */
  public Inputs inputs(Dataset dataset) {
    List<String> settings =
        quick
            ? List.of("train.epochs=6", "train.batch_size=256", "train.learning_rate=0.002")
            : List.of("train.epochs=10", "train.batch_size=512", "train.learning_rate=0.002");
    return Inputs.open(Presets.read(null, settings), dataset.directory());
  }

  /** {@return the directory of the run, new} */
  public RunDirectory run(Inputs inputs) {
    return RunDirectory.create(out.resolve("run"), inputs.config());
  }

  /**
   * {@return the run, the run with one signal permuted at a time, our model with the run as its
   * network, and heuristic baselines}
   */
  public static List<DemoPage.Row> compare(RunDirectory run, Inputs inputs, RunReport report) {
    return Workers.limited(inputs.config().train().workers(), () -> rows(run, inputs, report));
  }

  private static List<DemoPage.Row> rows(RunDirectory run, Inputs inputs, RunReport report) {
    Dataset dataset = inputs.dataset();
    List<DemoPage.Row> rows = new ArrayList<>();
    rows.add(
        new DemoPage.Row(
            "HM4SR",
            report.test().entrySet().stream()
                .filter(metric -> shown(metric.getKey()))
                .map(metric -> metric(metric.getKey(), metric.getValue(), report))
                .toList()));
    for (Map.Entry<String, Ranking> permuted :
        PermutationImportance.of(TrainedRun.open(run), dataset).entrySet()) {
      rows.add(row("HM4SR, " + permuted.getKey(), permuted.getValue().ranks()));
    }
    try (Horae horae =
        Horae.fit(
            (Horae.Config) Presets.of("horae", List.of()).model(),
            dataset.split(),
            dataset.catalogue(),
            inputs.features(),
            List.of(TrainedRun.open(run).scorer()))) {
      Ranking test = Ranking.of(horae, dataset, Split.Part.TEST, Progress.SILENT);
      rows.add(row("horae: the same HM4SR, counts and content", test.ranks()));
    }
    Histories training = dataset.split().training();
    for (HeuristicConfig heuristic : HeuristicConfig.defaults()) {
      try (Scorer scorer = heuristic.fit(training, dataset.catalogue().size())) {
        Ranking test = Ranking.of(scorer, dataset, Split.Part.TEST, Progress.SILENT);
        rows.add(row(heuristic.name(), test.ranks()));
      }
    }
    return rows;
  }

  private static DemoPage.Metric metric(String name, double mean, RunReport report) {
    List<Double> interval = Objects.requireNonNull(report.intervals().get(name)); // as in test()
    return new DemoPage.Metric(name, mean, interval.get(0), interval.get(1));
  }

  private static DemoPage.Row row(String model, int[] ranks) {
    return new DemoPage.Row(
        model,
        Metrics.withIntervals(ranks, SHOP_SEED).stream()
            .filter(result -> shown(result.metric()))
            .map(r -> new DemoPage.Metric(r.metric(), r.mean(), r.low(), r.high()))
            .toList());
  }

  private static boolean shown(String metric) {
    return List.of("ndcg@5", "ndcg@10", "mrr@10", "hit@10").contains(metric);
  }

  /** {@return some users, spread over all of them and not picked by how well it went} */
  public static List<Told> stories(RunDirectory run, Dataset dataset) {
    List<Told> told = new ArrayList<>();
    try (Recommender recommender = Recommender.open(run.path())) {
      Stories stories = new Stories(dataset, recommender, Path.of(dataset.manifest().images()));
      for (int i = 1; i <= STORIES; i++) {
        int u = stories.userWithTestTarget(dataset.histories().users() * i / (STORIES + 1));
        Explanation explanation = stories.explain(u, TOP);
        told.add(new Told(u, explanation, stories.story(u, explanation)));
      }
    }
    return told;
  }

  /**
   * Writes the page.
   *
   * @param seconds that everything took
   * @return the file
   */
  public Path write(
      Dataset dataset,
      RunReport report,
      List<DemoPage.Row> rows,
      List<Told> stories,
      double seconds) {
    Path file = out.resolve("demo.html");
    page(dataset, report, rows, stories.stream().map(Told::story).toList(), seconds).write(file);
    return file;
  }

  private static DemoPage page(
      Dataset dataset,
      RunReport report,
      List<DemoPage.Row> rows,
      List<DemoPage.UserStory> stories,
      double seconds) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("users", String.format(Locale.ROOT, "%,d", dataset.users().size()));
    facts.put("items", String.format(Locale.ROOT, "%,d", dataset.catalogue().size()));
    facts.put("events", String.format(Locale.ROOT, "%,d", dataset.histories().events()));
    facts.put("epochs", Integer.toString(report.epochs()));
    facts.put(
        "seconds per epoch",
        String.format(Locale.ROOT, "%.1f", report.throughput().get("seconds_per_epoch")));
    facts.put("seconds in all", String.format(Locale.ROOT, "%.0f", seconds));
    return new DemoPage(
        "A generated shop, recommended by HM4SR",
        "Every product, picture and purchase here is made up. A user's next purchase was held back;"
            + " each model ranks all products, and a higher figure is better. In the rows below the"
            + " first the same HM4SR has one signal permuted: what it loses is what it had made of"
            + " it. The row of horae adds counts and content to it.",
        facts.entrySet().stream().map(f -> new DemoPage.Fact(f.getKey(), f.getValue())).toList(),
        rows,
        stories);
  }
}
