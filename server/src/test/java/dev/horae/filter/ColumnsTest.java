package dev.horae.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ColumnsTest {

  @Test
  void theFirstValueDecidesAboutTheType() {
    Columns.Builder builder = Columns.builder(3);
    assertThat(builder.set("price", 1, 3)).isTrue();
    assertThat(builder.set("price", 2, "three")).isFalse();
    assertThat(builder.set("price", 3, 3.0)).isTrue();
    Columns columns = builder.build();
    assertThat(columns.summaries())
        .containsExactly(new Columns.Summary("price", Columns.Type.NUMBER, 2, List.of(3.0)));
    assertThat(columns.rows()).isEqualTo(4);
    assertThat(columns).hasToString("Columns[price] of 3 items");
  }

  @Test
  void aSecondValueReplacesTheFirst() {
    Columns.Builder builder = Columns.builder(1);
    builder.set("brand", 1, "A");
    builder.set("brand", 1, "B");
    assertThat(new Filters(builder.build(), 0).matching("brand == 'B'", 0).cardinality())
        .isEqualTo(1);
  }

  /** Whatever the order of the rows, and whether few or most of them have a value. */
  @Test
  void valuesStandInTheirRows() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      int items = 1 + random.nextInt(40);
      int sets = random.nextInt(2 * items);
      boolean ascending = random.nextBoolean();
      Columns.Builder builder = Columns.builder(items);
      SortedMap<Integer, Integer> expected = new TreeMap<>();
      int row = 1;
      for (int i = 0; i < sets && row <= items; i++) {
        row = ascending ? row + random.nextInt(3) : 1 + random.nextInt(items);
        if (row <= items) {
          expected.put(row, random.nextInt(4));
          builder.set("size", row, expected.get(row));
        }
      }
      Columns columns = builder.build();
      Filters filters = new Filters(columns.with(Set.of("size")), 0);
      for (int size = 0; size < 4; size++) {
        int wanted = size;
        assertThat(filters.matching("size == " + size, 0).stream().boxed())
            .containsExactlyElementsOf(
                expected.keySet().stream().filter(at -> expected.get(at) == wanted).toList());
      }
      assertThat(filters.matching("has(size)", 0).stream().boxed())
          .containsExactlyElementsOf(expected.keySet());
      assertThat(columns.summaries().stream().mapToInt(Columns.Summary::items).sum())
          .isEqualTo(expected.size());
    }
  }

  /** With room for every item in each they would take 40 GB. */
  @Test
  void aColumnTakesRoomForTheItemsThatHaveAValue() {
    Columns.Builder builder = Columns.builder(1_000_000);
    for (int name = 0; name < 10_000; name++) {
      builder.set("p" + name, 1 + name * 7, name);
    }
    Columns columns = builder.build();
    assertThat(columns.names()).hasSize(10_000);
    assertThat(new Filters(columns, 0).matching("p9999 == 9999 && !has(p0)", 0).stream())
        .containsExactly(69_994);
  }

  @Test
  void namesAreWrittenSoThatExpressionsCanUseThem() {
    assertThat(Columns.nameOf("price")).isEqualTo("price");
    assertThat(Columns.nameOf("screen size (cm)")).isEqualTo("screen_size__cm_");
    assertThat(Columns.nameOf("3d")).isEqualTo("_3d");
    assertThat(Columns.nameOf("in")).isEqualTo("_in");
    assertThat(Columns.nameOf("now")).isEqualTo("_now");
    assertThat(Columns.nameOf("")).isEqualTo("_");
    Columns.Builder builder = Columns.builder(1);
    builder.set("in", 1, true);
    builder.set("int", 1, true);
    builder.set("size", 1, 3);
    builder.set("has", 1, 3);
    Filters filters = new Filters(builder.build(), 0);
    assertThat(filters.matching("_in && int && size == 3 && has(has)", 0).cardinality())
        .isEqualTo(1);
  }

  @Test
  void examplesAreTheMostFrequentValues() {
    Columns.Builder builder = Columns.builder(40);
    for (int row = 1; row <= 40; row++) {
      builder.set("size", row, (int) Math.sqrt(row));
      builder.set("tags", row, row % 2 == 0 ? List.of() : List.of("odd"));
    }
    assertThat(builder.build().summaries())
        .containsExactly(
            new Columns.Summary("size", Columns.Type.NUMBER, 40, List.of(5.0, 4.0, 3.0, 2.0, 6.0)),
            new Columns.Summary("tags", Columns.Type.TEXTS, 20, List.of(List.of("odd"))));
  }

  @Test
  void whatIsNoValueIsRefused() {
    Columns.Builder builder = Columns.builder(1);
    assertThatThrownBy(() -> builder.set("price", 1, Double.NaN))
        .hasMessage(
            "property 'price': NaN is no text, finite number, true or false, list of texts or"
                + " time");
    assertThatThrownBy(() -> builder.set("tags", 1, List.of(3)))
        .hasMessage(
            "property 'tags': [3] is no text, finite number, true or false, list of texts or time");
    assertThatThrownBy(() -> builder.set("price", 2, 3)).hasMessage("row 2 is not within 1..1");
    assertThatThrownBy(() -> builder.set("price", 0, 3)).hasMessage("row 0 is not within 1..1");
  }
}
