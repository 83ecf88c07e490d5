package dev.horae.study.cost;

import dev.horae.page.Numbers;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How cost grows with each size, beside the HM4SR paper's complexity (appendix A.2 and A.3). */
public final class CostFindings {

  /** The models that the paper analyses. */
  private static final Set<String> ANALYSED = Set.of("hm4sr", "m3srec");

  private static final double MIB = 1 << 20;

  /**
   * What was measured at a point.
   *
   * @param memoryBytes over what the process had before the model; null where it is not known
   */
  public record Measured(
      CostPlan.Point point, double secondsPerExample, long parameters, @Nullable Long memoryBytes) {

    double seconds(Dimension dimension) {
      Sizes sizes = point.sizes();
      return secondsPerExample
          * (dimension == Dimension.LENGTH ? 1000.0 * sizes.length() : sizes.batch());
    }

    double mebibytes() {
      return memoryBytes == null ? Double.NaN : memoryBytes / MIB;
    }
  }

  private final CostPlan plan;
  private final List<Measured> measured;
  private final List<Block> blocks = new ArrayList<>();

  private CostFindings(CostPlan plan, List<Measured> measured) {
    this.plan = plan;
    this.measured = measured;
  }

  /**
   * {@return the findings; the first table is that of the exponents}
   *
   * @param measured of the plan's points, those that could be measured
   * @param failures why others could not, in words
   */
  public static Findings of(
      CostPlan plan, List<Measured> measured, List<String> failures, Origin origin) {
    CostFindings findings = new CostFindings(plan, measured);
    findings.exponents();
    failures.forEach(failure -> findings.blocks.add(Text.warning(failure)));
    for (Dimension dimension : Dimension.values()) {
      findings.dimension(dimension);
    }
    return new Findings(
        "Cost of training",
        "Time and memory of "
            + String.join(", ", plan.bases().keySet())
            + " on made-up data of the same sizes as the data set, one size varied at a time, and"
            + " the power law that fits it.",
        origin,
        findings.blocks);
  }

  private List<Measured> along(String model, Dimension dimension) {
    Sizes base = plan.bases().get(model);
    return measured.stream()
        .filter(one -> one.point().model().equals(model))
        .filter(
            one ->
                base != null
                    && one.point().sizes().with(dimension, base.of(dimension)).equals(base))
        .sorted(Comparator.comparingInt(one -> one.point().sizes().of(dimension)))
        .toList();
  }

  private static Optional<PowerLaw> fit(
      List<Measured> points, Dimension dimension, ToDoubleFunction<Measured> of) {
    return PowerLaw.fit(
        points.stream().mapToDouble(one -> one.point().sizes().of(dimension)).toArray(),
        points.stream().mapToDouble(of).toArray());
  }

  private static double last(
      List<Measured> points, Dimension dimension, ToDoubleFunction<Measured> of) {
    if (points.size() < 2) {
      return Double.NaN;
    }
    Measured a = points.get(points.size() - 2);
    Measured b = points.get(points.size() - 1);
    return Math.log(of.applyAsDouble(b) / of.applyAsDouble(a))
        / Math.log((double) b.point().sizes().of(dimension) / a.point().sizes().of(dimension));
  }

