package dev.horae.store;

import dev.horae.data.DataException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a shop must not lose. Any thread may call anything at any time. What a call that changes
 * something has returned from is on the disk and outlives the process; only impressions may be
 * behind. Reads see what was written before them and never wait for writers.
 */
public interface Store extends AutoCloseable {

  /** The type of events that say that an item was shown; they are no part of a history. */
  String IMPRESSION = "impression";

  /** The length of ids and names, in characters; both databases can index as much. */
  int MOST_CHARACTERS = 512;

  /**
   * Opens a store, and makes it where there is none.
   *
   * @param address {@code sqlite:FILE}, for one process, or {@code
   *     postgresql://USER:PASSWORD@HOST:PORT/DATABASE}, for several
   * @throws DataException if there is no such database, another process has it (SQLite), or a newer
   *     version of Horae wrote it
   */
  static Store open(String address) {
    return SqlStore.open(address);
  }

  /**
   * Something that a user did with an item.
   *
   * @param id a second event of the same id is a duplicate
   * @param time seconds since 1970 UTC
   * @param value what the type makes of it, a price or a rating; finite; null: none
   * @param recommendation the list in which the item was found; null: unknown
   * @param properties whatever JSON can hold: text, numbers, truth values, null, lists and maps
   */
  record Event(
      String id,
      String type,
      String user,
      String item,
      long time,
      @Nullable Double value,
      @Nullable String recommendation,
      Map<String, Object> properties) {

    /**
     * Checks the texts and the value.
     *
     * @throws IllegalArgumentException naming the field, the value and what it may be
     */
    public Event {
      Texts.checkId("id", id);
      Texts.checkId("type", type);
      Texts.checkId("user", user);
      Texts.checkId("item", item);
      if (value != null && !Double.isFinite(value)) {
        throw new IllegalArgumentException("value: " + value + " is not a finite number");
      }
      if (recommendation != null) {
        Texts.checkId("recommendation", recommendation);
      }
      properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    }
  }

  /**
   * An event and its place among all events.
   *
   * @param sequence grows from event to event, with gaps; never used again
   */
  record Stored(long sequence, Event event) {}

  /**
   * What became of events.
   *
   * @param accepted how many are new
   * @param duplicates the indices of those whose ids were known, or came before in the same list
   */
  record Added(int accepted, List<Integer> duplicates) {}

  /**
   * Adds events, all or none. Of several with one id the first wins.
   *
   * @throws StoreException busy: too many events wait to be written; full: there is no room
   */
  Added add(List<Event> events);

  /** What a history has of an event. */
  record Past(String item, long time, String type) {}

  /** {@return the newest events of a user that are no impressions, oldest first} */
  default List<Past> history(String user, int newest) {
    return history(user, Long.MAX_VALUE, newest);
  }

  /** As {@link #history(String, int)}, of those that were not after {@code until}. */
  List<Past> history(String user, long until, int newest);

  /**
   * Events in some order: properties may be large, so there may be fewer than were asked for.
   *
   * @param isFull whether there may be more
   */
  record Page(List<Stored> events, boolean isFull) {

    /** {@return where to go on; null: it has none} */
    public @Nullable Stored last() {
      return events.isEmpty() ? null : events.get(events.size() - 1);
    }
  }

  /**
   * {@return events, newest first}
   *
   * @param before only those with a smaller sequence; {@code Long.MAX_VALUE} for the newest
   */
  Page events(long before, int most);

  /**
   * Gives all events after a sequence, in its order, those of other servers included; none is
   * missed, whenever it was committed.
   *
   * @return the last sequence given, or {@code sequence} when there was none: where to go on
   */
  long eachAfter(long sequence, Consumer<Stored> to);

  /**
   * A user, in short.
   *
   * @param events how many, impressions included
   * @param first the time of the oldest
   * @param last the time of the newest
   */
  record UserSummary(String user, long events, long first, long last) {}

  /** {@return a user; empty: no event is known} */
  Optional<UserSummary> user(String user);

  /** {@return users whose ids start with {@code prefix}, in order of their UTF-8 bytes} */
  List<UserSummary> users(String prefix, int most);

  /** Gives the ids of all users that have events. */
  void eachUser(Consumer<String> to);

  /** Gives all events of a user, in order of time. */
  void export(String user, Consumer<Stored> to);

