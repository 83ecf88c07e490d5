package dev.horae.filter;

import dev.cel.common.CelAbstractSyntaxTree;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Filters and boosts over the columns of one catalogue. What an expression gave is kept, the least
 * recently used goes first; an expression that reads the time is kept for a minute of it. Safe for
 * use by several threads.
 */
public final class Filters {

  /** How long an answer that reads the time may be used, in seconds. */
  private static final long MOST_SECONDS = 60;

  /** What an entry needs beside its answer and its key: objects and the map's node. */
  private static final long ENTRY_BYTES = 256;

  /**
   * @param answer a BitSet, a float[], or the FilterException that took as long as an answer
   * @param now of the request; null when the answer does not depend on it
   */
  private record Entry(Object answer, @Nullable Long now, long bytes) {

    boolean holds(long other) {
      return now == null || other >= now && other - now < MOST_SECONDS;
    }
  }

  private final Columns columns;
  private final Language language;
  private final long mostBytes;
  private final Map<String, Entry> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Filters> ofKept = new ConcurrentHashMap<>(); // by expression
  private long bytes;

  /**
   * @param mostBytes how much memory kept answers may take; 0 keeps none
   */
  public Filters(Columns columns, long mostBytes) {
    this.columns = columns;
    this.mostBytes = mostBytes;
    language = new Language(columns);
  }

  public Columns columns() {
    return columns;
  }

  /**
   * {@return the rows of the items for which a filter is true; the caller's own}
   *
   * @param now time of the request, in seconds since 1970
   * @throws FilterException when the filter cannot be used
   */
  public BitSet matching(String filter, long now) {
    return (BitSet) ((BitSet) answer(filter, now, true)).clone();
  }

  /**
   * {@return the factor of each row, shared: not to be changed}
   *
   * @param now time of the request, in seconds since 1970
   * @throws FilterException when the boost cannot be used
   */
  public float[] boosts(String boost, long now) {
    return (float[]) answer(boost, now, false);
  }

  /** {@return how much memory the kept answers take} */
  public synchronized long bytes() {
    return bytes;
  }

  /**
   * {@return filters and boosts for an expression that was checked when it was kept: of a column
   * that no item has any more, none has a value}
   */
  public Filters of(String kept) {
    return ofKept.computeIfAbsent(
        kept,
        expression -> {
          Set<String> gone = language.unknown(expression);
          return gone.isEmpty() ? this : new Filters(columns.with(gone), mostBytes);
        });
  }

  private Object answer(String expression, long now, boolean filter) {
    String key = (filter ? "f" : "b") + expression;
    Object answer = kept(key, now);
    if (answer == null) {
      answer = evaluated(key, expression, now, filter);
    }
    if (answer instanceof FilterException refusal) {
      throw refusal;
    }
    return answer;
  }

  private Object evaluated(String key, String expression, long now, boolean filter) {
    CelAbstractSyntaxTree checked = language.check(expression);
    Evaluation evaluation = new Evaluation(expression, checked, columns, now);
    Object answer;
    long size;
    try {
      answer = filter ? evaluation.matching() : evaluation.boosts();
      size = filter ? columns.rows() / 8L : columns.rows() * 4L;
    } catch (FilterException e) {
      answer = e; // it may have taken a second: the next request need not wait for it again
      size = 2L * expression.length() + ENTRY_BYTES;
    }
    Long at = Evaluation.readsTime(checked) ? now : null;
    keep(key, new Entry(answer, at, size + 2L * key.length() + ENTRY_BYTES));
    return answer;
  }

  private synchronized @Nullable Object kept(String key, long now) {
    Entry entry = cache.get(key);
    return entry == null || !entry.holds(now) ? null : entry.answer();
  }

  private synchronized void keep(String key, Entry entry) {
    Entry before = cache.put(key, entry);
    bytes += entry.bytes() - (before == null ? 0 : before.bytes());
    Iterator<Entry> oldest = cache.values().iterator();
    while (bytes > mostBytes && oldest.hasNext()) {
      bytes -= oldest.next().bytes();
      oldest.remove();
    }
  }
}
