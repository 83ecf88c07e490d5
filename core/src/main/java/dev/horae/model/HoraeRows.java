package dev.horae.model;

import dev.horae.data.Workers;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A sparse table [N + 1, N + 1] of evidence for {@link Horae}, of each row the largest values. A
 * row is made when it is first read: one history needs few of them. It is replaced as a whole, so
 * that whoever reads one while it is made anew reads the old one or the new one, and waits for
 * neither.
 */
final class HoraeRows {

  private static final int BLOCK = 256; // rows that a worker makes at a time

  /** Fills {@code sums} with a row. */
  interface Row {
    void add(int row, Sums sums);
  }

  /** Hears of a row that was made, at least once. */
  interface Made {
    void row(int row);
  }

  /** Some of the rows, from the first to before the last. */
  interface Block {
    void run(int from, int to);
  }

  private final AtomicReferenceArray<int @Nullable []> rows; // n items, then their values' bits
  private final float[] scale; // what values are multiplied by to choose the largest; [N + 1]
  private final int most; // items of a row
  private final Row row;
  private final @Nullable Object lock; // of what a row is made of; null where it does not change
  private final Made made;
  private final Queue<Sums> idle = new ConcurrentLinkedQueue<>(); // to make rows with
  private final BitSet stale = new BitSet(); // rows to be made anew; of who adds events
  private int next; // row from which on a stale one is looked for

  private HoraeRows(float[] scale, int most, Row row, @Nullable Object lock, Made made) {
    rows = new AtomicReferenceArray<>(scale.length);
    this.scale = scale;
    this.most = most;
    this.row = row;
    this.lock = lock;
    this.made = made;
  }

  /** Runs all blocks of so many rows, on all workers. */
  static void eachBlock(int rows, Block block) {
    Workers.each(
        (rows + BLOCK - 1) / BLOCK, b -> block.run(b * BLOCK, Math.min(rows, (b + 1) * BLOCK)));
  }

  /**
   * {@return the table of so many rows of what does not change}
   *
   * @param most items of a row, where memory allows
   */
  static HoraeRows of(int rows, int most, Row row, Made made) {
    return new HoraeRows(ones(rows), HoraeCounting.kept(most, rows), row, null, made);
  }

  /**
   * {@return the table of so many rows, each of the largest of its sums}
   *
   * @param lock is held while a row is made, and by whoever changes what it is made of
   */
  static HoraeRows of(int rows, Row row, Object lock) {
    return of(ones(rows), row, lock);
  }

