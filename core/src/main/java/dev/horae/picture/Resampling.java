package dev.horae.picture;

import java.awt.Rectangle;
import java.util.function.DoubleUnaryOperator;

/**
 * Resizing to the bit as Pillow does it for 8-bit pictures: a filter that widens with the reduction
 * (so that it does not alias), first along rows, then along columns, with weights in fixed point
 * and a rounding to 8 bits after each pass (Pillow 9 to 12, {@code Resample.c}; Pillow 13 takes the
 * cheaper pass first, which changes some values by 1).
 */
public enum Resampling {
  BILINEAR(1, x -> x < 1 ? 1 - x : 0),
  /** Keys' cubic convolution with a = -0.5. */
  BICUBIC(
      2, x -> x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);

  /** Bits after the point: 32, less 8 for the level and 2 for the overshoot of the cubic. */
  private static final int PRECISION = 22;

  private final double support;
  private final DoubleUnaryOperator filter;

  Resampling(double support, DoubleUnaryOperator filter) {
    this.support = support;
    this.filter = filter;
  }

  public RgbImage resize(RgbImage image, int width, int height) {
    return resize(image, width, height, new Rectangle(width, height));
  }

  /**
   * Resizes to {@code width} x {@code height} and keeps only {@code window} of the result, which
   * must lie within; what lies outside is never computed.
   */
  public RgbImage resize(RgbImage image, int width, int height, Rectangle window) {
    Taps[] down = taps(image.height(), height, window.y, window.height);
    Taps last = down[down.length - 1];
    int top = down[0].first;
    RgbImage strip = rows(image, top, last.first + last.weights.length - top, width, window);
    if (height == image.height()) {
      return strip;
    }
    int row = 3 * window.width;
    byte[] in = strip.values();
    byte[] out = new byte[row * window.height];
    for (int y = 0, to = 0; y < window.height; y++) {
      int from = (down[y].first - top) * row;
      for (int x = 0; x < row; x += 3, to += 3) {
        sum(in, from + x, row, down[y].weights, out, to);
      }
    }
    return new RgbImage(window.width, window.height, out);
  }

  /** Resizes the rows from {@code top} on, and of each what lies in the window's columns. */
  private RgbImage rows(RgbImage image, int top, int rows, int width, Rectangle window) {
    Taps[] taps = taps(image.width(), width, window.x, window.width);
    byte[] in = image.values();
    byte[] out = new byte[3 * window.width * rows];
    for (int y = 0, to = 0; y < rows; y++) {
      int row = (top + y) * image.width();
      for (int x = 0; x < window.width; x++, to += 3) {
        sum(in, 3 * (row + taps[x].first), 3, taps[x].weights, out, to);
      }
    }
    return new RgbImage(window.width, rows, out);
  }

  /** One output pixel: the weighted sum of the pixels at {@code from}, {@code from + step} ... */
  private static void sum(byte[] in, int from, int step, int[] weights, byte[] out, int to) {
    int red = 1 << (PRECISION - 1);
    int green = red;
    int blue = red;
    for (int t = 0, i = from; t < weights.length; t++, i += step) {
      int weight = weights[t];
      red += weight * (in[i] & 255);
      green += weight * (in[i + 1] & 255);
      blue += weight * (in[i + 2] & 255);
    }
    out[to] = level(red);
    out[to + 1] = level(green);
    out[to + 2] = level(blue);
  }

  private static byte level(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
  }

  /** The input pixels under the filter at one output pixel: from {@code first} on, with weights. */
  private record Taps(int first, int[] weights) {}

  /** {@return the taps of {@code count} output pixels from {@code begin} on} */
  private Taps[] taps(int from, int to, int begin, int count) {
    double scale = (double) from / to;
    double widened = Math.max(1, scale);
    double reach = support * widened;
    Taps[] taps = new Taps[count];
    for (int x = 0; x < count; x++) {
      double centre = (begin + x + 0.5) * scale;
      int first = Math.max(0, (int) (centre - reach + 0.5));
      int end = Math.min(from, (int) (centre + reach + 0.5));
      double[] weights = new double[end - first];
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        weights[i] = filter.applyAsDouble(Math.abs((i + first - centre + 0.5) * (1 / widened)));
        sum += weights[i];
      }
      taps[x] = new Taps(first, fixed(weights, sum));
    }
    return taps;
  }

  private static int[] fixed(double[] weights, double sum) {
    int[] fixed = new int[weights.length];
    for (int i = 0; i < fixed.length; i++) {
      double weight = weights[i] / sum * (1 << PRECISION);
      fixed[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    return fixed;
  }
}
