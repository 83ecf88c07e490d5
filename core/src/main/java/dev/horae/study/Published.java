package dev.horae.study;

import dev.horae.data.Manifest;
import dev.horae.data.Resources;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the HM4SR paper printed: Table 1 of Zhang et al., "Hierarchical Time-Aware Mixture of
 * Experts for Multi-Modal Sequential Recommendation", WWW 2025; and its four data sets, which are
 * known by their counts, never by their names.
 */
final class Published {

  private static final double SAME = 0.01;

  /** Users, items and events after filtering. Home is as generally known: no log confirms it. */
  private static final Map<List<Long>, String> DATASETS =
      Map.of(
          List.of(19_412L, 11_924L, 167_597L), "Toys",
          List.of(24_303L, 10_672L, 231_780L), "Games",
          List.of(22_363L, 12_101L, 198_502L), "Beauty",
          List.of(66_519L, 28_237L, 551_682L), "Home");

  /**
   * A row of the table.
   *
   * @param views what the paper's model saw of an item beside its id, for the reader
   */
  record Entry(String dataset, String model, double ndcg10, String views) {}

  private static final List<Entry> TABLE = read();

  private Published() {}

  /** {@return which of the paper's data sets this is, if one that is split as the paper's} */
  static Optional<String> dataset(Manifest manifest) {
    if (manifest.cut() != null) {
      return Optional.empty();
    }
    Map<String, Number> counts = manifest.counts();
    return Optional.ofNullable(
        DATASETS.get(
            List.of(
                counts.getOrDefault("users", 0).longValue(),
                counts.getOrDefault("items", 0).longValue(),
                counts.getOrDefault("events", 0).longValue())));
  }

  /**
   * {@return the paper's row of a model, if it has one}
   *
   * @param model as the configuration spells it; hyphens and case do not count
   */
  static Optional<Entry> entry(String dataset, String model) {
    return TABLE.stream()
        .filter(entry -> entry.dataset.equals(dataset))
        .filter(entry -> plain(entry.model).equals(plain(model)))
        .findFirst();
  }

  /**
   * {@return ours against theirs, in one sentence without a full stop}
   *
   * @param views what our model was given
   */
  static String verdict(Spread ours, Entry entry, String views) {
    double off = ours.mean() / entry.ndcg10 - 1;
    String verdict =
        Math.abs(off) <= SAME
            ? "within 1 %"
            : String.format(
                Locale.ROOT, "%.0f %% %s", 100 * Math.abs(off), off < 0 ? "below" : "above");
    return String.format(
        Locale.ROOT,
        "NDCG@10 %s against %.4f published: %s%s",
        ours.text(),
        entry.ndcg10,
        verdict,
        entry.views.isEmpty()
            ? ""
            : " (the paper's had " + entry.views + "; this one " + views + ")");
  }

  private static String plain(String model) {
    return model.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private static List<Entry> read() {
    return Resources.text(Published.class, "table1.csv")
        .lines()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(cells -> new Entry(cells[0], cells[1], Double.parseDouble(cells[3]), cells[6]))
        .toList();
  }
}
