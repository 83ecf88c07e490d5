package dev.horae.service;

import dev.horae.data.Dataset;
import dev.horae.filter.Columns;
import dev.horae.filter.Filters;
import dev.horae.service.LoadedModel.Lease;
import dev.horae.store.Store;
import dev.horae.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A shop that asks for recommendations: its models, items, events and scenarios. Any thread may
 * call anything at any time.
 */
public final class LiveShop implements AutoCloseable {

  private final Store store;
  private final Pictures pictures = new Pictures();
  private final SentPictures sent = new SentPictures();
  private final Trends trends = new Trends();
  private final Items items;
  private final Scenarios scenarios;
  private final Models models;
  private final Feed feed;
  private final Recommendations recommendations;
  private final SimilarLists similar;
  private final Listings listings;
  private final Shadow shadow;
  private final AtomicLong notNoted = new AtomicLong();
  private final List<Runnable> followers = new CopyOnWriteArrayList<>();
  private volatile @Nullable Housekeeping housekeeping; // null: lists are kept for ever

  /**
   * @param given the store, which is closed with the shop
   * @param workers how many threads score for each model
   * @param depth how many requests may wait for each
   * @param indexing of large models
   */
  public LiveShop(Store given, int workers, int depth, Limits limits, Indexing indexing) {
    store = Phases.of(given);
    items = new Items(store, pictures, trends);
    scenarios = new Scenarios(store);
    feed = new Feed(store, trends, this::follow);
    models = new Models(items, workers, depth, feed, new Indexes(indexing, workers));
    ItemFields fields = new ItemFields(items);
    similar = new SimilarLists(models, fields, sent);
    listings = new Listings(models, items, trends, fields);
    recommendations =
        new Recommendations(store, models, items, scenarios, limits, fields, similar, listings);
    shadow = new Shadow(recommendations::recommend);
    feed.start();
  }

  private void follow() {
    followers.forEach(Runnable::run);
    items.follow();
    models.itemsChanged();
    scenarios.follow();
  }

  /** Calls when documents of the store have changed, by another server too. */
  public void whenChanged(Runnable follower) {
    followers.add(follower);
  }

  // ---- recommendations

  /**
   * {@return next items; the list is noted where it belongs to a scenario, unless the store cannot}
   *
   * @param now seconds since 1970-01-01 UTC
   * @throws Refusal when it cannot be answered
   */
  public Answer recommend(Question question, long now) {
    Answer answer = recommendations.recommend(question, now);
    shadow.compare(question, answer, now);
    if (answer.scenario() != null && !answer.items().isEmpty()) {
      note(
          new Store.Impression(
              answer.recommendationId(),
              answer.scenario(),
              answer.variant() == null ? "" : answer.variant(),
              question.user(),
              now,
              answer.items().stream().map(Answer.Chosen::item).toList()));
    }
    return answer;
  }

  /** A shop sells with a list that is missing in a scenario's results, but not without one. */
  private void note(Store.Impression shown) {
    try {
      store.addImpressions(List.of(shown));
    } catch (StoreException e) { // too many wait already, as when the disk is full for long
      notNoted.incrementAndGet();
    }
  }

  /** {@return how many lists of scenarios the store did not take since the server started} */
  public long notNoted() {
    return notNoted.get();
  }

  /** {@return items that nobody's history chose, see {@link Listings#list}} */
  public Answer list(
      Source source, int days, int n, @Nullable String filter, List<String> fields, long now) {
    return listings.list(source, days, n, filter, fields, now);
  }

  /** {@return what is like some items, a text or a picture} */
  public Answer similar(
      List<String> items,
      @Nullable String text,
      byte @Nullable [] image,
      Similarity by,
      int n,
      @Nullable String filter,
      List<String> fields,
      long now) {
    return similar.list(new SimilarLists.Wanted(items, text, image), by, n, filter, fields, now);
  }

  // ---- events and users

  /** Adds events durably; the next question sees them. */
  public Store.Added add(List<Store.Event> events) {
    Store.Added added = store.add(events);
    feed.wake();
    return added;
  }

  /** {@return the newest events with a smaller sequence, newest first; see {@link Store#events}} */
  public Store.Page events(long before, int most) {
    return store.events(before, most);
  }

  /** Calls when events have come, until it is closed. */
  public AutoCloseable watch(Runnable watcher) {
    return feed.watch(watcher);
  }

  public Optional<Store.UserSummary> user(String user) {
    return store.user(user);
  }

