package dev.horae.http;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the console's first page shows: the traffic of the last hour in steps of ten seconds, and
 * who chose the lists since the server started.
 */
final class Statistics {

  private static final int STEP_SECONDS = 10;
  private static final int STEPS = 360;

  /** Latencies are counted in classes of which each is a tenth above the one before. */
  private static final double CLASS = Math.log(1.1);

  private static final int CLASSES = 128; // from 0.1 ms to 18 s

  /**
   * A step.
   *
   * @param p50Millis 0 where there was no request; at most a tenth too high, as all latencies here
   * @param fallbacks lists that the model did not choose
   * @param errors answers of status 500 and above
   */
  record Step(
      Instant time,
      long requests,
      double p50Millis,
      double p99Millis,
      long fallbacks,
      long errors) {}

  private static final class Bucket {
    private long step = -1;
    private final int[] latencies = new int[CLASSES];
    private long requests;
    private long fallbacks;
    private long errors;
  }

  private final Bucket[] buckets = new Bucket[STEPS]; // guarded by this
  private final Map<String, AtomicLong> sources = new TreeMap<>(); // guarded by itself

  Statistics() {
    Arrays.setAll(buckets, i -> new Bucket());
  }

  /** Counts a request that was answered. */
  synchronized void request(long now, double millis, int status) {
    Bucket bucket = bucket(now / STEP_SECONDS);
    bucket.requests++;
    bucket.latencies[(int) Math.min(CLASSES - 1, Math.max(0, Math.log(millis / 0.1) / CLASS))]++;
    if (status >= 500) {
      bucket.errors++;
    }
  }

  /**
   * Counts a list.
   *
   * @param fallback whether the model should have chosen it, and could not
   */
  void list(long now, String source, boolean fallback) {
    synchronized (sources) {
      sources.computeIfAbsent(source, s -> new AtomicLong()).incrementAndGet();
    }
    if (fallback) {
      synchronized (this) {
        bucket(now / STEP_SECONDS).fallbacks++;
      }
    }
  }

  private Bucket bucket(long step) {
    Bucket bucket = buckets[(int) (step % STEPS)];
    if (bucket.step != step) {
      bucket.step = step;
      Arrays.fill(bucket.latencies, 0);
      bucket.requests = 0;
      bucket.fallbacks = 0;
      bucket.errors = 0;
    }
    return bucket;
  }

  /** {@return lists by who chose their first item} */
  Map<String, Long> sources() {
    Map<String, Long> counts = new TreeMap<>();
    synchronized (sources) {
      sources.forEach((source, count) -> counts.put(source, count.get()));
    }
    return counts;
  }

  /** {@return the last hour, oldest first, without the step that is not over} */
  synchronized List<Step> series(long now) {
    long current = now / STEP_SECONDS;
    List<Step> steps = new ArrayList<>();
    for (long step = current - STEPS + 1; step < current; step++) {
      Bucket bucket = buckets[(int) (step % STEPS)];
      boolean there = bucket.step == step;
      steps.add(
          new Step(
              Instant.ofEpochSecond(step * STEP_SECONDS),
              there ? bucket.requests : 0,
              there ? quantile(bucket.latencies, bucket.requests, 0.5) : 0,
              there ? quantile(bucket.latencies, bucket.requests, 0.99) : 0,
              there ? bucket.fallbacks : 0,
              there ? bucket.errors : 0));
    }
    return steps;
  }

  /** {@return requests per second, median and 99th percentile of the last minute} */
  synchronized double[] lastMinute(long now) {
    long current = now / STEP_SECONDS;
    int[] latencies = new int[CLASSES];
    long requests = 0;
    for (long step = current - 60 / STEP_SECONDS; step <= current; step++) {
      Bucket bucket = buckets[(int) (step % STEPS)];
      if (bucket.step == step) {
        requests += bucket.requests;
        for (int c = 0; c < CLASSES; c++) {
          latencies[c] += bucket.latencies[c];
        }
      }
    }
    double seconds = 60 + now % STEP_SECONDS + 1;
    return new double[] {
      requests / seconds, quantile(latencies, requests, 0.5), quantile(latencies, requests, 0.99)
    };
  }

  private static double quantile(int[] latencies, long requests, double share) {
    long below = (long) Math.ceil(share * requests);
    for (int c = 0; c < CLASSES; c++) {
      below -= latencies[c];
      if (below <= 0 && requests > 0) {
        return 0.1 * Math.exp((c + 1) * CLASS);
      }
    }
    return 0;
  }
}
