package dev.horae.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The items under the dense index that models use: 1..N in order of first appearance; 0 is padding.
 */
public final class Catalogue {

  private final List<Item> items;
  private final Map<String, Integer> indexOf;

  /**
   * @param items item 1 first
   */
  public Catalogue(List<Item> items) {
    this.items = List.copyOf(items);
    indexOf = new HashMap<>(items.size() * 2);
    for (int i = 0; i < items.size(); i++) {
      if (indexOf.put(items.get(i).id(), i + 1) != null) {
        throw new DataException(
            "catalogue: item id '" + items.get(i).id() + "' stands twice; ids must be unique");
      }
    }
  }

  /** {@return N} */
  public int size() {
    return items.size();
  }

  /**
   * @param index 1..N
   */
  public Item item(int index) {
    return items.get(index - 1);
  }

  public List<Item> items() {
    return items;
  }

  public OptionalInt index(String id) {
    Integer index = indexOf.get(id);
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /** {@return every category name with its dense index 0..C-1, in alphabetical order} */
  public Map<String, Integer> categoryIndex() {
    Map<String, Integer> index = new TreeMap<>();
    items.forEach(item -> item.categories().forEach(name -> index.put(name, 0)));
    int next = 0;
    for (Map.Entry<String, Integer> entry : index.entrySet()) {
      entry.setValue(next++);
    }
    return index;
  }
}
