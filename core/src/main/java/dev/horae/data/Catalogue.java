package dev.horae.data;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The items under the dense index that models use: 1..N in order of first appearance; 0 is padding.
 */
public final class Catalogue {

  private final List<Item> items;
  private final int[] slots; // open addressing: index of the item whose id hashes here, 0 = free

  /**
   * @param items item 1 first
   */
  public Catalogue(List<Item> items) {
    this.items = List.copyOf(items);
    slots = new int[Integer.highestOneBit(Math.max(1, items.size())) * 4];
    for (int i = 1; i <= items.size(); i++) {
      int slot = slot(item(i).id());
      if (slots[slot] != 0) {
        throw new DataException(
            "catalogue: item id '" + item(i).id() + "' stands twice; ids must be unique");
      }
      slots[slot] = i;
    }
  }

  /** {@return the place of {@code id} in {@link #slots}, or the free one where it would go} */
  private int slot(String id) {
    int hash = id.hashCode() * 0x9E3779B9; // neighbouring ids hash to neighbours
    int slot = hash >>> Integer.numberOfLeadingZeros(slots.length) + 1;
    while (slots[slot] != 0 && !item(slots[slot]).id().equals(id)) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
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

  /**
   * {@return the item of an id}
   *
   * @throws java.util.NoSuchElementException when there is none
   */
  public Item item(String id) {
    return item(index(id).orElseThrow());
  }

  public List<Item> items() {
    return items;
  }

  public OptionalInt index(String id) {
    int index = slots[slot(id)];
    return index == 0 ? OptionalInt.empty() : OptionalInt.of(index);
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
