package dev.horae.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Split;
import dev.horae.eval.Metrics;
import dev.horae.eval.WithBornLater;
import dev.horae.page.Numbers;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import dev.horae.run.Inputs;
import dev.horae.run.MemoryEstimate;
import dev.horae.run.Presets;
import dev.horae.run.Provenance;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one training run found: its test figures, how it learnt, whom it serves, what it cost, and
 * some of its users. The data set is asked for what only the events say.
 */
public final class RunFindings {

  private static final String NDCG = "ndcg@10";
  private static final int[] LENGTHS = {1, 5, 10, 20, 50};
  private static final int[] POPULARITY = {0, 1, 5, 10, 20, 50, 100, 200};
  private static final int[] RANKS = {1, 2, 6, 11, 21, 51, 101, 1_001};
  private static final List<String> BOTH = List.of("un-masked", "masked");

  /** Settings that say on what, which is said beside the table of settings. */
  private static final Set<String> READ = Set.of("data", "text", "image");

  private final RunDirectory directory;
  private final TrainedRun run;
  private final Optional<RunReport> report;
  private final List<Block> blocks = new ArrayList<>();

  private RunFindings(RunDirectory directory) {
    this.directory = directory;
    run = TrainedRun.open(directory);
    report = directory.report();
  }

  /**
   * {@return the findings of a run that has begun}
   *
   * @param moved where its data set lies now; null where it lay. When it is not there, what needs
   *     it is left out
   * @param command that trains it again
   */
  public static Findings of(RunDirectory directory, @Nullable Path moved, String command) {
    return new RunFindings(directory).findings(moved, command);
  }

  private Findings findings(@Nullable Path moved, String command) {
    RunConfig config = run.config();
    report.ifPresent(this::test);
    training();
    if (report.isPresent()) {
      if (moved != null || Files.exists(Path.of(config.data()))) {
        users(Inputs.of(directory, moved).dataset());
      } else {
        blocks.add(
            Text.of(
                "How users with short and long histories are served, ranks and examples are left"
                    + " out: they need the data set, which is no longer at "
                    + config.data()
                    + "."));
      }
    }
    settings();
    cost();
    provenance();
    String name = report.map(RunReport::model).orElse(config.model().name());
    String data = Path.of(config.data()).getFileName().toString();
    return new Findings(
        name + " on " + data + ", seed " + config.seed(), lead(), origin(data, command), blocks);
  }

  private String lead() {
    return report
        .map(
            it ->
                "Test NDCG@10 %s, %s with history masked, among %s."
                    .formatted(
                        Numbers.fixed(RunReport.figure(it.test(), NDCG), 4),
                        Numbers.fixed(RunReport.figure(it.maskedTest(), NDCG), 4),
                        Numbers.count(run.catalogue().size(), "item")))
        .orElseGet(
            () ->
                "Not at its end: "
                    + Numbers.count(directory.epochs(), "epoch")
                    + " of at most "
                    + run.config().train().epochs()
                    + " done.");
  }

  /** How it was made, which may be elsewhere. */
  private Origin origin(String data, String command) {
    Provenance made = run.provenance();
    return new Origin(
        command,
        List.of(data),
        protocol().getOrDefault("split", "").replaceFirst(":.*", "")
            + ", equal times: "
            + protocol().getOrDefault("equal_times", "file"),
        List.of(run.config().seed()),
        "Horae " + made.horae(),
        "%s, %s, %s, libtorch %s, %s"
            .formatted(
                made.system(),
                Numbers.count(made.cores(), "core"),
                made.java(),
                made.libtorch(),
                made.device()),
        made.made());
  }

  /** {@return what makes a run's settings of the defaults, as {@code KEY=VALUE}} */
  public static List<String> settings(RunConfig config) {
    List<String> settings = new ArrayList<>(List.of("model.type=" + config.model().name()));
    ConfigWriter.changed(config, defaults(config))
        .forEach(
            (key, value) -> {
              if (!key.equals("data")) {
                settings.add(key + "=" + value);
              }
            });
    return settings;
  }

  private static RunConfig defaults(RunConfig config) {
    return Presets.read(null, List.of("model.type=" + config.model().name()));
  }

  private Map<String, String> protocol() {
    Map<String, String> rules = new TreeMap<>();
    Json.read(directory.file("protocol.json"), JsonNode.class)
        .properties()
        .forEach(
            rule -> {
              if (rule.getValue().isValueNode()) {
                rules.put(rule.getKey(), rule.getValue().asText());
              }
            });
    return rules;
  }

