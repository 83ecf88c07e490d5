package dev.horae.service;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.filter.Filters;
import dev.horae.index.ItemIndex;
import dev.horae.run.RunReport;
import dev.horae.run.ServingCheck;
import dev.horae.run.TrainedRun;
import dev.horae.service.LoadedModel.Lease;
import dev.horae.store.StoreException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The models of a server: one is active, others are loaded beside it. A model is opened, compared
 * with what its training wrote down, and warmed up before it may answer; the one before it stays
 * until its requests have ended, and for going back.
 */
public final class Models implements AutoCloseable {

  /** How far a model is. */
  public enum State {
    LOADING,
    READY,
    ACTIVE,
    FAILED
  }

  /**
   * What is known of a model.
   *
   * @param model such as hm4sr; empty until it is open
   * @param problem why it failed; null where it did not
   * @param log what was done, a line each; the newest 200
   * @param curve NDCG@20 on the validation targets by epoch; empty for what has no epochs
   * @param index of a large model; null where there is none to be
   */
  public record Status(
      String name,
      String version,
      String path,
      String model,
      State state,
      @Nullable String problem,
      int items,
      Instant since,
      Map<String, Double> metrics,
      List<String> log,
      List<Epoch> curve,
      @Nullable Index index) {}

  /** How far the index of a large model is. */
  public enum IndexState {
    BUILDING,
    READY,
    /** It does not find enough: all items are scored. */
    UNUSED
  }

  /**
   * The index of a large model.
   *
   * @param recall share of the 20 best items that it finds; not a number while it is being built
   * @param questions over so many questions
   * @param candidates that a search keeps
   */
  public record Index(IndexState state, double recall, int questions, int candidates) {}

  /**
   * How a model that is asked in the background agrees with those that answer.
   *
   * @param share of the lists that it is asked for
   * @param lists that were compared
   * @param agreement the share of their items that it chose too; 0 before the first
   */
  public record Compared(double share, long lists, double agreement) {}

  /** An epoch, from 1, and its NDCG on the validation targets. */
  public record Epoch(int epoch, double ndcg) {}

  private static final class Entry {
    private final String name;
    private final Path path;
    private final Instant since = Instant.now();
    private final ModelLog log = new ModelLog();
    private @Nullable LoadedModel loaded;
    private @Nullable String problem;
    private Map<String, Double> metrics = Map.of();
    private List<Epoch> curve = List.of();
    private @Nullable TrainedRun run; // as it lies on the disk; set once it was opened
    private @Nullable SharedEncoder encoder; // held by the newcomers and each loaded model
    private @Nullable Newcomers newcomers; // only the loading thread's
    private @Nullable ItemIndex index;
    private boolean indexing;
    private volatile boolean deleted;

    Entry(String name, Path path) {
      this.name = name;
      this.path = path;
    }
  }

  private static final long REFRESH_MILLIS = 1000; // so that many changes are one