  public List<Store.UserSummary> users(String prefix, int most) {
    return store.users(prefix, most);
  }

  public List<Store.Past> history(String user, int newest) {
    return store.history(user, newest);
  }

  public void export(String user, Consumer<Store.Stored> to) {
    store.export(user, to);
  }

  /** Removes all that is known of a user; what was counted of them, without a name, stays. */
  public long erase(String user) {
    long erased = store.erase(user);
    feed.wake();
    return erased;
  }

  // ---- items

  /**
   * Does nothing where a model is active.
   *
   * @throws Refusal when none is
   */
  public void requireModel() {
    models.lease(null).close();
  }

  /** {@return an item; empty when neither the active model nor the shop knows it} */
  public Optional<ItemView> item(String id) {
    Optional<ItemView> known = knownItem(id);
    if (known.isEmpty()) {
      items.follow(); // another server may just have been told of it
      known = knownItem(id);
    }
    return known;
  }

  private Optional<ItemView> knownItem(String id) {
    try (Lease lease = models.lease(null)) {
      Shelf shelf = lease.model().shelf();
      OptionalInt row = shelf.row(id);
      return row.isEmpty() || shelf.isGone(row.getAsInt())
          ? Optional.empty()
          : Optional.of(items.view(shelf, row.getAsInt()));
    }
  }

  /**
   * {@return items whose id or title contains a text, the model's first, in the catalogue's order}
   *
   * @param query empty: all
   * @param filter null: none
   * @param after the row behind which to go on; 0: from the start
   */
  public Page items(String query, @Nullable String filter, int after, int most, long now) {
    try (Lease lease = models.lease(null)) {
      Shelf shelf = lease.model().shelf();
      BitSet kept = filter == null ? null : shelf.filters(now).matching(filter, now);
      List<ItemView> found = new ArrayList<>();
      String wanted = query.toLowerCase(Locale.ROOT);
      int total = 0;
      int last = 0;
      int rows = shelf.rows();
      for (int row = 1; row < rows; row++) {
        if ((kept == null || kept.get(row)) && !shelf.isGone(row) && matches(shelf, row, wanted)) {
          total++;
          if (row > after && found.size() < most) {
            found.add(items.view(shelf, row));
            last = row;
          } else if (row > after && last > 0) {
            last = -Math.abs(last); // there are more
          }
        }
      }
      return new Page(found, last < 0 ? -last : 0, total);
    }
  }

  /**
   * Some of the items.
   *
   * @param next the row to go on behind; 0: there are no more
   * @param total how many there are in all
   */
  public record Page(List<ItemView> items, int next, int total) {}

  private boolean matches(Shelf shelf, int row, String wanted) {
    return wanted.isEmpty()
        || contains(shelf.id(row), wanted)
        || contains(items.view(shelf, row).title(), wanted);
  }

  private static boolean contains(String text, String wanted) {
    return text.toLowerCase(Locale.ROOT).contains(wanted);
  }

  /** {@return how many items there are} */
  public int itemCount() {
    try (Lease lease = models.lease(null)) {
      return lease.model().shelf().size();
    }
  }

  /** What the shop said of an item, and its version; 0 when it said nothing. */
  public record Said(StoredItem item, long version) {}

  /** {@return what the shop said of an item last, known to the model or not} */
  public Said said(String id) {
    items.follow();
    return items.said(id);
  }

  /** Writes what the shop says of an item, see {@link Items#put}. */
  public void put(String id, StoredItem item, @Nullable Long expected, long now) {
    items.put(id, item, expected, now);
    models.itemsChanged();
  }

  /** Writes what the shop says of many items, all or none. */
  public void putAll(Map<String, StoredItem> said, long now) {
    items.putAll(said, now);
    models.itemsChanged();
  }

  /**
   * Forgets what the shop said of an item, see {@link Items#delete}; a model's item is as in its
   * catalogue then.
   */
  public boolean deleteItem(String id, @Nullable Long expected) {
    boolean was = items.delete(id, expected);
    models.itemsChanged();
    return was;
  }

  /** Shows the pictures of a data set from now on. */
  public void show(Dataset dataset) {
    pictures.show(dataset);
  }

