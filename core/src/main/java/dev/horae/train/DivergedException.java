package dev.horae.train;

import java.util.Locale;

/** Training left the finite numbers. The message names epoch and step and which keys to lower. */
public final class DivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param epoch from 0
   * @param step from 0
   * @param what became {@code value}
   */
  public DivergedException(int epoch, int step, String what, double value) {
    super(
        String.format(
            Locale.ROOT,
            "the %s became %s in epoch %d, step %d; lower train.learning_rate, or limit the"
                + " gradients with train.gradient_clip=5",
            what,
            value,
            epoch + 1,
            step + 1));
  }
}
