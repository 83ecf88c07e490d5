package dev.horae.model;

import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import java.util.Optional;

/** What a neural network needs to be built and trained. */
public sealed interface NetworkConfig extends ModelConfig
    permits Core.Config,
        DifSr.Config,
        Fearec.Config,
        Gru4rec.Config,
        Hm4sr.Config,
        Iisan.Config,
        Lrurec.Config,
        M3srec.Config,
        Missrec.Config,
        Nova.Config,
        Sasrec.Config,
        Tedrec.Config,
        Ticoserec.Config,
        Tisasrec.Config,
        Unisrec.Config {

  /** {@return an untrained model} Draws from libtorch's generator: seed it first. */
  SequenceModel build(DataSpec dataSpec);

  /**
   * {@return about how many float32 values a training step keeps per event of its rows} For the
   * memory plan before a run. Kept is every result of an operation, until the step ends.
   */
  long valuesPerEvent(DataSpec dataSpec);

  /**
   * {@return the part of the loss that so short a training may never come to, and what to do; empty
   * for none}
   *
   * @param epochs at most
   * @param patience epochs without a better one that the training goes on for
   * @param trained epochs that are behind it
   */
  default Optional<String> leftOut(int epochs, int patience, int trained) {
    return Optional.empty();
  }

  /**
   * {@return about how many a training step keeps for such a batch} Other than by events, padding
   * included, where padding costs less or something beside the events' rows is computed.
   *
   * @param epochs of the run: some come to parts of the loss that others do not
   */
  default long values(DataSpec dataSpec, BatchShape batch, int epochs) {
    return batch.places() * valuesPerEvent(dataSpec);
  }

  /**
   * {@return about how many float32 values a training step keeps per item, beyond the vectors that
   * are scored}
   */
  default long valuesPerItem(DataSpec dataSpec) {
    return 0;
  }
}
