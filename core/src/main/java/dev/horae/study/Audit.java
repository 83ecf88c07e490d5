package dev.horae.study;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.Split;
import dev.horae.model.ModelConfig;
import dev.horae.page.Numbers;
import dev.horae.run.Provenance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What the figures of a comparison depend on: by which rules the data was split and ranked, how
 * often chance or input order decided, what saw more than it should, and whether all runs did the
 * same. Counted on the events themselves where they say it.
 */
final class Audit {

  /**
   * @param value a figure or a word; may be empty
   * @param remark what to make of it
   * @param alarming whether the table should not be trusted because of it
   */
  record Finding(String what, String value, String remark, boolean alarming) {}

  private final Manifest manifest;
  private final Histories histories;
  private final Split split;
  private final List<Finding> findings = new ArrayList<>();

  private Audit(Dataset dataset) {
    manifest = dataset.manifest();
    histories = dataset.histories();
    split = dataset.split();
  }

  static List<Finding> of(Comparison.Subject subject) {
    Audit audit = new Audit(subject.dataset());
    Map<String, Object> protocol = Provenance.protocol(audit.manifest, 0);
    audit.split(protocol);
    audit.time();
    audit.data();
    List<Run> runs = subject.runs().stream().filter(Run::finished).toList();
    audit.leaks(runs);
    audit.runs(runs);
    return List.copyOf(audit.findings);
  }

  private void split(Map<String, Object> protocol) {
    int[] test = testTargets();
    add("split", Numbers.count(test.length, "test user"), String.valueOf(protocol.get("split")));
    if (split.isByTime()) {
      add(
          "test targets that are items born later",
          Numbers.grouped(count("test_targets_born_later")),
          "not in the table, since nobody had them before; evaluate says what they change");
    }
    add(
        "input",
        "last " + manifest.maxLength(),
        "events before the target; the validation item is part of the test input");
    add(
        "ranking",
        String.format(Locale.ROOT, "%,d items", count("items")),
        protocol.get("ranking") + "; masked columns leave history out");
    add("tied scores", "", String.valueOf(protocol.get("ties")));
    add("selection", "", protocol.get("selection") + "; test targets are ranked once, at the end");
    int had = 0;
    for (int target : test) {
      had += had(target) ? 1 : 0;
    }
    add(
        "test targets that the user had before",
        share(had, test.length),
        "without such repeats, history items in the top 10 are places lost");
  }

  private void time() {
    if (!manifest.timed()) {
      add("time", "none", "the events carry no time: the order of the input is taken as theirs");
      return;
    }
    int tied = 0;
    int early = 0;
    long lastTraining = Long.MIN_VALUE;
    for (int u = 0; u < histories.users(); u++) {
      if (split.trainTo(u) > histories.starts()[u]) {
        lastTraining = Math.max(lastTraining, histories.times()[split.trainTo(u) - 1]);
      }
    }
    int[] test = testTargets();
    for (int target : test) {
      tied += histories.times()[target] == histories.times()[target - 1] ? 1 : 0;
      early += histories.times()[target] < lastTraining ? 1 : 0;
    }
    add(
        "events tied in time with the one before",
        share(count("tied_events"), histories.events()),
        shuffled() ? "which stands first was drawn at random" : "the order of the input decides");
    add(
        "test targets tied with the event before",
        share(
            manifest.counts().containsKey("tied_test_targets") ? count("tied_test_targets") : tied,
            test.length),
        shuffled()
            ? "which of the two is the target was drawn at random"
            : "which of the two is the target was the input's order");
    orderOfTies();
    add(
        "test targets before the last training event",
        share(early, test.length),
        split.isByTime()
            ? "the split is by time: nothing is learnt from what comes later"
            : "the split is by user, not by time: models learn from what others did later");
  }

  private boolean shuffled() {
    return "random".equals(manifest.ties());
  }

  private void orderOfTies() {
    long ascending = count("tied_events_ascending");
    long pairs = ascending + count("tied_events_descending");
    if (pairs > 0) {
      add(
          "tied events whose item ids ascend",
          share(ascending, pairs),
          "50 % by chance; where it is far from that, the order is the file's, not the user's");
    }
  }