  /**
   * {@return the table, each row of the largest of its sums times {@code scale}, by which they are
   * not multiplied to be kept}
   */
  static HoraeRows of(float[] scale, Row row, Object lock) {
    return new HoraeRows(scale, HoraeCounting.kept(scale.length - 1), row, lock, i -> {});
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private int[] packed(int i) {
    int[] there = rows.get(i);
    if (there != null) {
      return there;
    }
    if (lock == null) {
      return make(i);
    }
    synchronized (lock) {
      there = rows.get(i);
      return there == null ? make(i) : there;
    }
  }

  private int[] make(int i) {
    Sums free = idle.poll();
    Sums sums = free == null ? new Sums(scale.length) : free;
    int[] now = renew(i, sums);
    idle.add(sums);
    made.row(i);
    return now;
  }

  /**
   * Makes a row anew.
   *
   * @param sums is empty, and will be
   */
  private int[] renew(int i, Sums sums) {
    row.add(i, sums);
    int[] kept = sums.largest(most, scale);
    int[] packed = Arrays.copyOf(kept, 2 * kept.length);
    for (int n = 0; n < kept.length; n++) {
      packed[kept.length + n] = Float.floatToRawIntBits(sums.of(kept[n]));
    }
    rows.set(i, packed);
    sums.clear();
    return packed;
  }

  /** Says that what a row was made of has changed; one thread at a time may. */
  void outdate(int i) {
    if (rows.get(i) != null) {
      stale.set(i);
    }
  }

  /** Makes the outdated rows anew that are {@code prompt}, for whoever outdates rows. */
  void renew(IntPredicate prompt, IntConsumer renewed, Sums sums) {
    for (int i = stale.nextSetBit(0); i >= 0; i = stale.nextSetBit(i + 1)) {
      if (prompt.test(i)) {
        stale.clear(i);
        renew(i, sums);
        renewed.accept(i);
      }
    }
  }

  /** Makes an outdated row anew, each in its turn, likewise. {@return which; -1 if none is} */
  int renewNext(Sums sums) {
    int i = stale.nextSetBit(next);
    if (i < 0) {
      i = stale.nextSetBit(0);
    }
    if (i >= 0) {
      stale.clear(i);
      next = i + 1;
      renew(i, sums);
    }
    return i;
  }

  /** Gives a row, in no order. */
  void each(int row, Reader reader) {
    int[] packed = packed(row);
    int size = packed.length / 2;
    for (int n = 0; n < size; n++) {
      reader.read(packed[n], Float.intBitsToFloat(packed[size + n]));
    }
  }

  /** {@return the sum of a row} */
  float total(int row) {
    int[] packed = packed(row);
    float total = 0;
    for (int n = packed.length / 2; n < packed.length; n++) {
      total += Float.intBitsToFloat(packed[n]);
    }
    return total;
  }

  /** Adds {@code times} a row. */
  void addTo(Sums sums, int row, float times) {
    int[] packed = packed(row);
    int size = packed.length / 2;
    for (int n = 0; n < size; n++) {
      sums.add(packed[n], times * Float.intBitsToFloat(packed[size + n]));
    }
  }

  interface Reader {
    void read(int item, float sum);
  }

  /** Sums over items, of which few are touched. */
  static final class Sums {
    private final float[] sums;
    private final int[] touched;
    private int count;

    /**
     * @param rows N + 1
     */
    Sums(int rows) {
      sums = new float[rows];
      touched = new int[rows];
    }

    /**
     * @param value not negative
     */
    void add(int item, float value) {
      if (value > 0) {
        if (sums[item] == 0) {
          touched[count++] = item;
        }
        sums[item] += value;
      }
    }

    void multiply(float factor) {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] *= factor;
      }
    }

    /**
     * @param factors [N + 1]
     */
    void multiply(float[] factors) {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] *= factors[touched[n]];
      }
    }

    float of(int item) {
      return sums[item];
    }

    /** {@return how many items have a sum} */
    int count() {
      return count;
    }

    /** {@return the item that was touched as the n-th, n from 0} */
    int item(int n) {
      return touched[n];
    }

    /** Gives all that are not 0, in the order in which they were touched first. */
    void each(Reader reader) {
      for (int n = 0; n < count; n++) {
        reader.read(touched[n], sums[touched[n]]);
      }
    }

    void clear() {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] = 0;
      }
      count = 0;
    }

    /**
     * {@return the items of the largest sums times {@code scale}, equal ones by index, lowest
     * first; in no order}
     */
    private int[] largest(int most, float[] scale) {
      if (count <= most) {
        return Arrays.copyOf(touched, count);
      }
      long[] keys = new long[count]; // in the order of the sums, as none is negative
      for (int n = 0; n < count; n++) {
        int item = touched[n];
        keys[n] = HoraeCounting.order(sums[item] * scale[item], item);
      }
      divide(keys, count - most);
      int[] items = new int[most];
      Arrays.setAll(items, n -> (int) ~keys[keys.length - most + n]);
      return items;
    }

    /** Moves the {@code least} smallest to the front (Hoare's quickselect). */
    private static void divide(long[] keys, int least) {
      int from = 0;
      int to = keys.length - 1;
      while (from < to) {
        long pivot = keys[(from + to) >>> 1];
        int i = from;
        int j = to;
        while (i <= j) {
          while (keys[i] < pivot) {
            i++;
          }
          while (keys[j] > pivot) {
            j--;
          }
          if (i <= j) {
            long key = keys[i];
            keys[i++] = keys[j];
            keys[j--] = key;
          }
        }
        if (least <= j) {
          to = j;
        } else if (least >= i) {
          from = i;
        } else {
          return;
        }
      }
    }
  }
}
