package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ScenariosTest {

  private static Scenarios.VariantResult result(long clicks, long impressions) {
    return Scenarios.result("v", new Store.VariantCounts("v", impressions, impressions, clicks));
  }

  /** Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I. */
  @Test
  void intervalsOfRatesAreWilsons() {
    Scenarios.VariantResult some = result(15, 148);
    assertThat(some.low()).isCloseTo(0.0624, within(5e-5));
    assertThat(some.high()).isCloseTo(0.1605, within(5e-5));
    Scenarios.VariantResult none = result(0, 20);
    assertThat(none.low()).isZero();
    assertThat(none.high()).isCloseTo(0.1611, within(5e-5));
    assertThat(Scenarios.result("v", null).high()).isEqualTo(1);
  }

  /** Newcombe, "Interval estimation for the difference …", 1998, table II, method 10. */
  @Test
  void intervalsOfDifferencesAreNewcombes() {
    Scenarios.Interval interval = Scenarios.difference(result(48, 80), result(56, 70));
    assertThat(interval.low()).isCloseTo(0.0524, within(5e-5));
    assertThat(interval.high()).isCloseTo(0.3339, within(5e-5));
  }

  private static Scenario.Experiment experiment(String salt, double... weights) {
    List<Scenario.Variant> variants = new ArrayList<>();
    for (int v = 0; v < weights.length; v++) {
      variants.add(new Scenario.Variant("v" + v, weights[v], null, null, null, null, null));
    }
    return new Scenario.Experiment(salt, variants);
  }

  @Test
  void usersAreSpreadByWeightAndAnotherSaltSpreadsThemAnew() {
    Scenario.Experiment first = experiment("one", 1, 2, 1);
    Scenario.Experiment second = experiment("two", 1, 2, 1);
    Map<String, Integer> counts = new TreeMap<>();
    int same = 0;
    int users = 20_000;
    for (int u = 0; u < users; u++) {
      String variant = Scenarios.assigned("home", first, "u" + u).name();
      counts.merge(variant, 1, Integer::sum);
      same += variant.equals(Scenarios.assigned("home", second, "u" + u).name()) ? 1 : 0;
    }
    assertThat(counts.get("v0") / (double) users).isCloseTo(0.25, within(0.01));
    assertThat(counts.get("v1") / (double) users).isCloseTo(0.5, within(0.01));
    assertThat(same / (double) users).isCloseTo(0.375, within(0.015)); // of independent draws
  }

  /** Who is in a variant must not change when the server is started again, or elsewhere. */
  @Test
  void theVariantOfAUserIsFixed() {
    Scenario.Experiment halves = experiment(null, 1, 1);
    assertThat(
            List.of("anna", "bert", "cleo", "dora", "emil").stream()
                .map(user -> Scenarios.assigned("home", halves, user).name())
                .toList())
        .isEqualTo(FIXED);
  }

  private static final List<String> FIXED =
      List.of("v0", "v1", "v0", "v1", "v1"); // the first bits of the hashes
}
