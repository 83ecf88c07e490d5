package dev.horae.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Where each of some stretches of events lies in rows.
 *
 * @param rows how many rows there are
 * @param row of each stretch
 * @param column first column of each stretch
 */
public record Packing(int rows, int[] row, int[] column) {

  /** A row for each. */
  static Packing oneEach(int count) {
    int[] row = new int[count];
    Arrays.setAll(row, i -> i);
    return new Packing(count, row, new int[count]);
  }

  /** {@return how many columns of the fullest row hold stretches of these} */
  int columns(int[] stretches, IntUnaryOperator sizeOf) {
    return IntStream.range(0, stretches.length)
        .map(i -> column[i] + sizeOf.applyAsInt(stretches[i]))
        .max()
        .orElse(0);
  }

  /** Longest first, each into the row that it fills best: almost no padding is left. */
  public static Packing bestFit(int[] stretches, IntUnaryOperator sizeOf, int width) {
    Integer[] order = new Integer[stretches.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> -sizeOf.applyAsInt(stretches[i])));
    List<Deque<Integer>> rowsWithRoom = new ArrayList<>(); // by free columns
    for (int free = 0; free <= width; free++) {
      rowsWithRoom.add(new ArrayDeque<>());
    }
    int rows = 0;
    int[] row = new int[stretches.length];
    int[] column = new int[stretches.length];
    for (int i : order) {
      int size = sizeOf.applyAsInt(stretches[i]);
      int free = size;
      while (free <= width && rowsWithRoom.get(free).isEmpty()) {
        free++;
      }
      if (free > width) {
        free = width;
        row[i] = rows++;
      } else {
        row[i] = rowsWithRoom.get(free).pop();
      }
      column[i] = width - free;
      rowsWithRoom.get(free - size).push(row[i]);
    }
    return new Packing(rows, row, column);
  }
}
