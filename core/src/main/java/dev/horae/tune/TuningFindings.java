package dev.horae.tune;

import dev.horae.data.Manifest;
import dev.horae.page.Numbers;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Table;
import dev.horae.report.Text;
import dev.horae.study.Origins;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What a {@link Tuning} found. */
public final class TuningFindings {

  private static final String VALUE = "valid " + Tuning.METRIC;
  private static final int DIGITS = 4;
  private static final double LEAST_EXPLAINED = 0.1;

  private final TuningPlan plan;
  private final List<Trial> trials; // those that did not fail, best first
  private final Optional<Path> best;
  private final List<Search.Step> steps;
  private final List<String> failures;

  TuningFindings(
      TuningPlan plan,
      List<Trial> ranked,
      Optional<Path> best,
      List<Search.Step> steps,
      Collection<String> failures) {
    this.plan = plan;
    this.trials = List.copyOf(ranked);
    this.best = best;
    this.steps = List.copyOf(steps);
    this.failures = List.copyOf(failures);
  }

  /** {@return the trials that did not fail, best first} */
  static List<Trial> ranked(List<Trial> trials) {
    return trials.stream()
        .filter(trial -> !trial.failed())
        .sorted(
            Comparator.comparingDouble((Trial trial) -> trial.last().value())
                .reversed()
                .thenComparing(Trial::number))
        .toList();
  }

  /** {@return the run of the best setting, with its first seed; empty when all failed} */
  public Optional<Path> best() {
    return best;
  }

  /** {@return why runs failed, one line each} */
  public List<String> failures() {
    return failures;
  }

  /**
   * {@return all of it}
   *
   * @param command that found it
   */
  public Findings findings(String command) {
    List<Block> blocks = new ArrayList<>();
    failures.forEach(failure -> blocks.add(Text.warning(failure)));
    if (plan.mode() == TuningPlan.Mode.SENSITIVITY) {
      sensitivity(blocks);
    } else {
      blocks.add(leaderboard());
      blocks.add(progress());
      importance(blocks);
    }
    Manifest manifest = plan.dataset().manifest();
    return new Findings(
        "Tuning of " + plan.model() + " on " + manifest.name(),
        lead(),
        Origins.now(
            command,
            List.of(manifest.name()),
            manifest.splitName() + ", validation targets ranked among all items",
            LongStream.range(0, plan.seeds()).map(i -> plan.base().seed() + i).boxed().toList()),
        blocks);
  }

  private String lead() {
    long epochs = steps.isEmpty() ? 0 : steps.get(steps.size() - 1).epochs();
    return Numbers.count(trials.size(), "setting")
        + " of "
        + Numbers.grouped(plan.space().size())
        + (plan.counted() ? "" : ", " + Numbers.count(epochs, "epoch") + " in all")
        + (plan.seeds() == 1 ? "" : ", mean over " + plan.seeds() + " seeds")
        + ". Settings are compared by the best "
        + Tuning.METRIC
        + " on validation targets, un-masked; the test targets were not looked at."
        + (plan.base().model().fitsValidation()
            ? " The weights of "
                + plan.model()
                + " are fitted to these same targets, which favours what fits them too closely."
            : "");
  }

