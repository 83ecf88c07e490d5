package dev.horae.study.cost;

import java.util.Optional;

/**
 * {@code y = factor * x ^ exponent}, fitted by least squares to the logarithms.
 *
 * @param error standard error of the exponent
 */
record PowerLaw(double factor, double exponent, double error) {

  private static final int FEWEST = 3; // of two points there is no error

  /** {@return the fit; empty for fewer than three points, or where one is not positive} */
  static Optional<PowerLaw> fit(double[] x, double[] y) {
    int n = x.length;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      if (!(x[i] > 0 && y[i] > 0)) {
        return Optional.empty();
      }
      meanX += Math.log(x[i]) / n;
      meanY += Math.log(y[i]) / n;
    }
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < n; i++) {
      double dx = Math.log(x[i]) - meanX;
      xx += dx * dx;
      xy += dx * (Math.log(y[i]) - meanY);
    }
    if (n < FEWEST || xx == 0) {
      return Optional.empty();
    }
    double exponent = xy / xx;
    double residuals = 0;
    for (int i = 0; i < n; i++) {
      double residual = Math.log(y[i]) - meanY - exponent * (Math.log(x[i]) - meanX);
      residuals += residual * residual;
    }
    return Optional.of(
        new PowerLaw(
            Math.exp(meanY - exponent * meanX), exponent, Math.sqrt(residuals / (n - 2) / xx)));
  }

  double at(double x) {
    return factor * Math.pow(x, exponent);
  }
}
