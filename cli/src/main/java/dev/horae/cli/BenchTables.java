package dev.horae.cli;

import dev.horae.bench.MatrixPeak;
import dev.horae.bench.ModelSpeed;
import dev.horae.bench.Rate;
import dev.horae.bench.Ratios;
import dev.horae.bench.Report;
import dev.horae.bench.TrainingSpeed;
import dev.horae.model.Hm4srFlops;
import dev.horae.page.Tables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A bench's report as people read it. */
final class BenchTables {

  /** Stages of a step in the order of the work; any other comes after them. */
  private static final List<String> STAGES =
      List.of(
          "batching",
          "projection",
          "experts",
          "encoders",
          "softmax",
          "auxiliary",
          "backward",
          "optimiser",
          "waiting");

  /** In place of a figure that a model does not have. */
  private static final String NONE = "–";

  private BenchTables() {}

  static String text(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(facts(report));
    text.append('\n').append(peak(report.peak()));
    text.append('\n').append(rates(report.rates()));
    text.append('\n').append(models(report.models()));
    if (report.models().size() == 1) {
      ModelSpeed model = report.models().get(0);
      TrainingSpeed training = model.training();
      if (training != null) {
        text.append('\n')
            .append(training(model.model(), training, report.sharesOfPeak().get(model.model())));
        text.append('\n').append(stages(training));
        Hm4srFlops flops = training.flops();
        if (flops != null) {
          text.append('\n').append(flops(flops, training.measured().steps()));
        }
      }
    }
    return text.toString();
  }

  /**
   * What has become of the figures of an older report.
   *
   * @param file of the old report
   */
  static String text(Path file, Report old, Ratios ratios) {
    StringBuilder text = new StringBuilder();
    text.append(
        format(
            "beside %s, Horae %s; a ratio above 1: faster now, or less memory%n",
            file, old.version()));
    ratios.differences().forEach(what -> text.append(format("differs: %s%n", what)));
    text.append(
        Tables.render(
            List.of("", "then", "now", "ratio"),
            ratios.shared().stream()
                .map(
                    one ->
                        List.of(
                            one.name(),
                            number(one.then()),
                            number(one.now()),
                            format("%.2f", one.ratio())))
                .toList()));
    ratios.before().forEach(name -> text.append(format("not measured now: %s%n", name)));
    ratios.since().forEach(name -> text.append(format("not measured then: %s%n", name)));
    return text.toString();
  }

  private static String facts(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(format("%-10s %s%n", "data", report.data()));
    text.append(format("%-10s %s%n", "Horae", report.version()));
    report.machine().forEach((part, state) -> text.append(format("%-10s %s%n", part, state)));
    return text.toString();
  }

  private static String peak(MatrixPeak peak) {
    return format("products of %d x %<d matrices, GFLOP/s%n", peak.size())
        + Tables.render(
            List.of("", "1 worker", peak.workers() + " workers"),
            List.of(
                List.of(
                    "float32", format("%.0f", peak.float32()), format("%.0f", peak.float32All())),
                List.of(
                    "bfloat16",
                    format("%.0f", peak.bfloat16()),
                    format("%.0f", peak.bfloat16All()))));
  }

  private static String rates(List<Rate> rates) {
    return Tables.render(
        List.of("", "per second", "all, s", "measured", "of"),
        rates.stream()
            .map(
                rate ->
                    List.of(
                        rate.what() + ", " + rate.unit(),
                        format("%,.0f", rate.perSecond()),
                        format("%.2f", rate.all() / rate.perSecond()),
                        format("%,d", rate.measured()),
                        format("%,d", rate.all())))
            .toList());
  }

  private static String models(List<ModelSpeed> models) {
    Map<String, Function<ModelSpeed, String>> columns = new LinkedHashMap<>();
    columns.put("model", ModelSpeed::model);
    columns.put("epoch, s", m -> of(m.training(), t -> number(t.secondsPerEpoch())));
    columns.put("fit, s", m -> of(m.secondsToFit(), BenchTables::number));
    columns.put("examples/s", m -> of(m.training(), t -> format("%,.0f", t.examplesPerSecond())));
    columns.put("ranked/s", m -> perSecond(m, "evaluation"));
    columns.put("encoded/s", m -> perSecond(m, "encoding"));
    columns.put("answers/s", m -> perSecond(m, "recommendation"));
    columns.put("one: p50, ms", m -> of(m.latency(), l -> number(l.p50())));
    columns.put("p99, ms", m -> of(m.latency(), l -> number(l.p99())));
    columns.put("memory, MB", m -> of(m.peakResidentBytes(), b -> format("%,.0f", b / 1e6)));
    List<ModelSpeed> measured = models.stream().filter(m -> m.unmeasured() == null).toList();
    columns.values().removeIf(cell -> measured.stream().map(cell).allMatch(NONE::equals));
    StringBuilder text =
        new StringBuilder(
            Tables.render(
                List.copyOf(columns.keySet()),
                measured.stream()
                    .map(m -> columns.values().stream().map(cell -> cell.apply(m)).toList())
                    .toList()));
    models.forEach(model -> text.append(format("%s: %s%n", model.model(), note(model))));
    return text.toString();
  }

