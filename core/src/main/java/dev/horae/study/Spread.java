package dev.horae.study;

import java.util.Arrays;
import java.util.Locale;

/**
 * Mean and standard deviation over seeds (of a sample: n - 1).
 *
 * @param mean not a number when there is no seed
 * @param deviation not a number when there is one seed, or none
 */
public record Spread(double mean, double deviation) {

  /** {@return that of some values} */
  public static Spread of(double... values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return new Spread(
        mean, values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1)));
  }

  /** {@return such as {@code 0.0415 ± 0.0004}} */
  String text() {
    return Double.isNaN(deviation)
        ? String.format(Locale.ROOT, "%.4f", mean)
        : String.format(Locale.ROOT, "%.4f ± %.4f", mean, deviation);
  }
}
