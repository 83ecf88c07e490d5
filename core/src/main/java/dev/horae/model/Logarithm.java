package dev.horae.model;

/**
 * The natural logarithm, several times faster than {@link Math#log} and {@link Math#log1p}: the
 * series of the inverse hyperbolic tangent, log m = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m +
 * 1), cut where it is below 1e-9 for m between √½ and √2.
 */
final class Logarithm {

  private static final double LOG_2 = Math.log(2);
  private static final long SMALLEST = Double.doubleToRawLongBits(Math.sqrt(0.5));

  private Logarithm() {}

  /**
   * {@return log x, wrong by less than 1e-9}
   *
   * @param x positive and not subnormal
   */
  static double of(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long exponent = bits - SMALLEST >> 52;
    double m = Double.longBitsToDouble(bits - (exponent << 52));
    double s = (m - 1) / (m + 1);
    double q = s * s;
    double series = 1 + q * (1 / 3.0 + q * (1 / 5.0 + q * (1 / 7.0 + q * (1 / 9.0))));
    return exponent * LOG_2 + 2 * s * series;
  }
}
