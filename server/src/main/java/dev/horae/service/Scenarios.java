package dev.horae.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import dev.horae.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The places of a shop where recommendations are shown, and the experiments on them. */
public final class Scenarios {

  static final String KIND = "scenario";

  /** A scenario and the version of what was written. */
  public record Named(String name, Scenario scenario, long version) {}

  /**
   * What holds for one question.
   *
   * @param variant null: there is no experiment
   */
  record Settled(Scenario scenario, @Nullable String variant) {}

  private final Store store;
  private final Kept<Totals> totals = new Kept<>(this::count, System::nanoTime);
  private volatile Map<String, Named> known = Map.of();

  Scenarios(Store store) {
    this.store = store;
    follow();
  }

  /** Takes over what other servers wrote. */
  synchronized void follow() {
    Map<String, Named> all = new TreeMap<>();
    for (Store.Document document : store.documents(KIND)) {
      all.put(document.name(), named(document));
    }
    known = all;
  }

  private static Named named(Store.Document document) {
    try {
      return new Named(
          document.name(),
          Items.MAPPER.readValue(document.json(), Scenario.class),
          document.version());
    } catch (JsonProcessingException e) {
      throw new DataException(
          "the store's scenario '"
              + document.name()
              + "' cannot be read: "
              + e.getOriginalMessage(),
          e);
    }
  }

  List<Named> all() {
    return List.copyOf(known.values());
  }

  Named get(String name) {
    Named named = known.get(name);
    if (named == null) {
      throw Refusal.notFound("scenario", name, "use one of " + known.keySet());
    }
    return named;
  }

