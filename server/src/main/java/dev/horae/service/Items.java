package dev.horae.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import dev.horae.data.Item;
import dev.horae.store.Store;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What the shop said of its items since training; every change is durable before it shows. */
final class Items {

  static final String KIND = "item";

  /** Documents of pictures: the file's content in base64, in quotes. */
  private static final String PICTURE = "picture";

  private static final int ATTEMPTS = 3;

  static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private record Known(StoredItem item, long version) {}

  private final Store store;
  private final Pictures pictures;
  private final Trends trends;
  private final Object writing = new Object(); // held while the store is asked; taken before this
  private long seen; // version of the store's last change that was taken over; guarded by writing
  private final Map<String, Known> known = new HashMap<>(); // by id; guarded by this
  private final List<Shelf> shelves = new ArrayList<>(); // guarded by this

  /**
   * @param pictures of the catalogue
   * @param trends counts the events of the store
   */
  Items(Store store, Pictures pictures, Trends trends) {
    this.store = store;
    this.pictures = pictures;
    this.trends = trends;
    follow();
  }

  /** Takes over what other servers wrote since the last time. */
  void follow() {
    synchronized (writing) {
      List<Store.Change> changes = store.changes(KIND, seen);
      changes.forEach(this::takeOver);
      seen = changes.isEmpty() ? seen : changes.get(changes.size() - 1).version();
    }
  }

  private synchronized void takeOver(Store.Change change) {
    String json = change.json();
    if (version(change.name()) != (json == null ? 0 : change.version())) { // not our own
      set(
          change.name(),
          json == null ? null : new Known(read(change.name(), json), change.version()));
    }
  }

  private static StoredItem read(String id, String json) {
    try {
      return MAPPER.readValue(json, StoredItem.class);
    } catch (JsonProcessingException e) {
      throw new DataException(
          "the store's item '" + id + "' cannot be read: " + e.getOriginalMessage(), e);
    }
  }

  private static String json(StoredItem item) {
    try {
      return MAPPER.writeValueAsString(item);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private synchronized void set(String id, @Nullable Known now) {
    if (now == null) {
      known.remove(id);
    } else {
      known.put(id, now);
    }
    StoredItem item = now == null ? null : now.item();
    shelves.forEach(shelf -> shelf.update(id, item));
  }

  /** {@return the items of a model, kept up to date until {@link #drop}} */
  synchronized Shelf shelf(LoadedModel model) {
    Shelf shelf = new Shelf(model, this);
    known.forEach((id, item) -> shelf.update(id, item.item()));
    shelves.add(shelf);
    return shelf;
  }

  synchronized void drop(Shelf shelf) {
    shelves.remove(shelf);
  }

  /** {@return what the shop said; null: nothing} */
  synchronized @Nullable StoredItem stored(String id) {
    Known item = known.get(id);
    return item == null ? null : item.item();
  }

  /** {@return all that the shop said of items, by id} */
  synchronized Map<String, StoredItem> all() {
    Map<String, StoredItem> all = new LinkedHashMap<>();
    known.forEach((id, item) -> all.put(id, item.item()));
    return all;
  }

  synchronized LiveShop.Said said(String id) {
    Known item = known.get(id);
    return item == null
        ? new LiveShop.Said(StoredItem.NOTHING, 0)
        : new LiveShop.Said(item.item(), item.version());
  }

  private synchronized long version(String id) {
    Known item = known.get(id);
    return item == null ? 0 : item.version();
  }

  /**
   * Writes what the shop says of an item, instead of what it said before.
   *
   * @param expected the version that is to be replaced; 0: nothing may have been said; null:
   *     whatever is there
   * @throws Refusal when another version is there
   */
  void put(String id, StoredItem item, @Nullable Long expected, long now) {
    change(id, expected, before -> kept(item, before, now));
  }

  /** {@return what is said of an item now, with its picture and since when it is known} */
  private static StoredItem kept(StoredItem item, StoredItem before, long now) {
    return item.with(before.picture(), added(before, now));
  }

  /** {@return when the shop first told of an item} */
  private static long added(StoredItem before, long now) {
    return before.added() == null ? now : before.added();
  }

  /** Changes what is said of an item, other servers' last word included. */
  private void change(String id, @Nullable Long expected, UnaryOperator<StoredItem> change) {
    synchronized (writing) {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        follow();
        LiveShop.Said before = said(id);
        if (expected != null && expected != before.version()) {
          throw Refusal.changed("item", id, before.version(), expected);
        }
        StoredItem item = change.apply(before.item());
        OptionalLong version = store.put(KIND, id, json(item), before.version());
        if (version.isPresent()) {
          set(id, new Known(item, version.getAsLong()));
          return;
        }
      }
    }
    throw changedByOthers("item '" + id + "' is", "send it again");
  }

  private static Refusal changedByOthers(String what, String repair) {
    return new Refusal(
        Refusal.Kind.CONFLICT, what + " being changed by others", null, null, repair);
  }

  /** Keeps the picture of an item, which may be the model's alone so far; null takes it away. */
  void putPicture(String id, byte @Nullable [] picture, long now) {
    synchronized (writing) {
      if (picture != null) {
        store.put(PICTURE, id, '"' + Base64.getEncoder().encodeToString(picture) + '"', null);
      }
      String hash = picture == null ? null : Hashes.sha256(picture);
      change(id, null, before -> before.with(hash, added(before, now)));
      if (picture == null) {
        store.delete(PICTURE, id, null);
      }
    }
  }

  /** {@return the picture that was sent for an item} */
  Optional<byte[]> picture(String id) {
    StoredItem item = stored(id);
    return item == null || item.picture() == null
        ? Optional.empty()
        : store
            .document(PICTURE, id)
            .map(Store.Document::json)
            .map(json -> Base64.getDecoder().decode(json.substring(1, json.length() - 1)));
  }

  /** Writes what the shop says of many items, all or none. */
  void putAll(Map<String, StoredItem> said, long now) {
    synchronized (writing) {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        follow();
        Map<String, String> documents = new LinkedHashMap<>();
        Map<String, StoredItem> dated = new LinkedHashMap<>();
        said.forEach((id, item) -> dated.put(id, kept(item, said(id).item(), now)));
        dated.forEach((id, item) -> documents.put(id, json(item)));
        OptionalLong version = store.putAll(KIND, documents, seen);
        if (version.isPresent()) {
          dated.forEach((id, item) -> set(id, new Known(item, version.getAsLong())));
          return;
        }
      }
    }
    throw changedByOthers("some of these items are", "send them again");
  }

