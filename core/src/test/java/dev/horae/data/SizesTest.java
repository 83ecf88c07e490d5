package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What does not fit into an array is told by place, number and repair, and never wraps around. */
class SizesTest {

  @Test
  void anArrayEndsAtTwoBillion() {
    assertThat(Sizes.of("events.csv", Sizes.MOST, "events", "take a part")).isEqualTo(Sizes.MOST);
    assertThat(Sizes.of("x", 0, "events", "take a part")).isZero();
    assertThatThrownBy(() -> Sizes.of("events.csv", 1L << 31, "events", "take a part"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "events.csv: 2,147,483,648 events are more than the 2,147,483,639 that can be used;"
                + " take a part");
  }

  @Test
  void aProductIsTakenAsALong() {
    assertThat(Sizes.of("table", 1000, 1000, "values", "")).isEqualTo(1_000_000);
    assertThatThrownBy(() -> Sizes.of("table", 65_536, 65_536, "values", "take fewer"))
        .hasMessageContaining("4,294,967,296 values");
  }

  @Test
  void aBatchOfTooManyPlacesIsRefused() {
    Histories none = new Histories(new int[1], new int[0], new long[0]);
    assertThatThrownBy(() -> SequenceBatch.empty(1 << 20, 1 << 12, none))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("batch: 4,294,967,296 places")
        .hasMessageContaining("train.batch_size");
  }

  @Test
  void aTableOfTooManyValuesIsRefusedAsAnArray() {
    FeatureTable table =
        new FeatureTable(
            "text", "wide", 1 << 20, 1 << 12, 1, new FeatureTable.InFile(Path.of("x"), 0));
    assertThatThrownBy(table::values)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("text = wide: 4,294,967,296 values");
    assertThatThrownBy(() -> table.with(List.of())).hasMessageContaining("4,294,967,296 values");
  }

  @Test
  void aHistoryWithTooManyVariantsIsRefused() {
    int events = 50_000;
    Histories one = new Histories(new int[] {0, events}, new int[events], new long[events]);
    assertThatThrownBy(one::leaveOneOut)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("history: 2,500,000,000 events");
  }
}
