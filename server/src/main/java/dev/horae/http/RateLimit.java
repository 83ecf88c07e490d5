package dev.horae.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How many requests each key, or each address, may send: a token bucket, in which tokens gather at
 * the rate, as many as the burst, and each request takes one.
 *
 * <p>Buckets are bounded in number; the one that was used least lately goes first, and is full when
 * its owner comes back.
 */
public final class RateLimit {

  private static final double NANOS = 1e9;

  private final double perSecond;
  private final double burst;
  private final LongSupplier nanos;
  private final Map<String, Bucket> buckets;

  private static final class Bucket {
    private double tokens;
    private long at;

    private Bucket(double tokens, long at) {
      this.tokens = tokens;
      this.at = at;
    }
  }

  /**
   * @param burst requests at once, at least 1
   * @param most buckets kept
   * @param nanos the clock: {@code System::nanoTime}
   */
  public RateLimit(double perSecond, int burst, int most, LongSupplier nanos) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanos = nanos;
    this.buckets =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > most;
          }
        };
  }

  /** {@return 0 when the request may pass, else the seconds to wait} */
  public synchronized int take(String who) {
    long now = nanos.getAsLong();
    Bucket bucket = buckets.computeIfAbsent(who, name -> new Bucket(burst, now));
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / NANOS * perSecond);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 0;
    }
    return (int) Math.max(1, Math.min(3600, Math.ceil((1 - bucket.tokens) / perSecond)));
  }

  /** Refuses a request that comes too soon. */
  public void check(String who) {
    int seconds = take(who);
    if (seconds > 0) {
      throw Problem.passing(
              Problem.Kind.TOO_MANY_REQUESTS,
              "more than " + perSecond + " requests a second",
              seconds)
          .exception();
    }
  }
}