  /**
   * Writes a scenario.
   *
   * @param expected the version that is to be changed; 0: there is to be none; null: whatever is
   *     there
   */
  synchronized Named put(String name, Scenario scenario, @Nullable Long expected) {
    check(scenario);
    String json;
    try {
      json = Items.MAPPER.writeValueAsString(scenario);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
    OptionalLong version = store.put(KIND, name, json, expected);
    follow();
    if (version.isEmpty() && expected != null) {
      Named there = known.get(name);
      throw Refusal.changed("scenario", name, there == null ? 0 : there.version(), expected);
    }
    return get(name);
  }

  private static void check(Scenario scenario) {
    Scenario.Experiment experiment = scenario.experiment();
    if (experiment == null) {
      return;
    }
    if (experiment.variants().size() < 2) {
      throw Refusal.invalid(
          "experiment.variants",
          experiment.variants().size(),
          "variants compare nothing",
          "name at least two, such as control and test");
    }
    Map<String, Integer> places = new HashMap<>();
    for (int v = 0; v < experiment.variants().size(); v++) {
      Scenario.Variant variant = experiment.variants().get(v);
      Integer before = places.put(variant.name(), v);
      if (before != null) {
        throw Refusal.invalid(
            "experiment.variants[" + v + "].name",
            variant.name(),
            "is the name of variant " + before + " as well",
            "give each its own");
      }
      if (!(variant.weight() > 0 && variant.weight() <= 1e9)) {
        throw Refusal.invalid(
            "experiment.variants[" + v + "].weight",
            variant.weight(),
            "is not positive",
            "try 1 for each");
      }
    }
  }

  /**
   * Takes a scenario away.
   *
   * @param expected the version that is to go; null: whatever is there
   * @throws Refusal when there is none, or another version
   */
  synchronized void delete(String name, @Nullable Long expected) {
    boolean was = store.delete(KIND, name, expected);
    follow();
    if (!was) {
      Named there = get(name); // says which there are
      if (expected != null) {
        throw Refusal.changed("scenario", name, there.version(), expected);
      }
    }
  }

  /**
   * {@return what holds for a user}
   *
   * @param name null: no scenario
   * @param user whoever it is; a random text where nobody is known
   */
  Settled settle(@Nullable String name, String user) {
    if (name == null) {
      return new Settled(Scenario.DEFAULT, null);
    }
    Scenario scenario = get(name).scenario();
    Scenario.Experiment experiment = scenario.experiment();
    if (experiment == null) {
      return new Settled(scenario, null);
    }
    Scenario.Variant variant = assigned(name, experiment, user);
    return new Settled(scenario.with(variant), variant.name());
  }

  /** {@return the variant of a user, the same at every time and on every server} */
  static Scenario.Variant assigned(String scenario, Scenario.Experiment experiment, String user) {
    double all = experiment.variants().stream().mapToDouble(Scenario.Variant::weight).sum();
    String salt = experiment.salt() == null ? scenario : experiment.salt();
    double place = all * fraction(salt + "\0" + user);
    for (Scenario.Variant variant : experiment.variants()) {
      place -= variant.weight();
      if (place < 0) {
        return variant;
      }
    }
    return experiment.variants().get(experiment.variants().size() - 1); // by rounding
  }

  /** {@return a number from 0 to below 1 by the first 53 bits of SHA-256} */
  private static double fraction(String text) {
    byte[] digest = Hashes.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    long bits = 0;
    for (int b = 0; b < 7; b++) {
      bits = bits << 8 | digest[b] & 0xFF;
    }
    return (bits >>> 3) / (double) (1L << 53);
  }

  /**
   * What an experiment has shown so far.
   *
   * @param difference of the last variant's rate minus the first's, 95 %; null where one of them
   *     was shown to nobody
   */
  public record Results(
      String scenario, List<VariantResult> variants, @Nullable Interval difference, String note) {}

  /**
   * A variant's figures.
   *
   * @param impressions lists that were shown
   * @param clicks lists of which something was clicked
   * @param rate clicks per impression; 0 where there is none
   * @param low of its 95 % interval
   */
  public record VariantResult(
      String name,
      long users,
      long impressions,
      long clicks,
      double rate,
      double low,
      double high) {}

  /** From where to where a figure lies. */
  public record Interval(double low, double high) {}

  private static final String NOTE =
      "95 % intervals: Wilson's for rates, Newcombe's for their difference. They hold for one look"
          + " at a time chosen beforehand; lists of one user are taken as independent.";

  Results results(String name) {
    return results(get(name));
  }

  private Results results(Named named) {
    String name = named.name();
    Scenario.Experiment experiment = named.scenario().experiment();
    Map<String, Store.VariantCounts> counts = new HashMap<>();
    store.counts(name, 0).forEach(count -> counts.put(count.variant(), count));
    List<String> variants =
        experiment == null
            ? List.of("")
            : experiment.variants().stream().map(Scenario.Variant::name).toList();
    List<VariantResult> results = new ArrayList<>();
    for (String variant : variants) {
      results.add(result(variant, counts.get(variant)));
    }
    VariantResult first = results.get(0);
    VariantResult last = results.get(results.size() - 1);
    return new Results(
        name,
        results,
        results.size() < 2 || first.impressions() == 0 || last.impressions() == 0
            ? null
            : difference(first, last),
        NOTE);
  }

  /**
   * How often lists of a scenario were shown, and something of them was clicked.
   *
   * @param impressions of its variants of now
   */
  public record Total(String name, long impressions, long clicks) {}

  /**
   * The totals of all scenarios.
   *
   * @param time when they were counted
   */
  public record Totals(List<Total> scenarios, Instant time) {}

  private Totals count() {
    List<Total> totals = new ArrayList<>();
    for (Named scenario : all()) {
      List<VariantResult> variants = results(scenario).variants();
      totals.add(
          new Total(
              scenario.name(),
              variants.stream().mapToLong(VariantResult::impressions).sum(),
              variants.stream().mapToLong(VariantResult::clicks).sum()));
    }
    return new Totals(totals, Instant.now());
  }

  /** {@return the totals of a short while ago, longer where they take long to count} */
  Totals totals() {
    return totals.get();
  }

  static VariantResult result(String variant, Store.@Nullable VariantCounts counts) {
    if (counts == null || counts.impressions() == 0) {
      return new VariantResult(variant, 0, 0, 0, 0, 0, 1);
    }
    double n = counts.impressions();
    double rate = counts.clicks() / n;
    double z = 1.959963984540054;
    double middle = (rate + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * Math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    return new VariantResult(
        variant,
        counts.users(),
        counts.impressions(),
        counts.clicks(),
        rate,
        Math.max(0, middle - half),
        Math.min(1, middle + half));
  }

  /** Newcombe, "Interval estimation for the difference between independent proportions", 1998. */
  static Interval difference(VariantResult first, VariantResult last) {
    double difference = last.rate() - first.rate();
    double below = Math.hypot(last.rate() - last.low(), first.high() - first.rate());
    double above = Math.hypot(last.high() - last.rate(), first.rate() - first.low());
    return new Interval(difference - below, difference + above);
  }
}
