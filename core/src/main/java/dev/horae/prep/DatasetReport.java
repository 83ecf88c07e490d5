package dev.horae.prep;

import dev.horae.data.Dataset;
import dev.horae.data.Manifest;
import dev.horae.data.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A prepared data set in words and aligned figures: sizes, split, and the protocol audit. */
public final class DatasetReport {

  private final Manifest manifest;
  private final StringBuilder text = new StringBuilder();

  private DatasetReport(Manifest manifest) {
    this.manifest = manifest;
  }

  public static String of(Dataset dataset) {
    return of(dataset.manifest(), dataset.directory().toString());
  }

  /**
   * Describes a data set without opening it.
   *
   * @param place where it lies
   */
  public static String of(Manifest manifest, String place) {
    DatasetReport report = new DatasetReport(manifest);
    report.heading("Data set " + manifest.name() + " in " + place);
    report.sizes();
    report.split();
    report.audit();
    report.catalogue();
    report.sources();
    report.warnings();
    return report.text.toString();
  }

  private void sizes() {
    line("users", "users");
    line("items", "items");
    line("events", "events");
    line("events per user", decimal("events_per_user", 2), "");
    line("events per item", decimal("events_per_item", 2), "");
    line("sparsity", percent(manifest.counts().getOrDefault("sparsity", 0).doubleValue(), 2), "");
    if (manifest.timed()) {
      line("first day", day("first_time"), "");
      line("last day", day("last_time"), "");
    }
  }

  private void split() {
    if (manifest.cut() == null) {
      heading("Leave-one-out");
    } else {
      heading("Split by time, at " + Moment.text(manifest.cut()));
      line(
          "events before it",
          whole("events_before_cut"),
          share("events_before_cut", "events") + ", trained on");
      line("events from it on", "events_from_cut");
    }
    line("training targets", "train_targets");
    line("validation targets", "valid_targets");
    line("test targets", "test_targets");
    if (manifest.cut() != null) {
      later();
    }
    String max = "  more than " + manifest.maxLength() + " events before the last";
    line("users cut at the maximum length", whole("users_over_max_length"), max);
    line("targets whose input is cut", "targets_over_max_length");
  }

  /** What a split by time leaves out, or reports apart. */
  private void later() {
    line(
        "targets that are items born later",
        whole("test_targets_born_later"),
        "  reported apart: nobody had them before");
    line("items born later", whole("items_born_later"), share("items_born_later", "items"));
    line(
        "users born later",
        whole("users_born_later"),
        share("users_born_later", "users") + ", not asked");
    line("users without later events", "users_without_later_events");
    line("events behind a test target", "events_behind_test_targets");
  }

  private void audit() {
    heading("Audit of the events");
    line("rows read", "event_rows_read");
    line(
        "rows rejected",
        whole("event_rows_rejected"),
        share("event_rows_rejected", "event_rows_read"));
    line("duplicates " + manifest.duplicates(), "duplicate_events");
    line(
        "events outside the core",
        whole("events_outside_core"),
        String.format(
            Locale.ROOT,
            "  with %,d users and %,d items; users need %d, items %d; %s",
            number("users_outside_core"),
            number("items_outside_core"),
            manifest.minUserEvents(),
            manifest.minItemEvents(),
            rounds()));
    if (manifest.timed()) {
      line(
          "events tied with the one before",
          whole("tied_events"),
          share("tied_events", "events") + (shuffled() ? ", shuffled" : ", input order decides"));
      line("users with ties", whole("users_with_ties"), share("users_with_ties", "users"));
      if (tiedPairs() > 0) {
        line(
            "ties whose item ids ascend",
            whole("tied_events_ascending"),
            "  %s, by chance 50 %%".formatted(ascending()));
      }
    }
  }

  private boolean shuffled() {
    return "random".equals(manifest.ties());
  }

  /** Of the same item twice there is no order. */
  private long tiedPairs() {
    return number("tied_events_ascending") + number("tied_events_descending");
  }

  private String ascending() {
    return percent((double) number("tied_events_ascending") / tiedPairs(), 1);
  }

  /** {@return what equal times hide, where it is more than chance} */
  private Optional<String> hiddenOrder() {
    long pairs = tiedPairs();
    long more = number("tied_events_ascending") - number("tied_events_descending");
    if (shuffled()
        || pairs == 0
        || Math.abs(more) < Math.max(0.2 * pairs, 3 * Math.sqrt((double) pairs))) {
      return Optional.empty();
    }
    return Optional.of(
        "%s of the events have the time of the one before, and the item ids of %s of these pairs %s"
                .formatted(
                    share("tied_events", "events").strip(),
                    percent((pairs + Math.abs(more)) / (2.0 * pairs), 1),
                    more > 0 ? "ascend" : "descend")
            + " (by chance 50 %): their order is the file's, not the user's; ``ties`` random"
            + " shuffles them");
  }

  private String rounds() {
    return number("core_rounds") == 1 ? "1 round" : number("core_rounds") + " rounds";
  }

