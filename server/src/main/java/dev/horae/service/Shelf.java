package dev.horae.service;

import dev.horae.data.Item;
import dev.horae.filter.Columns;
import dev.horae.filter.Filters;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The items that may be recommended with a model: its catalogue in rows 1..N, and behind it those
 * that the shop told of since, which the model cannot score. Says which are out of stock, hidden or
 * expired, and which a filter leaves.
 */
final class Shelf {

  /** An item that stops being recommended by itself. */
  private record Expiry(long time, int row) implements Comparable<Expiry> {
    @Override
    public int compareTo(Expiry other) {
      int byTime = Long.compare(time, other.time);
      return byTime == 0 ? Integer.compare(row, other.row) : byTime;
    }
  }

  private static final long FILTER_BYTES = 16 << 20; // of expressions that were asked before
  private static final long EVENTS_SECONDS = 60; // as old the column of events may be

  private final LoadedModel model;
  private final Items items; // its lock guards what is not final here
  private final Map<String, Integer> added = new HashMap<>(); // rows behind the catalogue
  private final List<String> addedIds = new ArrayList<>();
  private final BitSet forbidden = new BitSet(); // rows; those that expire join when it is time
  private final NavigableSet<Expiry> expiries = new TreeSet<>(); // to come, one of a row at most
  private final Map<Integer, Expiry> expiryOf = new HashMap<>(); // the same, by row
  private long changes;

  private final Object building = new Object(); // guards the filters; taken before the items' lock
  private long filtersOf = -1; // the changes that the filters follow
  private long filtersEvents; // all that they count
  private long filtersTime; // seconds since 1970-01-01 UTC
  private @Nullable Filters filters;

  Shelf(LoadedModel model, Items items) {
    this.model = model;
    this.items = items;
    forbidden.set(0); // no item
  }

  LoadedModel model() {
    return model;
  }

  /** Takes over what is said of an item now; null: nothing. */
  void update(String id, @Nullable StoredItem stored) {
    synchronized (items) {
      OptionalInt known = row(id);
      if (known.isEmpty() && stored == null) {
        return;
      }
      int row = known.orElseGet(() -> append(id));
      boolean gone = stored == null && row > model.ownItems();
      StoredItem now = stored == null ? StoredItem.NOTHING : stored;
      forbidden.set(row, gone || !now.recommendable(Long.MIN_VALUE));
      Expiry before = expiryOf.remove(row);
      if (before != null) {
        expiries.remove(before);
      }
      if (now.expiresAt() != null) {
        Expiry expiry = new Expiry(now.expiresAt(), row);
        expiryOf.put(row, expiry);
        expiries.add(expiry);
      }
      changes++;
    }
  }

  private int append(String id) {
    addedIds.add(id);
    int row = model.catalogue().size() + addedIds.size();
    added.put(id, row);
    return row;
  }

  /** {@return the row of an item: its index where the model knows it} */
  OptionalInt row(String id) {
    OptionalInt index = model.index(id);
    if (index.isPresent()) {
      return index;
    }
    synchronized (items) {
      Integer row = added.get(id);
      return row == null ? OptionalInt.empty() : OptionalInt.of(row);
    }
  }

  /** {@return the shop's id of what stands in a row} */
  String id(int row) {
    int known = model.catalogue().size();
    if (row <= known) {
      return model.catalogue().item(row).id();
    }
    synchronized (items) {
      return addedIds.get(row - known - 1);
    }
  }

  /** {@return N + 1, and the items behind} */
  int rows() {
    synchronized (items) {
      return model.catalogue().size() + addedIds.size() + 1;
    }
  }

  /** {@return whether nothing is known of a row any more} */
  boolean isGone(int row) {
    return row > model.ownItems() && items.stored(id(row)) == null;
  }

  /** {@return how many items there are that something is known of} */
  int size() {
    synchronized (items) {
      int size = model.ownItems();
      for (int row = model.ownItems() + 1; row < rows(); row++) {
        size += isGone(row) ? 0 : 1;
      }
      return size;
    }
  }