  private static <T> String of(@Nullable T value, Function<T, String> cell) {
    return value == null ? NONE : cell.apply(value);
  }

  private static String perSecond(ModelSpeed model, String what) {
    return model.rates().stream()
        .filter(rate -> rate.what().equals(what))
        .map(rate -> format("%,.0f", rate.perSecond()))
        .findFirst()
        .orElse(NONE);
  }

  /** Three digits that count. */
  private static String number(double value) {
    return format(value < 1 ? "%.3f" : value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f", value);
  }

  /** How it was measured, or why not. */
  private static String note(ModelSpeed model) {
    if (model.unmeasured() != null) {
      return "not measured: " + model.unmeasured();
    }
    List<String> parts = new ArrayList<>();
    for (String modality : List.of("text", "image")) {
      Integer width = model.widths().get(modality);
      if (width != null) {
        parts.add(format("%s %d wide", modality, width));
      }
    }
    TrainingSpeed training = model.training();
    if (training == null) {
      boolean alone = model.settings().getOrDefault("model.tower", "none").equals("none");
      parts.add("fitted once" + (alone ? "" : ", without the training of its networks"));
    } else if (training.wholeEpoch()) {
      parts.add(
          format(
              "%s, a whole epoch of %,d examples",
              training.batching(), training.epoch().examples()));
    } else {
      parts.add(
          format(
              "%s, the epoch estimated from %,d of %,d examples in %.1f s",
              training.batching(),
              training.measured().examples(),
              training.epoch().examples(),
              training.seconds()));
    }
    List<String> users = new ArrayList<>();
    model.rates().forEach(rate -> users.add(format("%s %,d", rate.what(), rate.measured())));
    users.add(of(model.latency(), latency -> format("one by one %,d", latency.requests())));
    parts.add("histories: " + String.join(", ", users));
    return String.join("; ", parts);
  }

  private static String training(String model, TrainingSpeed t, @Nullable Double shareOfPeak) {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("event slots/s", format("%,.0f", t.slotsPerSecond()));
    rows.put(
        "event slots per example", format("%.2f", (double) t.slots() / t.measured().examples()));
    rows.put("padding, % of the slots", format("%.1f", 100 * t.paddingShare()));
    Double gigaflops = t.gigaflopsPerSecond();
    if (gigaflops != null && shareOfPeak != null) {
      rows.put("GFLOP/s of the equations", format("%.0f", gigaflops));
      rows.put("% of the float32 peak of all workers", format("%.0f", 100 * shareOfPeak));
    }
    Long left = t.nativeObjects();
    if (left != null) {
      rows.put("native objects left", format("%d", left));
    }
    return table("training " + model, t.batching(), rows);
  }

  private static String table(String first, String second, Map<String, String> rows) {
    return Tables.render(
        List.of(first, second),
        rows.entrySet().stream().map(row -> List.of(row.getKey(), row.getValue())).toList());
  }

  private static String stages(TrainingSpeed training) {
    TreeSet<String> names =
        new TreeSet<>(
            Comparator.comparingInt(
                    (String name) -> STAGES.contains(name) ? STAGES.indexOf(name) : STAGES.size())
                .thenComparing(Comparator.naturalOrder()));
    names.addAll(training.stages().keySet());
    if (names.isEmpty()) {
      return "no stage of a step is marked\n";
    }
    double all = training.stages().values().stream().mapToDouble(s -> s).sum();
    List<List<String>> cells = new ArrayList<>();
    for (String name : names) {
      double seconds = training.stages().getOrDefault(name, 0.0);
      cells.add(List.of(name, format("%.2f", seconds), format("%.1f", 100 * seconds / all)));
    }
    return Tables.render(List.of("stage", "s of all workers", "%"), cells);
  }

  private static String flops(Hm4srFlops flops, long steps) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("softmax over all items", flops.softmax());
    parts.put("feature projection", flops.projection());
    parts.put("experts", flops.experts());
    parts.put("encoders", flops.encoders());
    parts.put("attention", flops.attention());
    parts.put("placeholders", flops.placeholders());
    parts.put("category prediction", flops.categories());
    parts.put("contrastive losses", flops.contrast());
    parts.put("all", flops.total());
    Map<String, String> rows = new LinkedHashMap<>();
    parts.forEach((name, operations) -> rows.put(name, format("%.2f", operations / steps / 1e9)));
    return table("operations", "GFLOP of a step", rows);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
