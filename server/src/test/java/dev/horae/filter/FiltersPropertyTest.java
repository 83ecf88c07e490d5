package dev.horae.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random filters against predicates in plain Java, over items that lack values. */
class FiltersPropertyTest {

  private static final int ITEMS = 200;
  private static final long NOW = 1_790_000_000L;
  private static final List<String> BRANDS = List.of("LEGO", "Acme", "Zoë", "O'Neill");
  private static final List<String> TAGS = List.of("Toys", "adult", "new", "sale");

  private record Row(
      @Nullable String brand,
      @Nullable Double price,
      @Nullable Boolean sale,
      @Nullable Long released,
      List<String> tags) {}

  /** Null = neither true nor false. */
  private record Filter(String text, Function<Row, @Nullable Boolean> predicate) {}

  private final Random random = new Random(11);

  private List<Row> rows() {
    return random
        .ints(ITEMS)
        .mapToObj(
            i ->
                new Row(
                    some(BRANDS.get(random.nextInt(4))),
                    some(random.nextInt(20) / 4.0 - 1),
                    some(random.nextBoolean()),
                    some(NOW - random.nextInt(200) * 86_400L),
                    TAGS.stream().filter(tag -> random.nextInt(3) == 0).toList()))
        .toList();
  }

  private <T> @Nullable T some(T value) {
    return random.nextInt(4) == 0 ? null : value;
  }

  private static Columns columns(List<Row> rows) {
    Columns.Builder columns = Columns.builder(rows.size());
    for (int i = 1; i <= rows.size(); i++) {
      Row row = rows.get(i - 1);
      set(columns, "brand", i, row.brand());
      set(columns, "price", i, row.price());
      set(columns, "sale", i, row.sale());
      set(
          columns,
          "released",
          i,
          row.released() == null ? null : Instant.ofEpochSecond(row.released()));
      columns.set("tags", i, row.tags());
    }
    return columns.build();
  }

  private static void set(Columns.Builder columns, String name, int row, @Nullable Object value) {
    if (value != null) {
      columns.set(name, row, value);
    }
  }

  private Filter filter(int depth) {
    if (depth == 0) {
      return comparison();
    }
    Filter left = filter(depth - 1);
    Filter right = filter(depth - 1);
    return switch (random.nextInt(5)) {
      case 0 ->
          new Filter(
              "(" + left.text + " && " + right.text + ")",
              row -> and(left.predicate.apply(row), right.predicate.apply(row)));
      case 1 ->
          new Filter(
              "(" + left.text + " || " + right.text + ")",
              row -> not(and(not(left.predicate.apply(row)), not(right.predicate.apply(row)))));
      case 2 -> new Filter("!" + left.text, row -> not(left.predicate.apply(row)));
      case 3 ->
          new Filter(
              "(" + left.text + " ? " + right.text + " : " + "sale)",
              row -> {
                Boolean first = left.predicate.apply(row);
                return first == null ? null : first ? right.predicate.apply(row) : row.sale;
              });
      default -> left;
    };
  }

  private static @Nullable Boolean and(@Nullable Boolean a, @Nullable Boolean b) {
    if (a == null || b == null) {
      return Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b) ? false : null;
    }
    return a && b;
  }

  private static @Nullable Boolean not(@Nullable Boolean a) {
    return a == null ? null : !a;
  }

  private Filter comparison() {
    String brand = BRANDS.get(random.nextInt(4));
    String quoted = "\"" + brand + "\"";
    String tag = TAGS.get(random.nextInt(4));
    int number = random.nextInt(5) - 1;
    int days = random.nextInt(200);
    return switch (random.nextInt(10)) {
      case 0 ->
          new Filter(
              "(brand == " + quoted + ")",
              row -> row.brand == null ? null : row.brand.equals(brand));
      case 1 ->
          new Filter(
              "(brand in [" + quoted + ", 'Acme'])",
              row ->
                  row.brand == null ? null : row.brand.equals(brand) || row.brand.equals("Acme"));
      case 2 ->
          new Filter(
              "(price <= " + number + ")", row -> row.price == null ? null : row.price <= number);
      case 3 ->
          new Filter(
              "(price == " + number + ")", row -> row.price == null ? null : row.price == number);
      case 4 ->
          new Filter(
              "(price * 2 > size(tags) + 0.5)",
              row -> row.price == null ? null : row.price * 2 > row.tags.size() + .5);
      case 5 -> new Filter("('" + tag + "' in tags)", row -> row.tags.contains(tag));
      case 6 -> new Filter("tags.exists(t, t == brand)", row -> brandIsTag(row));
      case 7 -> new Filter("has(price)", row -> row.price != null);
      case 8 ->
          new Filter(
              "(age(released) < duration('" + days + "d'))",
              row -> row.released == null ? null : NOW - row.released < days * 86_400L);
      default -> new Filter("sale", row -> row.sale);
    };
  }

  private static @Nullable Boolean brandIsTag(Row row) {
    if (row.brand == null) {
      return row.tags.isEmpty() ? false : null;
    }
    return row.tags.contains(row.brand);
  }

  @Test
  void filtersSelectWhatThePredicateSelects() {
    List<Row> rows = rows();
    Filters filters = new Filters(columns(rows), 0);
    int selected = 0;
    for (int i = 0; i < 600; i++) {
      Filter filter = filter(random.nextInt(4));
      BitSet expected = new BitSet();
      for (int row = 1; row <= ITEMS; row++) {
        expected.set(row, Boolean.TRUE.equals(filter.predicate.apply(rows.get(row - 1))));
      }
      assertThat(filters.matching(filter.text, NOW)).as(filter.text).isEqualTo(expected);
      selected += expected.cardinality();
    }
    assertThat(selected).isGreaterThan(5_000);
  }

  @Test
  void boostsAreTheSamePredicatesFactors() {
    List<Row> rows = rows();
    Filters filters = new Filters(columns(rows), 0);
    for (int i = 0; i < 150; i++) {
      Filter filter = filter(random.nextInt(3));
      float[] expected = new float[ITEMS + 1];
      expected[0] = 1;
      for (int row = 1; row <= ITEMS; row++) {
        Boolean truth = filter.predicate.apply(rows.get(row - 1));
        expected[row] = truth == null ? 1 : truth ? 2 : 0.5f;
      }
      String boost = filter.text + " ? 2 : 0.5";
      assertThat(filters.boosts(boost, NOW)).as(boost).isEqualTo(expected);
    }
  }
}
