package dev.horae.filter;

import java.time.Instant;
import java.util.List;

/** Five items: the fifth has nothing but an id. */
final class SmallCatalogue {

  static final long NOW = Instant.parse("2026-06-01T12:00:00Z").getEpochSecond();

  private SmallCatalogue() {}

  static Columns columns() {
    Columns.Builder columns = Columns.builder(5);
    item(columns, 1, "LEGO", 30, true, "2026-05-01T00:00:00Z", List.of("Toys", "Bricks"));
    item(columns, 2, "Zoë", 30.5, false, "2025-12-31T23:59:59Z", List.of("Toys", "adult"));
    item(columns, 3, "LEGO", 0, true, "2026-01-01T00:00:00Z", List.of());
    item(columns, 4, "Acme", -2, false, "2020-02-29T00:00:00Z", List.of("Tools"));
    columns.set("id", 5, "e");
    return columns.build();
  }

  private static void item(
      Columns.Builder columns,
      int row,
      String brand,
      Number price,
      boolean sale,
      String released,
      List<String> tags) {
    columns.set("id", row, String.valueOf((char) ('a' + row - 1)));
    columns.set("brand", row, brand);
    columns.set("price", row, price);
    columns.set("sale", row, sale);
    columns.set("released", row, Instant.parse(released));
    columns.set("tags", row, tags);
  }
}
