package dev.horae.train;

/**
 * The protocol's patience rule: scores are compared after rounding to five decimals, a tie counts
 * as better, and training stops when more than {@code patience} epochs in a row were worse.
 */
public final class EarlyStopping {

  private final int patience;
  private double best = Double.NEGATIVE_INFINITY;
  private int bestEpoch = -1;
  private int worse;

  public EarlyStopping(int patience) {
    this.patience = patience;
  }

  /** Continues where {@link #best}, {@link #bestEpoch} and {@link #worse} left off. */
  public EarlyStopping(int patience, double best, int bestEpoch, int worse) {
    this.patience = patience;
    this.best = best;
    this.bestEpoch = bestEpoch;
    this.worse = worse;
  }

  /** {@return whether this epoch's model is the one to keep} */
  public boolean improves(int epoch, double score) {
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

  public boolean stop() {
    return worse > patience;
  }

  public double best() {
    return best;
  }

  public int bestEpoch() {
    return bestEpoch;
  }

  public int worse() {
    return worse;
  }
}
