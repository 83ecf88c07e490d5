package dev.horae.service;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import dev.horae.data.Histories;
import dev.horae.data.Reasons;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.index.ItemIndex;
import dev.horae.index.VectorTable;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.NetworkScorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Where the indexes of large models come from: from a file of the server's, or, where there is none
 * that fits, from building, which takes minutes and leaves a file for the next start.
 */
final class Indexes {

  private static final int USERS = 2000; // random ones, whose vectors say which items are alike
  private static final int ASKED = 200; // by which an index is measured
  private static final int AT_ONCE = 16; // scored, so that their scores fit into memory
  private static final int LONGEST = 10; // history of a random user
  private static final int DAY = 86_400; // seconds
  private static final int KEPT = 4; // files: those of the newest models

  private final Indexing indexing;
  private final int threads;

  /**
   * @param threads that build
   */
  Indexes(Indexing indexing, int threads) {
    this.indexing = indexing;
    this.threads = threads;
  }

  /** {@return a model of more items may have an index; 0: none has} */
  int above() {
    return indexing.above();
  }

  private Path file(LoadedModel model) {
    return indexing.directory().resolve(model.run().provenance().id() + ".safetensors");
  }

  /** {@return what an index is of: the weights and the items that the run has on the disk} */
  private static String key(LoadedModel model) {
    TrainedRun run = model.run();
    return Hashes.sha256(
        (run.provenance().id()
                + Hashes.sha256(run.directory().file("model.safetensors"))
                + model.ownItems())
            .getBytes(StandardCharsets.UTF_8));
  }

  /** {@return the index of a large model, where its file is there and whole} */
  Optional<ItemIndex> stored(LoadedModel model, Consumer<String> log) {
    try {
      Optional<ItemIndex> found = ItemIndex.read(file(model), key(model), model.ownItems());
      found.ifPresent(index -> log.accept("index read from " + file(model) + ": " + said(index)));
      return found;
    } catch (DataException e) {
      log.accept("index built anew: " + Reasons.of(e));
      return Optional.empty();
    }
  }

  private static String said(ItemIndex index) {
    ItemIndex.Quality quality = index.quality();
    return String.format(
            Locale.ROOT,
            "recall@%d %.4f over %d questions, %d candidates kept",
            ItemIndex.BEST,
            quality.recall(),
            quality.questions(),
            quality.width())
        + (index.isGood()
            ? ""
            : "; that is below " + ItemIndex.ENOUGH + ", so all items are scored");
  }

  /**
   * Builds the index of a large model and writes its file.
   *
   * @param histories that were asked for, by which it is measured; random ones are added
   * @param stopped is asked now and then
   */
  ItemIndex build(
      LoadedModel model, List<History> histories, Consumer<String> log, BooleanSupplier stopped) {
    long start = System.nanoTime();
    SplittableRandom random = new SplittableRandom(1);
    Draw draw = new Draw(model.run());
    List<History> asked = new ArrayList<>(histories);
    while (asked.size() < ASKED) {
      asked.add(draw.history(random));
    }
    List<History> others = Stream.generate(() -> draw.history(random)).limit(USERS).toList();
    List<int[]> best = new ArrayList<>();
    for (int from = 0; from < asked.size(); from += AT_ONCE) {
      if (stopped.getAsBoolean()) {
        throw new CancellationException();
      }
      best.addAll(best(model, asked.subList(from, Math.min(asked.size(), from + AT_ONCE))));
    }
    VectorTable table = Objects.requireNonNull(model.table());
    ItemIndex index =
        ItemIndex.build(
            table.first(model.ownItems() + 1),
            users(model, others),
            users(model, asked),
            best,
            threads,
            stopped);
    log.accept(
        String.format(
            Locale.ROOT,
            "index of %d items built in %.0f s: %s",
            index.items(),
            (System.nanoTime() - start) / 1e9,
            said(index)));
    write(index, model, log);
    return index;
  }

  /** Users who took items as often as everybody did. */
  private static final class Draw {

    private final long[] events; // how many the items before have, and those of this one
    private final long last;

    Draw(TrainedRun run) {
      events = Arrays.stream(run.counts().items()).asLongStream().toArray();
      Arrays.parallelPrefix(events, Long::sum);
      last = run.provenance().time().last();
    }

    History history(SplittableRandom random) {
      int length = 1 + random.nextInt(LONGEST);
      int[] items = new int[length];
      long[] times = new long[length];
      long time = last;
      for (int e = length - 1; e >= 0; e--) {
        long drawn = random.nextLong(events[events.length - 1]);
        int place = Arrays.binarySearch(events, drawn + 1);
        items[e] = place < 0 ? -place - 1 : place;
        times[e] = time;
        time -= random.nextInt(30 * DAY);
      }
      return new History(items, times, List.of());
    }
  }

  private static Histories joined(List<History> histories) {
    int[] starts = new int[histories.size() + 1];
    for (int h = 0; h < histories.size(); h++) {
      starts[h + 1] = starts[h] + histories.get(h).items().length;
    }
    return new Histories(
        starts,
        histories.stream().flatMapToInt(history -> Arrays.stream(history.items())).toArray(),
        histories.stream().flatMapToLong(history -> Arrays.stream(history.times())).toArray());
  }

  private static List<float[]> users(LoadedModel model, List<History> histories) {
    float[][] users = new float[histories.size()][];
    NetworkScorer scorer = (NetworkScorer) model.scorer();
    Windows windows = Windows.latest(joined(histories), scorer.maxLength());
    for (int from = 0; from < users.length; from += AT_ONCE) {
      scorer.users(
          windows,
          from,
          Math.min(users.length, from + AT_ONCE),
          (history, user) -> users[history] = user);
    }
    return List.of(users);
  }

  /** {@return the best of the run's own items, by scoring all} */
  private static List<int[]> best(LoadedModel model, List<History> histories) {
    int[][] best = new int[histories.size()][];
    model
        .scorer()
        .score(
            Windows.latest(joined(histories), model.scorer().maxLength()),
            0,
            best.length,
            (history, scores) -> {
              TopK top = new TopK(ItemIndex.BEST);
              for (int item = 1; item <= model.ownItems(); item++) {
                top.offer(item, scores[item]);
              }
              best[history] = top.indices();
            });
    return List.of(best);
  }

  private void write(ItemIndex index, LoadedModel model, Consumer<String> log) {
    Path file = file(model);
    try {
      Files.createDirectories(indexing.directory());
      AtomicFiles.sweep(indexing.directory());
      index.write(file, key(model));
      sweep();
    } catch (IOException | UncheckedIOException | DataException e) {
      log.accept("index not kept, the next start builds it anew: " + Reasons.of(e));
    }
  }

  /** Deletes the files of older models. */
  private void sweep() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(indexing.directory())) {
      files = all.filter(file -> file.toString().endsWith(".safetensors")).toList();
    }
    List<Path> newest =
        files.stream().sorted(Comparator.comparing(Indexes::written).reversed()).toList();
    for (Path old : newest.subList(Math.min(KEPT, newest.size()), newest.size())) {
      Files.deleteIfExists(old);
    }
  }

  private static FileTime written(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // another server deleted it
    }
  }
}
