package dev.horae.train;

/**
 * The protocol's patience rule: scores are compared after rounding to five decimals, a tie counts
 * as better, and training stops when more than {@code patience} epochs in a row were worse.
 */
final class EarlyStopping {

  private final int patience;
  private double best = Double.NEGATIVE_INFINITY;
  private int bestEpoch = -1;
  private int worse;

  EarlyStopping(int patience) {
    this.patience = patience;
  }

  /** Continues where {@link #best}, {@link #bestEpoch} and {@link #worse} left off. */
  EarlyStopping(int patience, double best, int bestEpoch, int worse) {
    this.patience = patience;
    this.best = best;
    this.bestEpoch = bestEpoch;
    this.worse = worse;
  }

  /** {@return whether this epoch's model is the one to keep} */
  boolean improves(int epoch, double score) {
    double rounded = Math.round(score * 1e5) / 1e5;
    if (rounded >= best) {
      best = rounded;
      bestEpoch = epoch;
      worse = 0;
      return true;
    }
    worse++;
    return false;
  }

  boolean stop() {
    return worse > patience;
  }

  double best() {
    return best;
  }

  int bestEpoch() {
    return bestEpoch;
  }

  int worse() {
    return worse;
  }
}
