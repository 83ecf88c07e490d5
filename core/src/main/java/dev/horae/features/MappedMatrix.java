package dev.horae.features;

import dev.horae.data.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A matrix of floating-point numbers in a mapped file of any size. Safe for many threads. */
final class MappedMatrix {

  /** Bytes in a block, all but the last; a multiple of every value's. */
  static final int BLOCK = 1 << 30;

  /**
   * @param bytes of a value: 2, 4 or 8
   * @param columns whether the values stand column by column
   */
  record Layout(int bytes, ByteOrder order, boolean columns) {}

  /** Where a value stands, from 0. */
  record Place(int row, int column) {}

  private final ByteBuffer[] blocks;
  private final Layout layout;
  private final int rows;
  private final int width;

  private MappedMatrix(ByteBuffer[] blocks, Layout layout, int rows, int width) {
    this.blocks = blocks;
    this.layout = layout;
    this.rows = rows;
    this.width = width;
  }

  /**
   * @param blocks of {@link #BLOCK} bytes, the last may be shorter
   */
  static MappedMatrix of(Path file, List<ByteBuffer> blocks, Layout layout, long rows, long width) {
    if (rows < 1 || width < 1 || rows > Integer.MAX_VALUE || width > Integer.MAX_VALUE) {
      throw new DataException(
          file + ": a table of " + rows + " x " + width + " values cannot be used");
    }
    return new MappedMatrix(
        blocks.stream()
            .map(block -> block.slice().order(layout.order()))
            .toArray(ByteBuffer[]::new),
        layout,
        (int) rows,
        (int) width);
  }

  int rows() {
    return rows;
  }

  int width() {
    return width;
  }

  double get(int row, int column) {
    long at = layout.columns() ? (long) column * rows + row : (long) row * width + column;
    return get(at);
  }

  private double get(long index) {
    long at = index * layout.bytes();
    ByteBuffer block = blocks[(int) (at / BLOCK)];
    int within = (int) (at % BLOCK);
    return switch (layout.bytes()) {
      case 2 -> half(block.getShort(within));
      case 4 -> block.getFloat(within);
      default -> block.getDouble(within);
    };
  }

  /** {@return the first value, in the file's order, that is no finite float32} */
  Optional<Place> notFinite() {
    long values = (long) rows * width;
    for (long i = 0; i < values; i++) {
      if (!Float.isFinite((float) get(i))) {
        return Optional.of(
            layout.columns()
                ? new Place((int) (i % rows), (int) (i / rows))
                : new Place((int) (i / width), (int) (i % width)));
      }
    }
    return Optional.empty();
  }

  /** {@return the value of an IEEE 754 half: 1 bit of sign, 5 of exponent, 10 of fraction} */
  static float half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    float size =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24f;
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb(1024 + fraction, exponent - 25);
        };
    return bits < 0 ? -size : size;
  }
}