  /** {@return what the model's catalogue says of a row; null for items behind it} */
  @Nullable Item catalogued(int row) {
    return row <= model.catalogue().size() ? model.catalogue().item(row) : null;
  }

  /** As {@link #forbidden(long, long)}, of now. */
  BitSet forbidden(long now) {
    return forbidden(now, now);
  }

  /**
   * {@return rows that must not be recommended now, nor at a moment that somebody asks about, 0
   * included; the caller's}
   *
   * @param now seconds since 1970-01-01 UTC
   * @param time likewise; what expires until then stays allowed to others
   */
  BitSet forbidden(long now, long time) {
    synchronized (items) {
      while (!expiries.isEmpty() && expiries.first().time() <= now) {
        int row = expiries.pollFirst().row();
        expiryOf.remove(row);
        forbidden.set(row);
      }
      BitSet then = (BitSet) forbidden.clone();
      for (Expiry expiry : expiries) {
        if (expiry.time() > time) {
          break;
        }
        then.set(expiry.row());
      }
      return then;
    }
  }

  /**
   * {@return filters and boosts over the columns of now; that of events may be a minute old}
   *
   * @param now seconds since 1970-01-01 UTC
   */
  Filters filters(long now) {
    synchronized (building) {
      long told;
      synchronized (items) {
        told = changes;
      }
      long events = items.events();
      Filters known = filters;
      if (known == null
          || filtersOf != told
          || filtersEvents != events && Math.abs(now - filtersTime) >= EVENTS_SECONDS) {
        known = new Filters(columns(), FILTER_BYTES);
        filters = known;
        filtersOf = told;
        filtersEvents = events;
        filtersTime = now;
      }
      return known;
    }
  }

  /** Is told of no further items. */
  void close() {
    items.drop(this);
  }

  /** What the shop said of an item beyond what all items have. */
  private record Property(int row, String name, Object value) {
    private String column() {
      return Columns.nameOf(name);
    }

    private Class<?> kind() {
      return value instanceof Number
          ? Number.class
          : value instanceof List ? List.class : value.getClass();
    }
  }

  private Columns columns() {
    int rows = rows();
    List<Property> properties = new ArrayList<>();
    Columns.Builder columns = Columns.builder(rows - 1);
    for (int row = 1; row < rows; row++) {
      ItemView item = items.view(this, row);
      columns.set("id", row, item.item());
      columns.set("events", row, item.events());
      if (!item.title().isEmpty()) {
        columns.set("title", row, item.title());
      }
      if (!item.brand().isEmpty()) {
        columns.set("brand", row, item.brand());
      }
      columns.set("categories", row, item.categories());
      for (Map.Entry<String, Object> property : item.properties().entrySet()) {
        if (!StoredItem.COLUMNS.contains(property.getKey())) {
          properties.add(new Property(row, property.getKey(), property.getValue()));
        }
      }
    }
    set(properties, columns);
    return columns.build();
  }

  /**
   * Most values decide about the type of a column, so that one item with a text where others have
   * numbers breaks nobody's filter; others are as if they were not there.
   */
  private static void set(List<Property> properties, Columns.Builder columns) {
    Map<String, Map<Class<?>, Integer>> counts = new HashMap<>();
    for (Property property : properties) {
      counts
          .computeIfAbsent(property.column(), name -> new LinkedHashMap<>())
          .merge(property.kind(), 1, Integer::sum);
    }
    Map<String, Class<?>> kinds = new HashMap<>();
    counts.forEach(
        (name, of) ->
            kinds.put(name, Collections.max(of.entrySet(), Map.Entry.comparingByValue()).getKey()));
    for (Property property : properties) {
      if (kinds.get(property.column()) == property.kind()) {
        columns.set(property.name(), property.row(), property.value());
      }
    }
  }
}
