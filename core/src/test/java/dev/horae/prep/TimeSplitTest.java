package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.InvalidValue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSplitTest {

  /** Days of January 2024, by user; an item is named after its day's last digit. */
  private static final List<String> ROWS =
      List.of(
          "ann,a,2024-01-01",
          "ann,b,2024-01-02",
          "ann,c,2024-01-03",
          "ann,d,2024-01-04",
          "ann,a,2024-01-10T12:00:00Z",
          "ann,b,2024-01-11",
          "ben,a,2024-01-02",
          "ben,new,2024-01-11",
          "ben,c,2024-01-12",
          "cem,b,2024-01-03",
          "cem,a,2024-01-04",
          "dan,a,2024-01-10T12:00:00Z",
          "dan,b,2024-01-12",
          "eve,d,2024-01-05",
          "eve,c,2024-01-12");

  @TempDir Path directory;

  @Test
  void theCutDividesAndIsRecorded() {
    Dataset dataset = prepare("2024-01-10 12:00", ROWS);
    assertThat(dataset.manifest().cut()).isEqualTo(1_704_888_000L);
    assertThat(dataset.manifest().provenance()).containsEntry("cut", "2024-01-10 12:00");
    assertThat(targets(dataset.split(), Split.Part.VALID)).containsExactly(3, -1, -1, -1, -1);
    assertThat(targets(dataset.split(), Split.Part.TEST)).containsExactly(4, -1, -1, -1, 14);
    assertThat(targets(dataset.split(), Split.Part.TEST_BORN_LATER))
        .containsExactly(-1, 7, -1, -1, -1);
    assertThat(DatasetReport.of(dataset).lines().map(String::stripTrailing))
        .containsSubsequence(
            "Split by time, at 2024-01-10T12:00:00Z",
            "  events before it                                8  53.3 %, trained on",
            "  events from it on                               7",
            "  training targets                                3",
            "  validation targets                              1",
            "  test targets                                    2",
            "  targets that are items born later               1  reported apart: nobody had them"
                + " before",
            "  items born later                                1  20.0 %",
            "  users born later                                1  20.0 %, not asked",
            "  users without later events                      1",
            "  events behind a test target                     2",
            "  users cut at the maximum length                 1  more than 3 events before the"
                + " last");
  }

  private static int[] targets(Split split, Split.Part part) {
    int[] targets = new int[split.histories().users()];
    Arrays.setAll(targets, u -> split.target(part, u));
    return targets;
  }

  /** What SQL counts, and what is trained on, must be the same in every data set. */
  @ParameterizedTest
  @ValueSource(strings = {"leave-one-out", "0.35", "0.8", "1700000000", "1700000007.5"})
  void countsAreThoseOfTheSplit(String cut) {
    Random random = new Random(11);
    List<String> rows = new ArrayList<>();
    for (int u = 0; u < 60; u++) {
      for (int e = random.nextInt(12); e >= 0; e--) {
        int when = 1_699_999_990 + random.nextInt(20); // many are tied
        rows.add("u%s,%s,%s".formatted(u, random.nextInt(40), when));
      }
    }
    Dataset dataset = prepare(cut, rows);
    Split split = dataset.split();
    int length = dataset.manifest().maxLength();
    Map<String, Integer> counted = new TreeMap<>();
    for (int u = 0; u < dataset.users().size(); u++) {
      counted.merge("train_targets", split.trainTo(u) - split.trainFrom(u), Integer::sum);
      for (int e = split.trainFrom(u); e < split.trainTo(u); e++) {
        over(dataset, u, e, length, counted);
      }
      for (Split.Part part : Split.Part.values()) {
        int target = split.target(part, u);
        if (target != Split.NONE) {
          over(dataset, u, target, length, counted);
          counted.merge(part.name(), 1, Integer::sum);
          long[] times = dataset.histories().times();
          boolean tied = part != Split.Part.VALID && times[target] == times[target - 1];
          counted.merge("tied_test_targets", tied ? 1 : 0, Integer::sum);
        }
      }
    }
    Map<String, Number> said = dataset.manifest().counts();
    assertThat(said.get("train_targets").intValue()).isEqualTo(counted.get("train_targets"));
    assertThat(said.get("valid_targets").intValue()).isEqualTo(counted.get("VALID"));
    assertThat(said.get("test_targets").intValue()).isEqualTo(counted.get("TEST"));
    assertThat(said.getOrDefault("test_targets_born_later", 0).intValue())
        .isEqualTo(counted.getOrDefault("TEST_BORN_LATER", 0));
    assertThat(said.get("tied_test_targets").intValue())
        .isEqualTo(counted.get("tied_test_targets"));
    assertThat(said.get("targets_over_max_length").intValue())
        .isEqualTo(counted.getOrDefault("over", 0))
        .isPositive();
  }

  private static void over(
      Dataset dataset, int u, int target, int length, Map<String, Integer> counted) {
    counted.merge("over", target - dataset.histories().starts()[u] > length ? 1 : 0, Integer::sum);
  }

  /** Two users have an event each at 10, 20 and so on to 100. */
  @ParameterizedTest
  @CsvSource({
    "0.5,   60",
    "0.57,  60",
    "0.575, 70",
    " .9,   100",
    "9e-1,  100",
    "0.99,  100",
    "35,    35",
    "100,   100",
    "19700101000045, 45"
  })
  void aShareIsOfAllEventsByTime(String cut, long seconds) {
    List<String> rows = new ArrayList<>();
    for (int time = 10; time <= 100; time += 10) {
      rows.add("ann,i%s,%s".formatted(time % 20, time));
      rows.add("ben,i%s,%s".formatted(time % 20, time));
    }
    assertThat(prepare(cut, rows).manifest().cut()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "1", "1.0", "-0.2", "1.5", "90.5", "90 %", "0,9", "", "soon", "2014-02-30"})
  void whatIsNeitherAMomentNorAShareIsRefused(String cut) {
    assertThatThrownBy(() -> new Cut(cut))
        .isInstanceOf(InvalidValue.class)
        .hasMessage(
            "cut = "
                + cut
                + " is neither a moment nor a share between 0 and 1 of the events; write one such"
                + " as 2014-01-01, or 0.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2023-12-31|``cut`` 2023-12-31: no event lies before it, the first is of 2024-01-01; choose"
            + " another moment, or a share such as 0.9",
        "2024-01-01|``cut`` 2024-01-01: no event lies before it, the first is of 2024-01-01; choose"
            + " another moment, or a share such as 0.9",
        "0.01|``cut`` 0.01, which is 2024-01-01: no event lies before it, the first is of"
            + " 2024-01-01; choose another moment, or a share such as 0.9",
        "2024-01-12T00:00:01Z|``cut`` 2024-01-12T00:00:01Z: no event lies at or behind it, the last"
            + " is of 2024-01-12; choose another moment, or a share such as 0.9",
        "1704067201|``cut`` 1704067201, which is 2024-01-01T00:00:01Z: 0 users have events before"
            + " it and then an item that was had before it, which 2 must; 0 users have three events"
            + " before it, which one must, for validation; choose another moment, or a share such"
            + " as 0.9",
      })
  void aCutThatLeavesTooLittleOnASideIsRefusedAndNothingIsWritten(String cut, String message) {
    assertThatThrownBy(() -> prepare(cut, ROWS))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void eventsWithoutTimesCannotBeCut() {
    assertThatThrownBy(() -> prepare("0.9", List.of("u,a,", "u,b,", "u,c,")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "``split`` time: the events carry no time; name the column of the times with ``column``"
                + " time=NAME, or leave ``split`` and ``cut`` out");
  }

  @Test
  void manifestsOfBeforeThereWasAChoiceMeanLeaveOneOut() {
    Manifest old =
        Json.read(
            Prepared.file(directory, "dataset.json", "{\"name\": \"old\", \"format\": 1}"),
            Manifest.class);
    assertThat(old.cut()).isNull();
  }

  private Dataset prepare(String cut, List<String> rows) {
    PrepareOptions.Protocol protocol =
        new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.REMOVE, 3, 0);
    return Prepared.run(
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(
                Prepared.file(
                    directory,
                    "events.csv",
                    Stream.concat(Stream.of("user,item,time"), rows.stream())
                        .toArray(String[]::new))),
            List.of()),
        cut.equals("leave-one-out") ? protocol : protocol.splitAt(new Cut(cut)),
        directory);
  }
}