  private void test(RunReport it) {
    blocks.add(new Heading("Test"));
    @Nullable WithBornLater later = it.withBornLater();
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.of("metric"),
                Column.of("un-masked", 4),
                Column.of("low", 4),
                Column.of("high", 4),
                Column.of("masked", 4)));
    if (later != null) {
      columns.add(Column.of("with items born later", 4));
      columns.add(Column.of("masked, with these", 4));
    }
    columns.add(
        Column.of(
            directory.config().model().fitsValidation() ? "validation, fitted to" : "validation",
            4));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (String metric : Metrics.SHOWN) {
      List<Double> interval = RunReport.figure(it.intervals(), metric);
      List<@Nullable Object> row = new ArrayList<>();
      row.add(label(metric));
      row.add(RunReport.figure(it.test(), metric));
      row.addAll(interval);
      row.add(RunReport.figure(it.maskedTest(), metric));
      if (later != null) {
        row.add(RunReport.figure(later.test(), metric));
        row.add(RunReport.figure(later.maskedTest(), metric));
      }
      row.add(RunReport.figure(it.valid(), metric));
      rows.add(row);
    }
    double share = RunReport.figure(it.diagnostics(), "history_share_of_top_10");
    blocks.add(
        new Table(
            "Test figures",
            columns,
            rows,
            "Un-masked: items of the history compete, as in the paper. Low and high: 95 %"
                + " bootstrap interval over users. "
                + Numbers.percent(share)
                + " % of the ten best items are of the history; the scores of "
                + Numbers.count(
                    Math.round(RunReport.figure(it.diagnostics(), "tied_targets")), "target")
                + " tie with another item's."));
  }

  private static String label(String metric) {
    return metric.startsWith("hit")
        ? metric.replace("hit", "Hit")
        : metric.toUpperCase(Locale.ROOT);
  }

  private void training() {
    List<String> names = directory.figureNames();
    if (names.isEmpty()) {
      return; // it only counts
    }
    blocks.add(new Heading("Training"));
    blocks.add(
        Text.of(
            report
                .map(
                    it ->
                        "The weights are those of epoch %s, the best of %s by validation NDCG@20 (%s)."
                            .formatted(
                                it.bestEpoch(),
                                it.epochs(),
                                Numbers.fixed(RunReport.figure(it.valid(), "ndcg@20"), 4)))
                .orElse("It has not ended, and can be gone on with.")));
    curve("Validation by epoch", "metric", "value", "valid_", names, 4);
    curve("Loss by epoch", "loss", "mean", "loss_", names, 4);
  }

  private void curve(
      String title, String what, String value, String prefix, List<String> names, int digits) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (String name : names.stream().filter(some -> some.startsWith(prefix)).toList()) {
      String shown = name.substring(prefix.length());
      for (RunDirectory.Figure figure : directory.figures(name)) {
        rows.add(
            Arrays.asList(
                figure.epoch(), shown.contains("@") ? label(shown) : shown, figure.value()));
      }
    }
    if (!rows.isEmpty()) {
      List<Column> columns = List.of(Column.of("epoch"), Column.of(what), Column.of(value, digits));
      blocks.add(
          Chart.of(Chart.Mark.LINE, new Table(title, columns, rows, ""), "epoch", value).by(what));
    }
  }

  // ---- what only the data set says

  private void users(Dataset dataset) {
    Split split = dataset.split();
    int[] users = split.testUsers();
    RunDirectory.Ranks ranks =
        directory.readRanks(
            "ranks-test.csv", Arrays.stream(users).mapToObj(dataset.users()::get).toList());
    int[] events = run.counts().items();
    blocks.add(new Heading("Whom it serves"));
    groups(
        "NDCG@10 by length of the history",
        "events before the target",
        LENGTHS,
        users,
        u -> split.testTarget(u) - dataset.histories().starts()[u],
        ranks);
    groups(
        "NDCG@10 by popularity of the target",
        "training events of the target",
        POPULARITY,
        users,
        u -> events[dataset.histories().items()[split.testTarget(u)]],
        ranks);
    distribution(ranks);
    blocks.addAll(new RunExamples(run, dataset, users, ranks).blocks());
  }

  private void groups(
      String title,
      String what,
      int[] from,
      int[] users,
      IntUnaryOperator measure,
      RunDirectory.Ranks ranks) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int bin = 0; bin < from.length; bin++) {
      int least = from[bin];
      int below = bin + 1 < from.length ? from[bin + 1] : Integer.MAX_VALUE;
      int[] places =
          IntStream.range(0, users.length)
              .filter(
                  i -> {
                    int value = measure.applyAsInt(users[i]);
                    return value >= least && value < below;
                  })
              .toArray();
      if (places.length == 0) {
        continue;
      }
      for (String way : BOTH) {
        int[] all = way.equals("masked") ? ranks.maskedRanks() : ranks.ranks();
        int[] own = Arrays.stream(places).map(i -> all[i]).toArray();
        Metrics.Result result =
            Metrics.interval(NDCG, Metrics.gains(NDCG, own), run.config().seed());
        rows.add(
            Arrays.asList(
                range(least, below),
                way,
                places.length,
                result.mean(),
                result.low(),
                result.high()));
      }
    }
    Table table =
        new Table(
            title,
            List.of(
                Column.of(what),
                Column.of("history"),
                Column.of("users"),
                Column.of("NDCG@10", 4),
                Column.of("low", 4),
                Column.of("high", 4)),
            rows,
            "");
    blocks.add(
        Chart.of(Chart.Mark.BAR, table, what, "NDCG@10")
            .by("history")
            .within("low", "high")
            .noted("Intervals: 95 % bootstrap over the users of a group."));
  }

  private void distribution(RunDirectory.Ranks ranks) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int bin = 0; bin < RANKS.length; bin++) {
      int least = RANKS[bin];
      int below = bin + 1 < RANKS.length ? RANKS[bin + 1] : Integer.MAX_VALUE;
      for (String way : BOTH) {
        int[] all = way.equals("masked") ? ranks.maskedRanks() : ranks.ranks();
        long users = Arrays.stream(all).filter(rank -> rank >= least && rank < below).count();
        rows.add(Arrays.asList(range(least, below), way, users, 100.0 * users / all.length));
      }
    }
    Table table =
        new Table(
            "Where the test targets rank",
            List.of(Column.of("rank"), Column.of("history"), Column.of("users"), Column.of("%", 1)),
            rows,
            "");
    blocks.add(
        Chart.of(Chart.Mark.BAR, table, "rank", "%")
            .by("history")
            .noted("Per cent of " + Numbers.count(ranks.ranks().length, "test user") + "."));
  }

  private static String range(int least, int below) {
    return below == Integer.MAX_VALUE
        ? Numbers.grouped(least) + " and more"
        : below == least + 1
            ? Numbers.grouped(least)
            : Numbers.grouped(least) + "–" + Numbers.grouped(below - 1);
  }

  // ---- how it was made

  private void settings() {
    blocks.add(new Heading("How it was made"));
    Map<String, String> defaults = ConfigWriter.values(defaults(run.config()));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    ConfigWriter.changed(run.config(), defaults(run.config()))
        .forEach(
            (key, value) -> {
              if (!READ.contains(key)) {
                rows.add(Arrays.asList(key, value, defaults.get(key)));
              }
            });
    String read = "Text: " + run.config().text() + "; pictures: " + run.config().image() + ".";
    if (rows.isEmpty()) {
      blocks.add(Text.of("All settings are the defaults. " + read));
      return;
    }
    blocks.add(
        new Table(
            "Settings other than the defaults",
            List.of(Column.of("key"), Column.of("value"), Column.of("default")),
            rows,
            read + " run.yaml has them all."));
  }

  private void cost() {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    report.ifPresent(
        it -> {
          if (it.parameters() > 0) {
            rows.add(Arrays.asList("parameters", Numbers.grouped(it.parameters())));
          }
          it.seconds()
              .forEach((what, s) -> rows.add(Arrays.asList(what + ", s", Numbers.fixed(s, 1))));
          it.throughput()
              .forEach(
                  (what, value) -> {
                    if (value > 0) {
                      rows.add(Arrays.asList(what.replace('_', ' '), figure(value)));
                    }
                  });
          if (it.peakMemoryBytes() > 0) {
            rows.add(
                Arrays.asList("most main memory", MemoryEstimate.readable(it.peakMemoryBytes())));
          }
        });
    if (!rows.isEmpty()) {
      blocks.add(new Table("Cost", List.of(Column.of("what"), Column.of("value")), rows, ""));
    }
  }

  private static String figure(double value) {
    return value < 100 ? Numbers.fixed(value, 2) : Numbers.grouped(Math.round(value));
  }

  private void provenance() {
    Provenance made = run.provenance();
    List<List<@Nullable Object>> rows = new ArrayList<>();
    rows.add(Arrays.asList("run", made.id()));
    rows.add(Arrays.asList("data set", made.data()));
    Stream.of(protocol(), new TreeMap<>(made.inputs()))
        .forEach(
            part ->
                part.forEach(
                    (key, value) -> rows.add(Arrays.asList(key.replace('_', ' '), value))));
    blocks.add(
        new Table(
            "Protocol and inputs",
            List.of(Column.of("what"), Column.of("value")),
            rows,
            "Files and tables by their SHA-256."));
  }
}
