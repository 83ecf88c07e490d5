package dev.horae.model;

import dev.horae.config.Names;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import java.util.Set;

/**
 * What a model needs to be built. Permitting a record here is all it takes to make a model known to
 * the configuration, the command line and the contract tests.
 */
public sealed interface ModelConfig
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

  /** {@return the model's name in configuration and reports, such as {@code hm4sr}} */
  default String name() {
    return Names.choice(getClass());
  }

  /**
   * {@return the model's name in reports} Another than in configuration where what it is built from
   * makes it another model.
   */
  default String name(DataSpec dataSpec) {
    return name();
  }

  /**
   * {@return whether the model, when it is evaluated, reads when the event happens that it is to
   * predict} What is served cannot know that.
   */
  default boolean seesTargetTime() {
    return false;
  }

  /**
   * {@return which feature tables the model reads where there are any: {@code text}, {@code image}}
   */
  default Set<String> modalities() {
    return Set.of();
  }

  /**
   * {@return about how many float32 values a training step keeps per event of its rows} For the
   * memory plan before a run. Kept is every result of an operation, until the step ends.
   */
  long valuesPerEvent(DataSpec dataSpec);

  /**
   * {@return about how many a training step keeps for such a batch} Other than by events, padding
   * included, where padding costs less or something beside the events' rows is computed.
   */
  default long values(DataSpec dataSpec, BatchShape batch) {
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
