package dev.horae.service;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What answers say of an item beside its id. */
final class ItemFields {

  private final Items items;

  ItemFields(Items items) {
    this.items = items;
  }

  /** {@return the fields that the item has, in the order in which they were asked for} */
  Map<String, Object> of(Shelf shelf, int row, List<String> wanted) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    ItemView item = items.view(shelf, row);
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String field : wanted) {
      switch (field) {
        case "title" -> fields.put(field, item.title());
        case "brand" -> fields.put(field, item.brand());
        case "categories" -> fields.put(field, item.categories());
        case "image" -> fields.put(field, item.image());
        default -> {
          Object value = item.properties().get(field);
          if (value != null) {
            fields.put(field, value);
          }
        }
      }
    }
    return fields;
  }
}
