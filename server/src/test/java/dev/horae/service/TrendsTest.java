package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.store.Store;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrendsTest {

  private static final long DAY = 86_400;
  private static final long NOW = 20_000 * DAY + 5_000;

  private int next;

  private void add(Trends trends, String item, long daysAgo, String type) {
    trends.add(
        new Store.Event("e" + next++, type, "u", item, NOW - daysAgo * DAY, null, null, Map.of()));
  }

  @Test
  void daysOfTheWindowCountAndNoOthers() {
    Trends trends = new Trends();
    for (int i = 0; i < 3; i++) {
      add(trends, "old", 8, "view");
      add(trends, "future", -1, "view");
    }
    add(trends, "b", 6, "view");
    add(trends, "b", 0, "purchase");
    add(trends, "a", 1, "view");
    add(trends, "shown", 0, Store.IMPRESSION);
    assertThat(trends.trending(NOW, 7))
        .containsExactly(new Trends.Count("b", 2), new Trends.Count("a", 1));
    assertThat(trends.trending(NOW, 1)).containsExactly(new Trends.Count("b", 1));
    assertThat(trends.trending(NOW, 31))
        .containsExactly(
            new Trends.Count("old", 3), new Trends.Count("b", 2), new Trends.Count("a", 1));
    assertThat(List.of(trends.events("old"), trends.events("b"), trends.events("shown")))
        .containsExactly(3L, 2L, 0L);
  }

  @Test
  void anEventOfTomorrowTakesNoOtherDaysPlace() {
    Trends trends = new Trends();
    for (int day = 40; day >= -1; day--) {
      add(trends, "a", day, "view");
    }
    assertThat(trends.trending(NOW, 31)).containsExactly(new Trends.Count("a", 31));
    assertThat(trends.events("a")).isEqualTo(42);
  }

  @Test
  void eventsMayComeInAnyOrder() {
    Trends trends = new Trends();
    add(trends, "a", 0, "view");
    add(trends, "a", 32, "view");
    add(trends, "a", 64, "view");
    add(trends, "a", 0, "view");
    assertThat(trends.trending(NOW, 31)).containsExactly(new Trends.Count("a", 2));
    assertThat(trends.events("a")).isEqualTo(4);
  }
}
