package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events whose times are equal, or only look so in whole seconds. */
class TiesTest {

  private static final long DAY = 1_700_000_000L;

  @TempDir Path directory;

  @Test
  void eventsOfOneSecondStandInTheirOrderAndAreNoDuplicates() {
    List<String> rows = new ArrayList<>();
    for (int u = 0; u < 3; u++) {
      for (int e = 0; e < 6; e++) {
        rows.add("u%s,i%s,%s.%s".formatted(u, e / 2, DAY, e * 15 + 10));
      }
    }
    Collections.shuffle(rows, new Random(3));
    Dataset dataset = prepare(PrepareOptions.Ties.FILE, rows);
    assertThat(Prepared.histories(dataset))
        .containsExactlyInAnyOrder(
            "u0: i0@1700000000 i0@1700000000 i1@1700000000 i1@1700000000 i2@1700000000"
                + " i2@1700000000",
            "u1: i0@1700000000 i0@1700000000 i1@1700000000 i1@1700000000 i2@1700000000"
                + " i2@1700000000",
            "u2: i0@1700000000 i0@1700000000 i1@1700000000 i1@1700000000 i2@1700000000"
                + " i2@1700000000");
    assertThat(dataset.manifest().counts())
        .containsEntry("duplicate_events", 0)
        .containsEntry("tied_events", 0)
        .containsEntry("tied_test_targets", 0);
  }

  @Test
  void timesBefore1970AreRoundedDown() {
    Dataset dataset =
        prepare(PrepareOptions.Ties.FILE, List.of("u,a,-1.5", "u,b,-1", "u,c,-0.001", "u,d,0.9"));
    assertThat(Prepared.histories(dataset)).containsExactly("u: a@-2 b@-1 c@-1 d@0");
  }

  @Test
  void theReportSaysWhenTheFileIsSortedByItem() {
    Dataset dataset = prepare(PrepareOptions.Ties.FILE, groupedByItem());
    assertThat(dataset.manifest().ties()).isEqualTo("file");
    assertThat(dataset.manifest().counts())
        .containsEntry("tied_events", 160)
        .containsEntry("tied_events_ascending", 160)
        .containsEntry("tied_events_descending", 0)
        .containsEntry("tied_test_targets", 20);
    assertThat(DatasetReport.of(dataset))
        .contains(
            "  events tied with the one before               160  80.0 %, input order decides")
        .contains("  ties whose item ids ascend                    160  100.0 %, by chance 50 %")
        .contains(
            "  80.0 % of the events have the time of the one before, and the item ids of 100.0 % of"
                + " these pairs ascend (by chance 50 %): their order is the file's, not the user's;"
                + " ``ties`` random shuffles them");
  }

  @Test
  void tiesCanBeShuffledTheSameEachTime() {
    Dataset dataset = prepare(PrepareOptions.Ties.RANDOM, groupedByItem());
    List<String> once = Prepared.histories(dataset);
    assertThat(Prepared.histories(prepare(PrepareOptions.Ties.RANDOM, groupedByItem())))
        .isEqualTo(once);
    assertThat(dataset.manifest().ties()).isEqualTo("random");
    assertThat(dataset.manifest().counts().get("tied_events_ascending").intValue())
        .isBetween(60, 100); // of 160
    assertThat(DatasetReport.of(dataset))
        .contains("  events tied with the one before               160  80.0 %, shuffled")
        .doesNotContain("the file's");

    Dataset file = prepare(PrepareOptions.Ties.FILE, groupedByItem());
    assertThat(once).isNotEqualTo(Prepared.histories(file));
    assertThat(dataset.histories().times()).isEqualTo(file.histories().times());
    assertThat(dataset.users()).isEqualTo(file.users());
    assertThat(dataset.catalogue().items()).isEqualTo(file.catalogue().items());
  }

  @Test
  void onlyEqualTimesAreShuffled() {
    List<String> rows = new ArrayList<>();
    for (int e = 0; e < 40; e++) {
      rows.add("u,i%s,%s".formatted(e, DAY * 1000 + e)); // a millisecond apart
    }
    assertThat(Prepared.histories(prepare(PrepareOptions.Ties.RANDOM, rows)))
        .isEqualTo(Prepared.histories(prepare(PrepareOptions.Ties.FILE, rows)));
  }

  @Test
  void historiesWithoutTimesAreNotShuffled() {
    assertThatThrownBy(() -> prepare(PrepareOptions.Ties.RANDOM, List.of("u,a,", "u,b,", "u,c,")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "``ties`` random: the events carry no time, so whole histories would be shuffled; name"
                + " the column of the times with ``column`` time=NAME, or leave ``ties`` out");
  }

  @Test
  void aColumnOfMissingTimesIsNotAdvisedAgain() {
    Dataset dataset = prepare(PrepareOptions.Ties.FILE, List.of("u,a,NaT", "u,b,", "u,c,None"));
    assertThat(DatasetReport.of(dataset))
        .endsWith("the events carry no time: the order of the input is taken as their order\n");
  }

  /** Two days of five items each for 20 users, in a file sorted by item; ids are numbers. */
  private static List<String> groupedByItem() {
    List<String> rows = new ArrayList<>();
    for (int i = 7; i < 17; i++) {
      for (int u = 0; u < 20; u++) {
        rows.add("u%s,%s,%s".formatted(u, i, DAY + 86_400L * (i % 2)));
      }
    }
    return rows;
  }

  private Dataset prepare(PrepareOptions.Ties ties, List<String> rows) {
    List<String> lines = new ArrayList<>(List.of("user,item,time"));
    lines.addAll(rows);
    return Prepared.run(
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(Prepared.file(directory, "events.csv", lines.toArray(String[]::new))),
            List.of()),
        new PrepareOptions.Protocol(
            0, 0, PrepareOptions.Duplicates.REMOVE, ties, false, 50, 0, Optional.empty()),
        directory);
  }
}