  /** {@return the settings, best first} */
  public Table leaderboard() {
    List<Table.Column> columns = new ArrayList<>();
    columns.add(Table.Column.of("rank"));
    columns.add(Table.Column.of("trial"));
    columns.add(new Table.Column(VALUE, DIGITS, Table.Best.HIGHEST));
    if (plan.seeds() > 1) {
      columns.add(Table.Column.of("deviation", DIGITS));
    }
    if (!plan.counted()) {
      columns.add(Table.Column.of("epochs"));
      columns.add(Table.Column.of("rung"));
    }
    plan.space().axes().forEach(axis -> columns.add(Table.Column.of(axis.key(), digits(axis))));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Trial trial : trials) {
      Trial.Score score = trial.last();
      List<@Nullable Object> row = new ArrayList<>();
      row.add(rows.size() + 1);
      row.add(trial.number());
      row.add(score.value());
      if (plan.seeds() > 1) {
        row.add(score.deviation());
      }
      if (!plan.counted()) {
        row.add(score.epochs());
        row.add(trial.scores().size());
      }
      for (int a = 0; a < trial.point().size(); a++) {
        row.add(cell(plan.space().axes().get(a), trial.point().get(a)));
      }
      rows.add(row);
    }
    return new Table(
        "Leaderboard",
        columns,
        rows,
        plan.counted()
            ? ""
            : "epochs: trained"
                + (plan.seeds() == 1 ? "" : ", of all seeds together")
                + "; rung: how often the setting was kept, of "
                + plan.rungs().size()
                + " (epochs "
                + String.join(", ", plan.rungs().stream().map(rung -> "" + rung).toList())
                + ").");
  }

  /** The best so far against what was spent. */
  private Block progress() {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < steps.size(); i++) {
      best = Math.max(best, steps.get(i).value());
      rows.add(Arrays.asList(plan.counted() ? i + 1 : steps.get(i).epochs(), best));
    }
    String spent = plan.counted() ? "settings" : "epochs";
    return Chart.of(
        Chart.Mark.LINE,
        new Table(
            "Best setting so far",
            List.of(Table.Column.of(spent), Table.Column.of(VALUE, DIGITS)),
            rows,
            ""),
        spent,
        VALUE);
  }

  private void importance(List<Block> blocks) {
    blocks.add(new Heading("What matters"));
    if (trials.size() < Importance.least(plan.space())) {
      blocks.add(
          Text.of(
              "%s are too few to tell which key matters; at least %s are needed."
                  .formatted(
                      Numbers.count(trials.size(), "setting"), Importance.least(plan.space()))));
      return;
    }
    Importance importance =
        Importance.of(
            plan.space(),
            trials.stream().map(Trial::point).toList(),
            trials.stream().mapToDouble(trial -> trial.value(0)).toArray(),
            plan.base().seed());
    List<Space.Axis> axes = plan.space().axes();
    List<Integer> order =
        IntStream.range(0, axes.size())
            .boxed()
            .sorted(Comparator.comparing(importance.shares()::get).reversed())
            .toList();
    Table table =
        new Table(
            "Importance of keys",
            List.of(Table.Column.of("key"), Table.Column.of("share of variance", 3)),
            order.stream()
                .map(
                    a ->
                        Arrays.<@Nullable Object>asList(
                            axes.get(a).key(), importance.shares().get(a)))
                .toList(),
            String.format(
                Locale.ROOT,
                "Share of the variance over the whole space that each key explains alone, by"
                    + " functional analysis of variance of a forest on %s%s; the rest is keys acting"
                    + " together. The forest explains %.0f %% of the variance of settings that it"
                    + " has not seen%s.",
                Numbers.count(trials.size(), "setting"),
                plan.counted() ? "" : ", as they were at epoch " + plan.rungs().get(0),
                100 * importance.explained(),
                importance.explained() < LEAST_EXPLAINED
                    ? ": so little that this says nothing"
                    : ""));
    blocks.add(table);
    blocks.add(Chart.of(Chart.Mark.BAR, table, "key", "share of variance"));
    for (int a : order) {
      Space.Axis axis = axes.get(a);
      List<List<@Nullable Object>> rows = new ArrayList<>();
      for (int v = 0; v < axis.values().size(); v++) {
        rows.add(Arrays.asList(cell(axis, v), importance.marginals().get(a).get(v)));
      }
      blocks.add(
          Chart.of(
              axis.numeric() ? Chart.Mark.LINE : Chart.Mark.BAR,
              new Table(
                  "Expected by " + axis.key(),
                  List.of(
                      Table.Column.of(axis.key(), digits(axis)), Table.Column.of(VALUE, DIGITS)),
                  rows,
                  "What the forest expects, over all values of the other keys."),
              axis.key(),
              VALUE));
    }
  }

  /** A curve per key, through the model's own settings. */
  private void sensitivity(List<Block> blocks) {
    List<Integer> centre = plan.space().pointOf(plan.base()).orElseThrow();
    Map<String, String> own = plan.space().values(centre);
    List<Space.Axis> axes = plan.space().axes();
    for (int a = 0; a < axes.size(); a++) {
      Space.Axis axis = axes.get(a);
      List<List<@Nullable Object>> rows = new ArrayList<>();
      for (int v = 0; v < axis.values().size(); v++) {
        List<Integer> point = new ArrayList<>(centre);
        point.set(a, v);
        Optional<Trial.Score> score =
            trials.stream().filter(t -> t.point().equals(point)).findFirst().map(Trial::last);
        double value = score.map(Trial.Score::value).orElse(Double.NaN);
        double deviation = score.map(Trial.Score::deviation).orElse(Double.NaN);
        rows.add(Arrays.asList(cell(axis, v), value, value - deviation, value + deviation));
      }
      boolean spread = plan.seeds() > 1;
      Table table =
          new Table(
              "Sensitivity to " + axis.key(),
              List.of(
                  Table.Column.of(axis.key(), digits(axis)),
                  new Table.Column(VALUE, DIGITS, Table.Best.HIGHEST),
                  Table.Column.of("low", DIGITS),
                  Table.Column.of("high", DIGITS)),
              rows,
              "The model's own value is "
                  + own.get(axis.key())
                  + (spread ? "; low and high are one standard deviation over seeds away." : "."));
      Chart chart =
          Chart.of(axis.numeric() ? Chart.Mark.LINE : Chart.Mark.BAR, table, axis.key(), VALUE)
              .noted(table.note());
      blocks.add(table);
      blocks.add(spread ? chart.within("low", "high") : chart);
    }
  }

  private static Object cell(Space.Axis axis, int value) {
    String text = axis.values().get(value);
    return axis.numeric() ? Double.valueOf(text) : text;
  }

  /** {@return digits that show each value of an axis as it is} */
  private static int digits(Space.Axis axis) {
    return axis.numeric()
        ? axis.values().stream()
            .mapToInt(value -> Math.max(0, new BigDecimal(value).stripTrailingZeros().scale()))
            .max()
            .orElse(0)
        : 0;
  }
}