  /**
   * Forgets what was said of an item.
   *
   * @param expected the version that is to go; null: whatever is there
   * @return whether anything had been said of it
   * @throws Refusal when another version is there
   */
  boolean delete(String id, @Nullable Long expected) {
    synchronized (writing) {
      if (store.delete(KIND, id, expected)) {
        set(id, null);
        store.delete(PICTURE, id, null);
        return true;
      }
      follow();
      long there = version(id);
      if (expected != null && there != 0) {
        throw Refusal.changed("item", id, there, expected);
      }
      return false;
    }
  }

  /**
   * An item that the shop told of.
   *
   * @param time when, seconds since 1970-01-01 UTC
   */
  record Added(String item, long time) {}

  /** {@return the items that the shop told of, newest first, equal ones by id} */
  synchronized List<Added> latest() {
    List<Added> added = new ArrayList<>();
    known.forEach(
        (id, item) -> {
          if (item.item().added() != null) {
            added.add(new Added(id, item.item().added()));
          }
        });
    added.sort(Comparator.comparingLong((Added a) -> -a.time()).thenComparing(Added::item));
    return added;
  }

  /** {@return how many events of items the store has, as far as they are counted} */
  long events() {
    return trends.events();
  }

  /** {@return what stands in a row of a shelf} */
  ItemView view(Shelf shelf, int row) {
    String id = shelf.id(row);
    Item item = shelf.catalogued(row);
    Known now;
    synchronized (this) {
      now = known.get(id);
    }
    StoredItem said = now == null ? StoredItem.NOTHING : now.item();
    return new ItemView(
        id,
        said.title() != null ? said.title() : item == null ? "" : item.title(),
        said.brand() != null ? said.brand() : item == null ? "" : item.brand(),
        said.categories() != null
            ? said.categories()
            : item == null ? List.of() : item.categories(),
        said.image() != null
            ? said.image()
            : said.picture() != null ? Pictures.sent(id, said.picture()) : pictures.address(id),
        !Boolean.FALSE.equals(said.available()),
        Boolean.TRUE.equals(said.hidden()),
        said.expiresAt(),
        said.properties() == null ? Map.of() : said.properties(),
        shelf.model().trainingEvents(row) + trends.events(id),
        row <= shelf.model().ownItems(),
        item != null,
        now == null ? 0 : now.version());
  }
}
