package dev.horae.picture;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Turns the descriptions of a catalogue's pictures into its vectors: each of the three parts gets
 * the same total variance, the strongest principal components are kept and each is divided by the
 * fourth root of its variance, and every vector is brought to length 1. Full whitening (the square
 * root) lets faint components speak as loud as strong ones: on film posters, neighbours then shared
 * genres 1.2 times as often as chance, against 1.3 this way.
 *
 * <p>Descriptions are never together in memory; they are gone through three times, in their order,
 * so that every machine gives the same bits.
 */
public final class Whitening {

  /** The first value of each part of a description, and the end. */
  private static final int[] PARTS = {
    0, Descriptor.LAYOUT, Descriptor.LAYOUT + Descriptor.COLOURS, Descriptor.RAW_WIDTH
  };

  /** The descriptions, [{@link Descriptor#RAW_WIDTH}] each, from the first one every time. */
  @FunctionalInterface
  public interface Descriptions {
    void each(Consumer<float[]> reader);
  }

  private final double[] mean = new double[Descriptor.RAW_WIDTH];
  private final double[] scale = new double[Descriptor.RAW_WIDTH];
  private final double[] centred = new double[Descriptor.RAW_WIDTH];
  private final Symmetric axes;
  private final int width;

  private Whitening(int pictures, Descriptions descriptions) {
    Arrays.fill(scale, 1);
    centre(pictures, descriptions);
    equalise(pictures, descriptions);
    axes = Symmetric.decompose(covariance(pictures, descriptions));
    double[] values = axes.values();
    int spanned = 1;
    while (spanned < Descriptor.MAX_WIDTH && values[spanned] > 1e-9 * values[0]) {
      spanned++;
    }
    width = spanned;
  }

  /**
   * @param pictures how many there are, P
   */
  public static Whitening fit(int pictures, Descriptions descriptions) {
    return new Whitening(pictures, descriptions);
  }

  /** {@return values per vector, F; fewer than the most when the pictures span less} */
  public int width() {
    return width;
  }

  /** {@return the vector of a description; zero when that equals the mean of all} */
  public float[] vector(float[] raw) {
    take(raw);
    double[] vector = new double[width];
    for (int i = 0; i < width && axes.values()[i] > 0; i++) {
      double[] axis = axes.vectors()[i];
      double product = 0;
      for (int j = 0; j < Descriptor.RAW_WIDTH; j++) {
        product += centred[j] * axis[j];
      }
      vector[i] = product / Math.sqrt(Math.sqrt(axes.values()[i]));
    }
    return unit(vector);
  }

  private static float[] unit(double[] vector) {
    double squares = 0;
    for (double value : vector) {
      squares += value * value;
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length && squares > 0; i++) {
      unit[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return unit;
  }

  /** Puts what is left of a description into {@code centred}. */
  private void take(float[] raw) {
    for (int j = 0; j < raw.length; j++) {
      centred[j] = (raw[j] - mean[j]) * scale[j];
    }
  }

  private void centre(int pictures, Descriptions descriptions) {
    double[] sum = new double[mean.length];
    descriptions.each(
        raw -> {
          for (int j = 0; j < sum.length; j++) {
            sum[j] += (double) raw[j] / pictures;
          }
        });
    System.arraycopy(sum, 0, mean, 0, mean.length);
  }

  private void equalise(int pictures, Descriptions descriptions) {
    double[] variance = new double[PARTS.length - 1];
    descriptions.each(
        raw -> {
          take(raw);
          for (int part = 0; part < variance.length; part++) {
            for (int j = PARTS[part]; j < PARTS[part + 1]; j++) {
              variance[part] += centred[j] * centred[j] / pictures;
            }
          }
        });
    for (int part = 0; part < variance.length; part++) {
      if (variance[part] > 0) {
        Arrays.fill(scale, PARTS[part], PARTS[part + 1], 1 / Math.sqrt(variance[part]));
      }
    }
  }

  private double[][] covariance(int pictures, Descriptions descriptions) {
    double[][] covariance = new double[Descriptor.RAW_WIDTH][Descriptor.RAW_WIDTH];
    descriptions.each(
        raw -> {
          take(raw);
          for (int i = 0; i < Descriptor.RAW_WIDTH; i++) {
            double[] row = covariance[i];
            double value = centred[i] / pictures;
            for (int j = 0; j < Descriptor.RAW_WIDTH; j++) {
              row[j] += value * centred[j];
            }
          }
        });
    return covariance;
  }
}
