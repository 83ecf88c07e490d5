package dev.horae.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The figures of two reports on the same data.
 *
 * @param shared what both have, in the order of the new one
 * @param before what only the old one has: figures, or models as a whole
 * @param since what only the new one has
 * @param differences of machine, settings and time, in words; with one of them, the ratios are not
 *     of Horae alone
 */
public record Ratios(
    List<Ratio> shared, List<String> before, List<String> since, List<String> differences) {

  /** Free memory and disk are never the same, and versions are what is compared. */
  private static final Set<String> PARTS =
      Set.of("Java", "libtorch", "OpenBLAS", "kernels", "threads", "GPU", "processor");

  private static final String OF = ": "; // behind a model, before its figure

  /**
   * One figure, then and now.
   *
   * @param ratio above 1 where it is faster now, or takes less memory
   */
  public record Ratio(String name, double then, double now, double ratio) {}

  /**
   * A figure of a report.
   *
   * @param more whether more of it is better
   */
  private record Figure(double value, boolean more) {}

  /**
   * {@return what the figures have become}
   *
   * @param then of the same data as {@code now}
   */
  public static Ratios of(Report then, Report now) {
    Map<String, Figure> old = figures(then);
    Map<String, Figure> fresh = figures(now);
    List<Ratio> shared = new ArrayList<>();
    fresh.forEach(
        (key, figure) -> {
          Figure before = old.get(key);
          if (before != null) {
            double ratio =
                figure.more() ? figure.value() / before.value() : before.value() / figure.value();
            shared.add(new Ratio(key, before.value(), figure.value(), ratio));
          }
        });
    return new Ratios(shared, without(old, fresh), without(fresh, old), differences(then, now));
  }

  private static List<String> without(Map<String, Figure> all, Map<String, Figure> others) {
    Set<String> models = others.keySet().stream().map(Ratios::model).collect(Collectors.toSet());
    return all.keySet().stream()
        .filter(key -> !others.containsKey(key))
        .map(key -> models.contains(model(key)) ? key : model(key))
        .distinct()
        .toList();
  }

  private static String model(String key) {
    return key.substring(0, Math.max(0, key.indexOf(OF)));
  }

  private static Map<String, Figure> figures(Report report) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    MatrixPeak peak = report.peak();
    figures.put("float32 products, 1 worker, GFLOP/s", new Figure(peak.float32(), true));
    figures.put("float32 products, all workers, GFLOP/s", new Figure(peak.float32All(), true));
    figures.put("bfloat16 products, 1 worker, GFLOP/s", new Figure(peak.bfloat16(), true));
    figures.put("bfloat16 products, all workers, GFLOP/s", new Figure(peak.bfloat16All(), true));
    put(figures, "", report.rates());
    for (ModelSpeed model : report.models()) {
      String begin = model.model() + OF;
      TrainingSpeed training = model.training();
      if (training != null) {
        String how = begin + training.batching() + ", ";
        figures.put(how + "s per epoch", new Figure(training.secondsPerEpoch(), false));
      }
      Double fit = model.secondsToFit();
      if (fit != null) {
        figures.put(begin + "s to fit", new Figure(fit, false));
      }
      put(figures, begin, model.rates());
      Latency latency = model.latency();
      if (latency != null) {
        figures.put(begin + "one recommendation, p50, ms", new Figure(latency.p50(), false));
        figures.put(begin + "one recommendation, p99, ms", new Figure(latency.p99(), false));
      }
      Long peakResident = model.peakResidentBytes();
      if (peakResident != null) {
        figures.put(begin + "memory, MB", new Figure(peakResident / 1e6, false));
      }
    }
    return figures;
  }

  private static void put(Map<String, Figure> figures, String begin, List<Rate> rates) {
    for (Rate rate : rates) {
      figures.put(
          begin + rate.what() + ", " + rate.unit() + "/s", new Figure(rate.perSecond(), true));
    }
  }

  private static List<String> differences(Report then, Report now) {
    List<String> differences = new ArrayList<>();
    differ(differences, "", only(then.machine()), only(now.machine()));
    if (then.seconds() != now.seconds()) {
      differences.add(
          String.format(
              Locale.ROOT, "seconds to measure: %s, now %s", then.seconds(), now.seconds()));
    }
    for (ModelSpeed model : now.models()) {
      then.models().stream()
          .filter(other -> other.model().equals(model.model()))
          .forEach(
              other ->
                  differ(differences, model.model() + ": ", other.settings(), model.settings()));
    }
    return differences;
  }

  private static Map<String, String> only(Map<String, String> machine) {
    Map<String, String> telling = new LinkedHashMap<>(machine);
    telling.keySet().retainAll(PARTS);
    return telling;
  }

  private static void differ(
      List<String> differences, String begin, Map<String, String> then, Map<String, String> now) {
    Set<String> keys = new TreeSet<>(then.keySet());
    keys.addAll(now.keySet());
    keys.remove("data"); // where it lies
    for (String key : keys) {
      String before = then.getOrDefault(key, "nothing said");
      String after = now.getOrDefault(key, "nothing said");
      if (!Objects.equals(before, after)) {
        differences.add(begin + key + ": " + before + ", now " + after);
      }
    }
  }
}
