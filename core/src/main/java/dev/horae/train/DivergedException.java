package dev.horae.train;

/** Training left the finite numbers. The message names epoch and step and which keys to lower. */
public final class DivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DivergedException(int epoch, int step, String loss) {
    super(
        "the loss became "
            + loss
            + " in epoch "
            + (epoch + 1)
            + ", step "
            + (step + 1)
            + "; lower train.learning_rate, or raise model.tau");
  }
}
