package dev.horae.prep;

import dev.horae.data.DataException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The columns that a kind of file may have and must have.
 *
 * @param required columns without which a file with a header cannot be used
 * @param textColumns further ones that a file must have, by their own names
 */
record Table(
    PrepareOptions.Sources sources,
    List<Column> columns,
    List<Column> required,
    List<String> textColumns) {

  static Table events(PrepareOptions.Sources sources) {
    return new Table(
        sources,
        List.of(Column.USER, Column.ITEM, Column.TIME),
        sources.columns().containsKey(Column.TIME)
            ? List.of(Column.USER, Column.ITEM, Column.TIME)
            : List.of(Column.USER, Column.ITEM),
        List.of());
  }

  static Table items(PrepareOptions.Sources sources) {
    return new Table(
        sources,
        List.of(Column.ITEM, Column.TITLE, Column.BRAND, Column.CATEGORIES, Column.IMAGE),
        List.of(Column.ITEM),
        sources.textColumns());
  }

  /** {@return where in a header each column stands, 0 = first; absent columns are absent} */
  Map<Column, Integer> places(String file, List<String> header) {
    Map<Column, Integer> places = new EnumMap<>(Column.class);
    for (Column column : columns) {
      for (String name : sources.names(column)) {
        if (header.contains(name)) {
          places.putIfAbsent(column, header.indexOf(name));
        }
      }
      if (!places.containsKey(column) && required.contains(column)) {
        String role = column.name().toLowerCase(Locale.ROOT);
        throw new DataException(
            "%s: has no column %s for the %s, only %s; name it with --column %s=NAME"
                .formatted(
                    file,
                    String.join(" or ", sources.names(column)),
                    role,
                    String.join(", ", header),
                    role));
      }
    }
    return places;
  }

  /** {@return where in a header each of the text columns stands, 0 = first} */
  Map<String, Integer> textPlaces(String file, List<String> header) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (String name : textColumns) {
      if (!header.contains(name)) {
        throw new DataException(
            "%s: has no column %s, only %s; correct --text-columns"
                .formatted(file, name, String.join(", ", header)));
      }
      places.put(name, header.indexOf(name));
    }
    return places;
  }
}