  private final Items items;
  private final int workers;
  private final int depth;
  private final Feed feed;
  private final Indexes indexes;
  private final Map<String, Entry> entries = new LinkedHashMap<>(); // by name; guarded by this
  private final WarmUp warmUp = new WarmUp();
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ScheduledExecutorService loading =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "loading models"));
  private final ExecutorService indexing =
      Executors.newSingleThreadExecutor(task -> daemon(task, "building indexes"));
  private volatile boolean closing;
  private @Nullable String active; // guarded by this
  private @Nullable String previous; // guarded by this

  /**
   * @param workers how many threads score for each model
   * @param depth how many histories may wait for each
   * @param feed of events that models count
   * @param indexes of large models
   */
  Models(Items items, int workers, int depth, Feed feed, Indexes indexes) {
    this.items = items;
    this.workers = workers;
    this.depth = depth;
    this.feed = feed;
    this.indexes = indexes;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** {@return what models are warmed up with, which requests tell of} */
  WarmUp warmUp() {
    return warmUp;
  }

  /**
   * Loads a run beside the others, in the background.
   *
   * @return ends when it is ready, or failed
   * @throws Refusal when a model of that name is there already
   */
  public CompletableFuture<Void> load(String name, Path path) {
    Entry entry = new Entry(name, path);
    synchronized (this) {
      Entry there = entries.get(name);
      if (there != null && there.problem == null) {
        throw new Refusal(
            Refusal.Kind.CONFLICT,
            "a model '" + name + "' is loaded already",
            "path",
            path.toString(),
            "delete it first, or give the run's directory another name");
      }
      entries.put(name, entry);
    }
    return CompletableFuture.runAsync(() -> open(entry), loading);
  }

  private void open(Entry entry) {
    LoadedModel model = null;
    TrainedRun run;
    Map<String, Double> metrics;
    List<Epoch> curve;
    try {
      long start = System.nanoTime();
      run = LoadedModel.open(entry.path);
      entry.encoder = new SharedEncoder(run);
      Newcomers newcomers = new Newcomers(run, items, entry.encoder);
      entry.newcomers = newcomers;
      model = opened(entry, run);
      newcomers.lines().forEach(entry.log::add);
      entry.log.add(
          String.format(
              Locale.ROOT, "opened in %.1f s: %d items", since(start), model.catalogue().size()));
      entry.log.add(ServingCheck.compare(run, model.scorer()));
      feed.join(model);
      if (model.table() != null) {
        LoadedModel opened = model;
        indexes.stored(model, entry.log::add).ifPresent(index -> use(index, entry, opened));
      }
      start = System.nanoTime();
      entry.log.add(
          String.format(
              Locale.ROOT,
              "warmed up with %d histories in %.1f s",
              warmUp.run(model, depth),
              since(start)));
      metrics = run.directory().report().map(RunReport::test).orElse(Map.of());
      curve = curve(run);
    } catch (RuntimeException | Error e) { // a heap that is too small too: the others answer on
      failed(entry, e);
      drop(model);
      return;
    }
    synchronized (this) {
      entry.metrics = metrics;
      entry.curve = curve;
      entry.run = run;
      entry.loaded = model;
      if (model.table() != null && entry.index == null) {
        entry.indexing = true;
        indexing.execute(() -> index(entry));
      }
    }
    itemsChanged(); // while it was opened
    loading.execute(() -> warmUpFilters(entry.name));
  }

  /** Lets go of a model that is asked no more; null: there is none. */
  private void drop(@Nullable LoadedModel model) {
    if (model != null) {
      feed.leave(model);
      model.release();
    }
  }

  private synchronized void failed(Entry entry, Throwable why) {
    entry.problem = Reasons.of(why);
    if (entry.newcomers != null) {
      entry.newcomers.close();
    }
    entry.newcomers = null;
    entry.encoder = null;
    entry.index = null;
  }

  /** Builds the index of a model that answers meanwhile by scoring all items. */
  private void index(Entry entry) {
    LoadedModel model;
    synchronized (this) {
      model = entry.loaded;
      if (model == null || entry.deleted) {
        return;
      }
    }
    try (Lease lease = model.lease()) {
      ItemIndex index =
          indexes.build(
              lease.model(), warmUp.known(model), entry.log::add, () -> closing || entry.deleted);
      synchronized (this) {
        LoadedModel now = entry.loaded; // which may have taken in new items meanwhile
        if (now != null) {
          use(index, entry, now);
        }
      }
    } catch (CancellationException e) {
      return; // nobody will ask it
    } catch (RuntimeException | Error e) { // the model goes on without
      entry.log.add("no index was built: " + Reasons.of(e));
    } finally {
      synchronized (this) {
        entry.indexing = false;
      }
    }
  }

  private synchronized void use(ItemIndex index, Entry entry, LoadedModel model) {
    entry.index = index;
    if (index.isGood()) {
      model.best().use(index);
    }
  }

  /** With the items that the shop told of before. */
  private LoadedModel opened(Entry entry, TrainedRun run) {
    Newcomers newcomers = Objects.requireNonNull(entry.newcomers);
    TrainedRun with = newcomers.added();
    int own = run.allItems().size();
    SharedEncoder encoder = Objects.requireNonNull(entry.encoder);
    return new LoadedModel(entry.name, with, own, encoder, items, workers, depth, indexes.above());
  }

  /** Has items that the shop told of encoded soon, so that models recommend them by content. */
  void itemsChanged() {
    if (!refreshing.getAndSet(true)) {
      ScheduledFuture<?> unused =
          loading.schedule(this::refreshAll, REFRESH_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void refreshAll() {
    refreshing.set(false);
    List<Entry> all;
    synchronized (this) {
      all = entries.values().stream().filter(entry -> entry.loaded != null).toList();
    }
    all.forEach(this::refresh);
  }

  private void refresh(Entry entry) {
    TrainedRun run = entry.run;
    Newcomers newcomers = entry.newcomers;
    if (run == null || newcomers == null || !newcomers.changed()) {
      return;
    }
    LoadedModel now = null;
    try {
      now = opened(entry, run);
      feed.join(now);
    } catch (RuntimeException | Error e) { // the model goes on without them
      drop(now);
      notTakenIn(entry, newcomers, e);
      return;
    }
    newcomers.lines().forEach(entry.log::add);
    LoadedModel old = now; // where the model was deleted meanwhile
    synchronized (this) {
      LoadedModel before = entry.loaded;
      if (entries.get(entry.name) == entry && before != null) {
        old = before;
        entry.loaded = now;
        if (entry.index != null) {
          use(entry.index, entry, now);
        }
      }
    }
    drop(old);
  }

  /** What the store could not say it will say soon; else the next new item has all tried again. */
  private void notTakenIn(Entry entry, Newcomers newcomers, Throwable why) {
    entry.log.add("new items were not taken in: " + Reasons.of(why));
    if (why instanceof StoreException && !closing) {
      newcomers.tryAgain();
      itemsChanged();
    }
  }

  private static List<Epoch> curve(TrainedRun run) {
    try {
      return run.directory().figures("valid_ndcg@20").stream()
          .map(figure -> new Epoch(figure.epoch(), figure.value()))
          .toList();
    } catch (DataException e) {
      return List.of(); // only a picture
    }
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * The language of filters takes a second to load, which requests without one need not wait for.
   */
  private void warmUpFilters(String name) {
    try (Lease lease = lease(name)) {
      Filters filters = lease.model().shelf().filters(Instant.now().getEpochSecond());
      filters.matching("events > 0", 0);
      filters.boosts("events > 0 ? 2.0 : 1.0", 0);
    } catch (Refusal e) { // deleted meanwhile
      return;
    }
  }

  /** {@return a hold on the model of this name, or on the active one where it is null} */
  Lease lease(@Nullable String name) {
    synchronized (this) {
      String wanted = name == null ? active : name;
      if (wanted == null) {
        throw new Refusal(
            Refusal.Kind.NOT_READY, "no model is loaded yet", null, null, "come again in a second");
      }
      return loaded(wanted, Refusal.Kind.NOT_FOUND).lease();
    }
  }

  /** {@return whether a model of this name can answer} */
  synchronized boolean isLoaded(String name) {
    Entry entry = entries.get(name);
    return entry != null && entry.loaded != null;
  }

  /**
   * {@return a model that can answer}
   *
   * @param unready what kind of refusal it is that it cannot answer yet, or never will
   */
  private LoadedModel loaded(String name, Refusal.Kind unready) {
    Entry entry = entries.get(name);
    if (entry != null && entry.loaded != null) {
      return entry.loaded;
    }
    String others =
        "use one of "
            + entries.values().stream().filter(e -> e.loaded != null).map(e -> e.name).toList();
    if (entry == null) {
      throw Refusal.notFound("model", name, others);
    }
    throw new Refusal(
        unready,
        "the model '"
            + name
            + (entry.problem == null ? "' is being loaded" : "' was not loaded: " + entry.problem),
        "model",
        name,
        entry.problem == null ? "come again when it is ready" : others);
  }

  /** {@return whether requests can be answered} */
  public synchronized boolean isReady() {
    return active != null;
  }

  /** {@return the active model's name; null where there is none} */
  public synchronized @Nullable String active() {
    return active;
  }

  /** {@return what {@link #rollback} would make active; null where there is nothing} */
  public synchronized @Nullable String previous() {
    return previous;
  }

  /** Makes a model that is ready the one that answers, from the next request on. */
  public synchronized void activate(String name) {
    loaded(name, Refusal.Kind.CONFLICT);
    if (!name.equals(active)) {
      previous = active;
      active = name;
    }
  }

  /** Makes the model active that was so before. */
  public synchronized void rollback() {
    if (previous == null || !entries.containsKey(previous)) {
      throw new Refusal(
          Refusal.Kind.CONFLICT,
          "no model was active before this one",
          null,
          null,
          "activate one by its name");
    }
    activate(previous);
  }

  /** Takes a model away once its requests have ended. */
  public void delete(String name) {
    LoadedModel model;
    synchronized (this) {
      Entry entry = entries.get(name);
      if (entry == null) {
        loaded(name, Refusal.Kind.NOT_FOUND); // says which there are
        return;
      }
      if (name.equals(active)) {
        throw new Refusal(
            Refusal.Kind.CONFLICT,
            "the model '" + name + "' is active",
            "name",
            name,
            "activate another one first");
      }
      if (entry.loaded == null && entry.problem == null) {
        throw new Refusal(
            Refusal.Kind.CONFLICT,
            "the model '" + name + "' is being loaded",
            "name",
            name,
            "come again when it is ready");
      }
      entries.remove(name);
      entry.deleted = true;
      if (name.equals(previous)) {
        previous = null;
      }
      model = entry.loaded;
      Newcomers newcomers = entry.newcomers;
      if (newcomers != null) {
        loading.execute(newcomers::close);
      }
    }
    drop(model);
  }

  /** {@return how many histories wait to be scored, for all models} */
  public synchronized int waiting() {
    return entries.values().stream()
        .mapToInt(entry -> entry.loaded == null ? 0 : entry.loaded.queue().depth())
        .sum();
  }

  public synchronized List<Status> statuses() {
    return entries.values().stream().map(this::status).toList();
  }

  private Status status(Entry entry) {
    LoadedModel model = entry.loaded;
    return new Status(
        entry.name,
        model == null ? "" : model.version(),
        entry.path.toString(),
        model == null ? "" : model.scorer().name(),
        model == null
            ? entry.problem == null ? State.LOADING : State.FAILED
            : entry.name.equals(active) ? State.ACTIVE : State.READY,
        entry.problem,
        model == null ? 0 : model.catalogue().size(),
        entry.since,
        entry.metrics,
        entry.log.lines(),
        entry.curve,
        index(entry.index, entry.indexing));
  }

  private static @Nullable Index index(@Nullable ItemIndex built, boolean building) {
    if (built == null) {
      return building ? new Index(IndexState.BUILDING, Double.NaN, 0, 0) : null;
    }
    ItemIndex.Quality quality = built.quality();
    return new Index(
        built.isGood() ? IndexState.READY : IndexState.UNUSED,
        quality.recall(),
        quality.questions(),
        quality.width());
  }

  /** {@return recall of the active model's index; not a number where there is none} */
  public synchronized double indexRecall() {
    Entry entry = entries.get(active);
    return entry == null || entry.index == null ? Double.NaN : entry.index.quality().recall();
  }

  /** Waits for a load that is going on, and for requests. */
  @Override
  public void close() {
    closing = true;
    loading.shutdownNow();
    indexing.shutdownNow();
    try {
      loading.awaitTermination(1, TimeUnit.MINUTES);
      indexing.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<LoadedModel> all;
    synchronized (this) {
      active = null;
      all = entries.values().stream().map(e -> e.loaded).filter(m -> m != null).toList();
      entries.values().stream()
          .map(entry -> entry.newcomers)
          .filter(newcomers -> newcomers != null)
          .forEach(Newcomers::close);
      entries.clear();
    }
    all.forEach(LoadedModel::release);
  }
}