  private void exponents() {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (String model : plan.bases().keySet()) {
      for (Dimension dimension : Dimension.values()) {
        List<Measured> points = along(model, dimension);
        if (points.size() > 1) {
          boolean analysed = ANALYSED.contains(model);
          Optional<PowerLaw> time = fit(points, dimension, one -> one.seconds(dimension));
          Optional<PowerLaw> memory = fit(points, dimension, Measured::mebibytes);
          rows.add(
              Arrays.asList(
                  model,
                  dimension.toString(),
                  points.get(0).point().sizes().of(dimension)
                      + " to "
                      + points.get(points.size() - 1).point().sizes().of(dimension),
                  time.map(PowerLaw::exponent).orElse(Double.NaN),
                  time.map(PowerLaw::error).orElse(Double.NaN),
                  last(points, dimension, one -> one.seconds(dimension)),
                  analysed ? dimension.time() : null,
                  memory.map(PowerLaw::exponent).orElse(Double.NaN),
                  memory.map(PowerLaw::error).orElse(Double.NaN),
                  fit(points, dimension, Measured::parameters)
                      .map(PowerLaw::exponent)
                      .orElse(Double.NaN),
                  analysed ? dimension.space() : null));
        }
      }
    }
    blocks.add(
        new Table(
            "Exponents",
            List.of(
                Column.of("model"),
                Column.of("size"),
                Column.of("from"),
                Column.of("time", 2),
                Column.of("± time", 2),
                Column.of("time at the end", 2),
                Column.of("paper's time"),
                Column.of("memory", 2),
                Column.of("± memory", 2),
                Column.of("parameters", 2),
                Column.of("paper's space")),
            rows,
            "An exponent of 1 is twice the cost for twice the size; ± is its standard error; time at"
                + " the end is that of the two largest sizes alone, where what does not grow"
                + " matters least. Time is of a step, for length of a history. Memory is the most"
                + " that the process took above what it had before the model was built, parameters"
                + " are counted. The paper has exponents of its terms, from the lowest to the"
                + " highest; it leaves out the scores of all items and, in space, whatever a step"
                + " needs."));
    plan.bases()
        .forEach(
            (model, base) ->
                blocks.add(Text.of("%s: the others stay at %s.".formatted(model, base))));
    blocks.add(
        Text.of(
            "Every history is as long as the model's input. Feature widths: "
                + (plan.widths().isEmpty()
                    ? "none"
                    : String.join(
                        ", ",
                        plan.widths().entrySet().stream()
                            .map(width -> width.getKey() + " " + width.getValue())
                            .sorted()
                            .toList()))
                + ". One worker, an untrained model, about "
                + Numbers.fixed(plan.seconds(), 1)
                + " seconds for each point and at least three steps; other work on the machine"
                + " makes times longer, and errors larger."));
  }

  private void dimension(Dimension dimension) {
    List<List<@Nullable Object>> time = new ArrayList<>();
    List<List<@Nullable Object>> memory = new ArrayList<>();
    for (String model : plan.bases().keySet()) {
      List<Measured> points = along(model, dimension);
      if (points.size() > 1) {
        rows(model, points, dimension, one -> one.seconds(dimension), time);
        rows(model, points, dimension, Measured::mebibytes, memory);
      }
    }
    if (!time.isEmpty()) {
      blocks.add(new Heading("By " + dimension));
      chart("Seconds per " + dimension.unit(), dimension, "seconds", 3, time);
      chart("Memory of training", dimension, "MiB", 0, memory);
    }
  }

  private static void rows(
      String model,
      List<Measured> points,
      Dimension dimension,
      ToDoubleFunction<Measured> of,
      List<List<@Nullable Object>> rows) {
    if (points.stream().anyMatch(one -> !(of.applyAsDouble(one) > 0))) {
      return; // not known, or nothing that a logarithmic axis could show
    }
    for (Measured one : points) {
      rows.add(Arrays.asList(model, one.point().sizes().of(dimension), of.applyAsDouble(one)));
    }
    fit(points, dimension, of)
        .ifPresent(
            law -> {
              for (Measured one : points) {
                int size = one.point().sizes().of(dimension);
                rows.add(
                    Arrays.asList(
                        "%s, fit of exponent %s".formatted(model, Numbers.fixed(law.exponent(), 2)),
                        size,
                        law.at(size)));
              }
            });
  }

  private void chart(
      String title,
      Dimension dimension,
      String unit,
      int digits,
      List<List<@Nullable Object>> rows) {
    if (!rows.isEmpty()) {
      Table table =
          new Table(
              title + " by " + dimension,
              List.of(
                  Column.of("series"), Column.of(dimension.toString()), Column.of(unit, digits)),
              rows,
              "");
      blocks.add(
          Chart.of(Chart.Mark.LINE, table, dimension.toString(), unit)
              .by("series")
              .logarithmic(true, true));
    }
  }
}
