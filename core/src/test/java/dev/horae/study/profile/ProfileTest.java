package dev.horae.study.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Text;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProfileTest {

  private static final long START = Instant.parse("2014-01-06T00:00:00Z").getEpochSecond();
  private static final long DAY = 86_400;

  private static final List<Item> ITEMS =
      List.of(
          new Item("a", "Duck", "", List.of("Toys"), "a.png"),
          new Item("b", "", "Acme", List.of(), ""),
          new Item("c", "", "", List.of(), ""),
          new Item("d", "Cow", "Acme", List.of("Toys", "Animals"), List.of("1.png", "2.png")));

  /** Two users, on days 0 1 1 30 and 0 0 60; items 1 2 1 3 and 1 2 4. */
  private static Dataset dataset(String name, @Nullable Long cut, boolean timed) {
    long[] days = {0, 1, 1, 30, 0, 0, 60};
    long[] times = new long[days.length];
    for (int e = 0; e < days.length && timed; e++) {
      times[e] = START + DAY * days[e];
    }
    return new Dataset(
        Path.of("folder", name),
        new Manifest(
            name, 1, 2, 1, 1, "kept", "file", cut, timed, Map.of(), Map.of(), "", Map.of()),
        new Catalogue(ITEMS),
        List.of("u", "v"),
        new Histories(new int[] {0, 4, 7}, new int[] {1, 2, 1, 3, 1, 2, 4}, times),
        new Catalogue(
            List.of(
                ITEMS.get(0),
                ITEMS.get(1),
                ITEMS.get(2),
                ITEMS.get(3),
                new Item("cold", "New", "", List.of(), ""))));
  }

  private static final Profile SMALL = Profile.of(dataset("small", null, true));

  @Test
  void sizesAndContentAreCounted() {
    assertThat(List.of(SMALL.users(), SMALL.items(), SMALL.events(), SMALL.coldItems()))
        .containsExactly(2, 4, 7, 1);
    assertThat(SMALL.sparsity()).isEqualTo(1 - 7 / 8.0);
    assertThat(SMALL.content())
        .isEqualTo(
            Map.of("title", 2L, "brand", 2L, "categories", 2L, "any text", 3L, "picture", 2L));
    assertThat(SMALL.categories()).isEqualTo(2);
    assertThat(List.of(SMALL.length(0.5), SMALL.length(0.9), SMALL.length(1)))
        .containsExactly(3, 4, 4);
    assertThat(SMALL.usersOverMaxLength()).isEqualTo(2);
  }

  @Test
  void giniAndTopAreThoseOfTheTextbook() {
    assertThat(Profile.gini(5, 5, 5, 5)).isZero();
    assertThat(Profile.gini(10, 0, 0, 0)).isEqualTo(0.75); // 1 - 1 / n
    assertThat(Profile.gini(4, 3, 2, 1)).isEqualTo(0.25);
    assertThat(Profile.gini()).isZero();
    assertThat(Profile.top(0.25, 4, 3, 2, 1)).isEqualTo(0.4);
    assertThat(Profile.top(0.3, 4, 3, 2, 1)).as("a part of an item is one").isEqualTo(0.7);
    assertThat(Profile.top(1, 4, 3, 2, 1)).isEqualTo(1);
    assertThat(SMALL.popularity()).containsExactly(3, 2, 1, 1);
  }

  @Test
  void timeIsCutIntoThirtyEqualParts() {
    long[] groups = SMALL.groups(); // of two days each
    assertThat(groups).hasSize(30);
    assertThat(groups[0]).isEqualTo(5);
    assertThat(groups[15]).isEqualTo(1); // day 30 begins it
    assertThat(groups[29]).as("the last moment belongs to the last part").isEqualTo(1);
    assertThat(SMALL.begin(15)).isEqualTo(START + 30 * DAY);
    assertThat(SMALL.busiestGroups()).containsExactly(0);
  }

  @Test
  void intervalsTiesAndSeasonsAreCounted() {
    long[] intervals = SMALL.intervals();
    assertThat(intervals).containsExactly(0, 0, DAY, 29 * DAY, 60 * DAY);
    assertThat(Profile.median(intervals)).isEqualTo(DAY);
    assertThat(Profile.intervals(intervals).counts())
        .containsExactly(2, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0);
    assertThat(Profile.intervals(1, 59, 60, 3 * 365 * DAY).counts())
        .containsExactly(0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    assertThat(SMALL.ties().counts()).startsWith(0, 2, 0);
    assertThat(SMALL.tiedTargets()).isZero();
    assertThat(SMALL.wholeDays()).isTrue();
    assertThat(SMALL.months().counts()).startsWith(5, 1, 1, 0);
    assertThat(SMALL.weekdays().counts()).containsExactly(3, 2, 1, 0, 1, 0, 0);
    assertThat(SMALL.hours().counts()[0]).isEqualTo(7);
  }

  @Test
  void repeatsAndTargetsAreThoseOfTheSplit() {
    assertThat(SMALL.gaps().counts()).startsWith(0, 1, 0); // item 1 of the first user
    assertThat(SMALL.repeatIntervals()).containsExactly(DAY);
    assertThat(SMALL.trained()).containsExactly(1, 5);
    assertThat(SMALL.valid()).as("of two events none is validated on").containsExactly(2);
    assertThat(SMALL.tests()).containsExactly(3, 6);
    assertThat(SMALL.repeated(SMALL.valid())).isEqualTo(1);
    assertThat(SMALL.cut(SMALL.tests())).as("of the first user, three before").isEqualTo(1);

    Profile byTime = Profile.of(dataset("small", START + 10 * DAY, true));
    assertThat(byTime.tests()).isEmpty();
    assertThat(byTime.testsBornLater()).containsExactly(3, 6);
  }

  @Test
  void dataSetsStandSideBySide() {
    Findings findings =
        Profiles.of(
            List.of(
                dataset("small", null, true),
                dataset("<b>|other", START + 10 * DAY, true),
                dataset("untimed", null, false)),
            new Origin("horae", List.of(), "", List.of(), "", "", ""));

    assertThat(findings.title()).isEqualTo("Data of small, <b>|other, untimed");
    Table sizes = findings.tables().get(0);
    assertThat(sizes.rows().get(0))
        .containsExactly(
            "small", 2, 4, 7, 3.5, 3, 1.75, 12.5, 75.0, 50.0, "2014-01-06", "2014-03-07");
    assertThat(sizes.rows().get(2).subList(10, 12)).containsOnlyNulls();
    assertThat(table(findings, "Targets").rows().get(1))
        .containsExactly("<b>|other", "by time at 2014-01-16", 2, 1, 0, 0.0, 2);
    assertThat(findings.blocks())
        .filteredOn(block -> block instanceof Text text && text.warning())
        .containsExactly(
            Text.warning(
                "untimed has no part in what follows: its events carry no time, and their order is"
                    + " that of the input."));
    assertThat(table(findings, "Events over time").rows()).hasSize(60);
    assertThat(findings.tables().stream().map(Table::title))
        .as("all times are days")
        .doesNotContain("Events by hour (UTC)");
    assertThat(findings.blocks())
        .filteredOn(Chart.class::isInstance)
        .allMatch(chart -> "data set".equals(((Chart) chart).series()));
  }

  @Test
  void oneWithoutTimesAndCatalogueSaysSo() {
    Dataset bare = dataset("bare", null, false);
    List<Item> unknown =
        List.of("a", "b", "c", "d").stream()
            .map(id -> new Item(id, "", "", List.of(), ""))
            .toList();
    Findings findings =
        Profiles.of(
            List.of(
                new Dataset(
                    bare.directory(),
                    bare.manifest(),
                    new Catalogue(unknown),
                    bare.users(),
                    bare.histories())),
            new Origin("horae", List.of(), "", List.of(), "", "", ""));
    assertThat(findings.blocks())
        .contains(Text.of("bare: nothing is known of its 4 items but their events."));
    assertThat(findings.blocks().get(findings.blocks().size() - 2)).isEqualTo(new Heading("Time"));
  }

  @Test
  void twoOfOneNameAreRefused() {
    Dataset dataset = dataset("same", null, true);
    Dataset elsewhere =
        new Dataset(
            Path.of("elsewhere", "same"),
            dataset.manifest(),
            dataset.catalogue(),
            dataset.users(),
            dataset.histories());
    assertRefused("are both named same; prepare one under another name", dataset, elsewhere);
    assertRefused("folder/same is given twice; give it once", dataset, dataset);
  }

  private static void assertRefused(String message, Dataset... datasets) {
    assertThatThrownBy(
            () ->
                Profiles.of(
                    List.of(datasets), new Origin("horae", List.of(), "", List.of(), "", "", "")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  private static Table table(Findings findings, String title) {
    return findings.tables().stream()
        .filter(table -> table.title().equals(title))
        .findFirst()
        .orElseThrow();
  }
}
