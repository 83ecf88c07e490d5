package dev.horae.cli;

import dev.horae.bench.MatrixPeak;
import dev.horae.bench.Rate;
import dev.horae.bench.Report;
import dev.horae.bench.TrainingSpeed;
import dev.horae.model.Hm4srFlops;
import dev.horae.page.Tables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

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

  private BenchTables() {}

  static String text(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(facts(report));
    text.append('\n').append(peak(report.peak()));
    text.append('\n').append(training(report.training()));
    text.append('\n').append(stages(report.training()));
    text.append('\n').append(flops(report.training()));
    text.append('\n').append(rates(report.rates()));
    return text.toString();
  }

  private static String facts(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(
        format(
            "%-10s %s: %,d users, %,d items, %,d events%s%n",
            "data",
            report.data(),
            report.counts().getOrDefault("users", 0L),
            report.counts().getOrDefault("items", 0L),
            report.counts().getOrDefault("events", 0L),
            widths(report.counts())));
    text.append(format("%-10s %s%n", "Horae", report.version()));
    report.machine().forEach((part, state) -> text.append(format("%-10s %s%n", part, state)));
    return text.toString();
  }

  private static String widths(Map<String, Long> counts) {
    StringBuilder text = new StringBuilder();
    for (String modality : List.of("text", "image")) {
      Long width = counts.get(modality + "_width");
      if (width != null) {
        text.append(format(", %s %d wide", modality, width));
      }
    }
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

  private static String training(List<TrainingSpeed> training) {
    Map<String, Function<TrainingSpeed, String>> rows = new LinkedHashMap<>();
    rows.put("seconds per epoch", t -> format("%,.1f", t.secondsPerEpoch()));
    rows.put("examples/s", t -> format("%,.0f", t.examplesPerSecond()));
    rows.put("event slots/s", t -> format("%,.0f", t.slotsPerSecond()));
    rows.put(
        "event slots per example",
        t -> format("%.2f", (double) t.slots() / t.measured().examples()));
    rows.put("padding, % of the slots", t -> format("%.1f", 100 * t.paddingShare()));
    rows.put("GFLOP/s of the equations", t -> format("%.0f", t.gigaflopsPerSecond()));
    rows.put("% of the float32 peak of all workers", t -> format("%.0f", 100 * t.shareOfPeak()));
    if (training.stream().allMatch(t -> t.peakResidentBytes() != null)) {
      rows.put(
          "peak memory of the process so far, MB",
          t -> format("%,.0f", Objects.requireNonNull(t.peakResidentBytes()) / 1e6));
    }
    if (training.stream().allMatch(t -> t.nativeObjects() != null)) {
      rows.put("native objects left", t -> format("%d", Objects.requireNonNull(t.nativeObjects())));
    }
    List<String> header = header("training HM4SR", training);
    List<List<String>> cells = new ArrayList<>();
    rows.forEach(
        (name, cell) ->
            cells.add(Stream.concat(Stream.of(name), training.stream().map(cell)).toList()));
    StringBuilder text = new StringBuilder(Tables.render(header, cells));
    for (TrainingSpeed speed : training) {
      text.append(
          speed.wholeEpoch()
              ? format(
                  "%s: a whole epoch of %,d examples was measured%n",
                  speed.batching(), speed.epoch().examples())
              : format(
                  "%s: estimated from %,d of %,d examples in %.1f s, by their operations%n",
                  speed.batching(),
                  speed.measured().examples(),
                  speed.epoch().examples(),
                  speed.seconds()));
    }
    return text.toString();
  }

  private static String stages(List<TrainingSpeed> training) {
    TreeSet<String> names =
        new TreeSet<>(
            Comparator.comparingInt(
                    (String name) -> STAGES.contains(name) ? STAGES.indexOf(name) : STAGES.size())
                .thenComparing(Comparator.naturalOrder()));
    training.forEach(speed -> names.addAll(speed.stages().keySet()));
    if (names.isEmpty()) {
      return "no stage of a step is marked\n";
    }
    List<String> header = new ArrayList<>(List.of("seconds of all workers"));
    for (TrainingSpeed speed : training) {
      header.addAll(List.of(speed.batching(), "%"));
    }
    List<List<String>> cells = new ArrayList<>();
    for (String name : names) {
      List<String> row = new ArrayList<>(List.of(name));
      for (TrainingSpeed speed : training) {
        double all = speed.stages().values().stream().mapToDouble(s -> s).sum();
        double seconds = speed.stages().getOrDefault(name, 0.0);
        row.addAll(List.of(format("%.2f", seconds), format("%.1f", 100 * seconds / all)));
      }
      cells.add(row);
    }
    return Tables.render(header, cells);
  }

  private static String flops(List<TrainingSpeed> training) {
    Map<String, Function<Hm4srFlops, Double>> rows = new LinkedHashMap<>();
    rows.put("softmax over all items", Hm4srFlops::softmax);
    rows.put("feature projection", Hm4srFlops::projection);
    rows.put("experts", Hm4srFlops::experts);
    rows.put("encoders", Hm4srFlops::encoders);
    rows.put("attention", Hm4srFlops::attention);
    rows.put("placeholders", Hm4srFlops::placeholders);
    rows.put("category prediction", Hm4srFlops::categories);
    rows.put("contrastive losses", Hm4srFlops::contrast);
    rows.put("all", Hm4srFlops::total);
    List<List<String>> cells = new ArrayList<>();
    rows.forEach(
        (name, part) -> {
          List<String> row = new ArrayList<>(List.of(name));
          for (TrainingSpeed speed : training) {
            double perStep = part.apply(speed.flops()) / speed.measured().steps();
            row.add(format("%.2f", perStep / 1e9));
          }
          cells.add(row);
        });
    return Tables.render(header("GFLOP of a step", training), cells);
  }

  private static String rates(List<Rate> rates) {
    return Tables.render(
        List.of("", "histories/s", "all, s", "measured", "of"),
        rates.stream()
            .map(
                rate ->
                    List.of(
                        rate.what(),
                        format("%,.0f", rate.perSecond()),
                        format("%.2f", rate.all() / rate.perSecond()),
                        format("%,d", rate.measured()),
                        format("%,d", rate.all())))
            .toList());
  }

  private static List<String> header(String first, List<TrainingSpeed> training) {
    return Stream.concat(Stream.of(first), training.stream().map(TrainingSpeed::batching)).toList();
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
