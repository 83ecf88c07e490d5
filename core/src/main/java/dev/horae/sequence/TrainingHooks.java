package dev.horae.sequence;

import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What the training loop asks of a model beside its passes; the defaults suit most models. */
public interface TrainingHooks {

  /**
   * {@return how histories may lie in rows without changing the result, in training and after it}
   */
  default RowLayout layout() {
    return RowLayout.PACKED;
  }

  /**
   * {@return whether the vector after an event, and what it adds to the loss, depends on that event
   * and earlier ones only, so that one pass over a history serves all its prefixes}
   */
  default boolean causal() {
    return true;
  }

  /**
   * {@return whether the loss reads the vectors of all items} Where it does not, the loop does not
   * make them, and {@link SequenceModel#forward} must not ask for them.
   */
  default boolean trainsOnAllItems() {
    return true;
  }

  /**
   * {@return why the loop may not take a sample of the items, and what to do; empty where it may}
   * It may where the loss compares the batch's targets with items by {@link SoftmaxLoss.OverItems}
   * alone, and a pass reads no items but the batch's.
   */
  default Optional<String> refusesSamples() {
    return trainsOnAllItems()
        ? Optional.empty()
        : Optional.of("this model compares with items in a way of its own; use 0");
  }

  /**
   * Called once, before the first epoch.
   *
   * @param training what may be learnt from: no validation or test target is in it
   */
  default void fitStatistics(Histories training) {}

  /** {@return what {@link #fitStatistics} learnt} */
  static <T> T learnt(@Nullable T statistics) {
    if (statistics == null) {
      throw new IllegalStateException("fitStatistics comes before the first epoch");
    }
    return statistics;
  }

  /**
   * Called before each epoch, outside any scope. What it does must depend only on the weights, on
   * {@link #fitStatistics} and on its arguments, or a resumed run would differ.
   *
   * @param number of the epoch, from 0
   */
  default void startEpoch(int number, SplittableRandom random) {}

  /**
   * How a parameter is trained, where not like all others.
   *
   * @param rateFactor what the learning rate is multiplied by
   * @param decays whether weight decay applies
   */
  record Tuning(double rateFactor, boolean decays) {
    public static final Tuning PLAIN = new Tuning(1, true);
  }

  /** {@return how the parameter of that name is trained} */
  default Tuning tuning(String parameter) {
    return Tuning.PLAIN;
  }

  /**
   * Random choices inside a loss, made outside the forward pass so that a fixture can replace them;
   * a record of the model's own, made by {@link #draw}.
   */
  interface Draws {
    /** Nothing was drawn. */
    Draws NONE = new Draws() {};
  }

  /**
   * Draws for one batch; the same {@code random} gives the same draws. Other threads may be inside
   * the model meanwhile.
   */
  default Draws draw(SequenceBatch batch, SplittableRandom random) {
    return Draws.NONE;
  }
}