  private void catalogue() {
    heading("Audit of the catalogue");
    if (manifest.counts().containsKey("item_rows_read")) {
      line("rows read", "item_rows_read");
      line(
          "rows rejected",
          whole("item_rows_rejected"),
          share("item_rows_rejected", "item_rows_read"));
      line(
          "rows with the id of an earlier one",
          whole("catalogue_rows_repeated"),
          number("catalogue_rows_repeated") == 0
              ? ""
              : "  merged: the first value of each field counts");
      line(
          "catalogue items without events",
          whole("catalogue_items_without_events"),
          number("cold_items") > 0
              ? "  kept: cold items, which models do not learn"
              : "  left out");
    }
    for (String what :
        List.of(
            "items_not_in_catalogue",
            "items_without_text",
            "items_without_title",
            "items_without_brand",
            "items_without_category",
            "items_without_image")) {
      line(what.replace('_', ' '), whole(what), share(what, "items"));
    }
    categories();
    if (manifest.provenance().get("text_columns") instanceof List<?> names) {
      for (Object name : names) {
        String count = Preparation.ITEMS_WITHOUT + name;
        line("items without " + name, whole(count), share(count, "items"));
      }
    }
    if (!manifest.images().isEmpty()) {
      line("pictures named but not found", "images_not_found");
      line("picture files", "picture_files");
      line(
          "beside an item's first",
          whole("picture_files_beside_the_used"),
          "  same name but for the ending; not used");
      line("of no item", "picture_files_of_no_item");
      manifest.counts().keySet().stream()
          .filter(count -> count.startsWith("passed over: "))
          .forEach(
              count ->
                  line(
                      "files passed over",
                      whole(count),
                      "  " + count.substring("passed over: ".length())));
    }
  }

  private void categories() {
    if (number("categories") > 0) {
      line("different categories", whole("categories"), "  the most frequent:");
      manifest
          .counts()
          .forEach(
              (name, items) -> {
                if (name.startsWith("category: ")) {
                  line(
                      "  " + name.substring("category: ".length()),
                      String.format(Locale.ROOT, "%,d", items.longValue()),
                      items.longValue() == 1 ? "  item" : "  items");
                }
              });
    }
  }

  private void sources() {
    heading("Sources");
    if (manifest.provenance().get("sources") instanceof List<?> sources) {
      for (Object source : sources) {
        if (source instanceof Map<?, ?> file && file.get("bytes") instanceof Number bytes) {
          Object time = file.get("time");
          line(
              file.get("kind") + " file",
              String.format(Locale.ROOT, "%,d bytes", bytes.longValue()),
              "  " + file.get("file") + (time == null ? "" : "  time: " + time));
        }
      }
    }
  }

  private void warnings() {
    List<String> warnings = new ArrayList<>();
    if (manifest.provenance().get("warnings") instanceof List<?> sentences) {
      sentences.forEach(sentence -> warnings.add(sentence.toString()));
    }
    hiddenOrder().ifPresent(warnings::add);
    manifest.counts().entrySet().stream()
        .filter(count -> count.getKey().startsWith("rejected: "))
        .forEach(
            count -> {
              String reason = count.getKey().substring("rejected: ".length());
              long rows = count.getValue().longValue();
              warnings.add(
                  String.format(
                      Locale.ROOT,
                      "%,d x %s: left out, listed in %s%s",
                      rows,
                      reason,
                      PreparedDataset.REJECTS,
                      EventTimes.hint(reason)));
            });
    passedOver(warnings);
    if (!warnings.isEmpty()) {
      heading("Warnings");
      warnings.forEach(warning -> text.append("  ").append(warning).append(System.lineSeparator()));
    }
  }

  private void passedOver(List<String> warnings) {
    manifest
        .counts()
        .forEach(
            (name, count) -> {
              if (name.startsWith(Preparation.PASSED_OVER)) {
                String what = name.substring(Preparation.PASSED_OVER.length());
                warnings.add(
                    String.format(Locale.ROOT, "%,d x %s, passed over", count.longValue(), what));
              }
            });
  }

  private void heading(String heading) {
    if (!text.isEmpty()) {
      text.append(System.lineSeparator());
    }
    text.append(heading).append(System.lineSeparator());
  }

  private void line(String label, String count) {
    line(label, whole(count), "");
  }

  private void line(String label, String value, String remark) {
    text.append(String.format(Locale.ROOT, "  %-34s %14s%s%n", label, value, remark));
  }

  private long number(String count) {
    return manifest.counts().getOrDefault(count, 0).longValue();
  }

  private String whole(String count) {
    return String.format(Locale.ROOT, "%,d", number(count));
  }

  private String decimal(String count, int digits) {
    return String.format(
        Locale.ROOT, "%." + digits + "f", manifest.counts().getOrDefault(count, 0).doubleValue());
  }

  private String day(String count) {
    return Moment.day(number(count));
  }

  private String share(String count, String of) {
    long all = number(of);
    return all == 0 ? "" : "  " + percent((double) number(count) / all, 1);
  }

  private static String percent(double share, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f %%", 100 * share);
  }
}