  /**
   * Removes a user: events and impressions. SQLite's files hold no trace of them afterwards, or
   * when a backup that is under way has ended.
   *
   * @return how many events were removed
   */
  long erase(String user);

  /** {@return the number of erasures so far: other servers ask whether it grew} */
  long erasures();

  /**
   * A named piece of JSON that servers share, such as an item or a scenario.
   *
   * @param version of all documents' changes the one that made it; never used again
   */
  record Document(String kind, String name, long version, String json) {}

  /** {@return a document; empty: there is none} */
  Optional<Document> document(String kind, String name);

  /** {@return all documents of a kind, in order of their names' UTF-8 bytes} */
  List<Document> documents(String kind);

  /**
   * A change of a document.
   *
   * @param json null: it was deleted
   */
  record Change(String name, long version, @Nullable String json) {}

  /**
   * {@return what changed in documents of a kind after a version, in order; only the last change of
   * a document, but for a deletion before it}
   *
   * @param after 0: all documents
   */
  List<Change> changes(String kind, long after);

  /** {@return the number of changes of documents so far: other servers ask whether it grew} */
  long documentsVersion();

  /**
   * Writes a document.
   *
   * @param expected the version that is to be replaced; null: whatever is there; 0: nothing may be
   *     there
   * @return the new version; empty: another than the expected one is there, and stays
   */
  OptionalLong put(String kind, String name, String json, @Nullable Long expected);

  /**
   * Writes documents, all or none.
   *
   * @param json by name
   * @param seen none of them may have changed after this version; null: whatever is there
   * @return the new version, of all of them; empty: one has changed, and all stay
   */
  OptionalLong putAll(String kind, Map<String, String> json, @Nullable Long seen);

  /**
   * Deletes a document.
   *
   * @param expected the version that is to go; null: whatever is there
   * @return whether it was there, and is gone now; false: there is none, or another version, which
   *     stays
   */
  boolean delete(String kind, String name, @Nullable Long expected);

  /**
   * Deletes a document, unless the others of its kind may not be left alone. Of all servers one at
   * a time.
   *
   * @param left throws what this throws then; nothing is deleted
   * @return whether it was there
   */
  boolean deleteIfLeft(String kind, String name, Consumer<List<Document>> left);

  /**
   * A list that was shown.
   *
   * @param recommendation its id
   * @param scenario empty: none
   * @param variant of the scenario's experiment; empty: none
   * @param user null: an unknown one
   * @param time seconds since 1970 UTC
   */
  record Impression(
      String recommendation,
      String scenario,
      String variant,
      @Nullable String user,
      long time,
      List<String> items) {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException naming the field, the value and what it may be
     */
    public Impression {
      Texts.checkId("recommendation", recommendation);
      Texts.checkName("scenario", scenario);
      Texts.checkName("variant", variant);
      if (user != null) {
        Texts.checkId("user", user);
      }
      items = List.copyOf(items);
      items.forEach(item -> Texts.checkId("item", item));
    }
  }

  /**
   * Notes what was shown, soon: at the latest before the next {@link #add}, {@link #erase} or
   * {@link #close} returns. What cannot be written is tried again. A list that is known stays as it
   * is.
   *
   * @throws StoreException if too many wait to be written; none of these is noted then
   */
  void addImpressions(List<Impression> impressions);

  /**
   * Removes lists that were shown before a moment, in one transaction.
   *
   * @param most how many at most
   * @return how many
   */
  int forgetImpressions(long before, int most);

  /**
   * What came of a variant.
   *
   * @param users who were shown lists, without the unknown
   * @param impressions lists that were shown
   * @param clicks lists of which at least one item was clicked, put into a cart or bought
   */
  record VariantCounts(String variant, long users, long impressions, long clicks) {}

  /** {@return the counts of a scenario's lists that were shown at {@code since} or later} */
  List<VariantCounts> counts(String scenario, long since);

  /** {@return how many events there are} */
  long eventCount();

  /** {@return how many users there are that have events} */
  long userCount();

  /**
   * Copies everything, as it is at one moment, while others read and write. The copy can be opened
   * as a store. PostgreSQL has a tool of its own for this, which the refusal names.
   *
   * @param to a file that is not there yet; it is there afterwards whole, or not at all
   */
  void backup(Path to);

  /** Writes what waits, and closes. Calls that come later throw {@link StoreException}. */
  @Override
  void close();
}