  private void data() {
    add("duplicates", manifest.duplicates(), Numbers.count(count("duplicate_events"), "event"));
    add(
        "core filter",
        "users %s, items %s".formatted(manifest.minUserEvents(), manifest.minItemEvents()),
        String.format(
            Locale.ROOT,
            "least events each; %,d events fell outside",
            count("events_outside_core")));
  }

  private void leaks(List<Run> runs) {
    add(
        "seen from all events",
        "",
        "the core filter and the list of items, test targets included: known, small, and the same"
            + " for every model. Counts, popularity and the span of times are of training events");
    Map<String, ModelConfig> models = new TreeMap<>();
    runs.forEach(run -> models.put(run.report().model(), run.config().model()));
    findings.add(beyondThePast(models));
    add(
        "read of the future",
        "",
        manifest.cut() == null
            ? "training reads events of other users after the time of asking, as every"
                + " leave-one-out training does"
            : "nothing: training ends at the cut, and all test targets lie behind it");
    add(
        "settings",
        "",
        "as configured; presets and defaults were not tuned on this data: where they came from a"
            + " paper, they were chosen there");
  }

  /**
   * @param models by the names that the table has
   */
  static Finding beyondThePast(Map<String, ModelConfig> models) {
    Map<String, String> foresee = new TreeMap<>();
    models.forEach(
        (name, model) -> model.readsBeyondThePast().ifPresent(what -> foresee.put(name, what)));
    return foresee.isEmpty()
        ? new Finding(
            "seen beyond the past", "nothing", "no model reads a target or when it happens", false)
        : new Finding(
            "seen beyond the past",
            String.join(", ", foresee.keySet()),
            foresee.values().stream().distinct().collect(joining("; ", "reads ", ""))
                + "; what is served cannot know that, so the figures may be too good",
            true);
  }

  private void runs(List<Run> runs) {
    Set<String> versions = new TreeSet<>();
    Set<String> devices = new TreeSet<>();
    List<String> others = new ArrayList<>();
    for (Run run : runs) {
      JsonNode provenance = Json.read(run.directory().file("provenance.json"), JsonNode.class);
      versions.add(provenance.path("horae").asText());
      devices.add(
          "%s, %s cores"
              .formatted(provenance.path("device").asText(), provenance.path("cores").asText()));
      JsonNode ours =
          Json.MAPPER.valueToTree(Provenance.protocol(manifest, run.config().tieSeed()));
      JsonNode theirs = Json.read(run.directory().file("protocol.json"), JsonNode.class);
      ours.fieldNames()
          .forEachRemaining(
              name -> {
                if (theirs.has(name)
                    && !ours.path(name).toString().equals(theirs.path(name).toString())) {
                  others.add(run.label() + " (" + name + ")");
                }
              });
    }
    if (!runs.isEmpty()) {
      add("runs", runs.size() + " trained", "on " + String.join("; ", devices));
      findings.add(
          new Finding(
              "made by",
              versions.size() == 1 ? "one version" : versions.size() + " versions",
              String.join("; ", versions),
              versions.size() > 1));
      findings.add(
          others.isEmpty()
              ? new Finding("protocol of the runs", "the same", "protocol.json of each run", false)
              : new Finding(
                  "protocol of the runs",
                  "NOT the same",
                  "another one in " + String.join(", ", others),
                  true));
    }
  }

  private int[] testTargets() {
    return IntStream.range(0, histories.users())
        .map(split::testTarget)
        .filter(target -> target != Split.NONE)
        .toArray();
  }

  private boolean had(int target) {
    int u = Arrays.binarySearch(histories.starts(), target);
    int start = histories.starts()[u < 0 ? -u - 2 : u];
    for (int e = start; e < target; e++) {
      if (histories.items()[e] == histories.items()[target]) {
        return true;
      }
    }
    return false;
  }

  private long count(String name) {
    return manifest.counts().getOrDefault(name, 0).longValue();
  }

  private static String share(long part, long of) {
    return of == 0 ? "0" : Numbers.percent((double) part / of) + " %";
  }

  private void add(String what, String value, String remark) {
    findings.add(new Finding(what, value, remark, false));
  }
}