  /** {@return the content of an item's picture, where it was sent or is a file here} */
  public Optional<byte[]> picture(String id) {
    Optional<byte[]> kept = items.picture(id);
    return kept.isPresent() ? kept : pictures.file(id).map(LiveShop::content);
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Keeps a picture of an item, by which a model that reads pictures scores it where it is new.
   *
   * @param picture a file's content; null takes the picture away
   * @throws Refusal when it cannot be read as one
   */
  public void putPicture(String id, byte @Nullable [] picture, long now) {
    if (picture != null) {
      sent.require(picture);
    }
    items.putPicture(id, picture, now);
    models.itemsChanged();
  }

  // ---- filters

  /** {@return the columns that expressions may name, over the active model's items} */
  public Columns columns(long now) {
    try (Lease lease = models.lease(null)) {
      return lease.model().shelf().filters(now).columns();
    }
  }

  /** How many items of how many a filter leaves. */
  public record Matching(int matching, int of) {}

  /** Checks expressions, see {@link Filters}. */
  public Matching validate(@Nullable String filter, @Nullable String boost, long now) {
    try (Lease lease = models.lease(null)) {
      Shelf shelf = lease.model().shelf();
      BitSet left = shelf.forbidden(now);
      left.flip(0, shelf.rows());
      int of = left.cardinality();
      if (filter != null) {
        left.and(shelf.filters(now).matching(filter, now));
      }
      if (boost != null) {
        shelf.filters(now).boosts(boost, now);
      }
      return new Matching(left.cardinality(), of);
    }
  }

  // ---- scenarios

  public List<Scenarios.Named> scenarios() {
    return scenarios.all();
  }

  public Scenarios.Named scenario(String name) {
    return scenarios.get(name);
  }

  /** Writes a scenario after its expressions were checked against the active model's items. */
  public Scenarios.Named putScenario(
      String name, Scenario scenario, @Nullable Long expected, long now) {
    validate(scenario.filter(), scenario.boost(), now);
    if (scenario.experiment() != null) {
      scenario
          .experiment()
          .variants()
          .forEach(variant -> validate(variant.filter(), variant.boost(), now));
    }
    return scenarios.put(name, scenario, expected);
  }

  /** Takes a scenario away, see {@link Scenarios#delete}. */
  public void deleteScenario(String name, @Nullable Long expected) {
    scenarios.delete(name, expected);
  }

  /** {@return how often lists of each scenario were shown and clicked, as of a short while ago} */
  public Scenarios.Totals totals() {
    return scenarios.totals();
  }

  /** Deletes lists that were shown so many days ago, from now on and in the background. */
  public void keepLists(int days) {
    housekeeping = new Housekeeping(store, days);
  }

  public Scenarios.Results results(String scenario) {
    return scenarios.results(scenario);
  }

  /** {@return the variant of a user; empty when the scenario has no experiment} */
  public Optional<String> assigned(String scenario, String user) {
    return Optional.ofNullable(scenarios.settle(scenario, user).variant());
  }

  // ---- models

  /** Loads a run beside the others, see {@link Models#load}. */
  public CompletableFuture<Void> load(String name, Path run) {
    return models.load(name, run);
  }

  /** As {@link #load}, for whoever asks later what came of it. */
  public void startLoading(String name, Path run) {
    CompletableFuture<Void> unused = models.load(name, run); // its status tells a failure
  }

  /**
   * Asks a model for a share of the lists that others give, in the background, and counts on how
   * much they agree; in place of a model that was asked before.
   *
   * @param share above 0 to 1
   * @throws Refusal when there is no such model that can answer, or it is the active one
   */
  public void shadow(String name, double share) {
    models.lease(name).close();
    if (name.equals(models.active())) {
      throw new Refusal(
          Refusal.Kind.CONFLICT,
          "the model '" + name + "' is active",
          "name",
          name,
          "compare another one with it");
    }
    shadow.begin(name, share);
  }

  /** Takes a model away, see {@link Models#delete}; nothing is compared with it any more. */
  public void deleteModel(String name) {
    models.delete(name);
    shadow.end(name);
  }

  /** Ends {@link #shadow}. {@return whether the model was asked} */
  public boolean endShadow(String name) {
    return shadow.end(name);
  }

  /** {@return how a model agrees with those that answer; null: it is not asked} */
  public Models.@Nullable Compared compared(String name) {
    return shadow.of(name);
  }

  /** {@return how the model that is asked in the background agrees; null: there is none} */
  public Models.@Nullable Compared compared() {
    return shadow.compared();
  }

  public Models models() {
    return models;
  }

  public Store store() {
    return store;
  }

  /** Ends after the answers that are being made. */
  @Override
  public void close() {
    shadow.close();
    Housekeeping running = housekeeping;
    if (running != null) {
      running.close();
    }
    feed.close();
    models.close();
    store.close();
  }
}
