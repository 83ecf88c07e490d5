package dev.horae.service;

import dev.horae.features.ContentEncoder;
import dev.horae.run.TrainedRun;
import org.jspecify.annotations.Nullable;

/**
 * What encodes texts and pictures as those of a run were. It holds a network, so it is made when it
 * is first needed, and shared by all that serve the run; the last of them closes it.
 */
final class SharedEncoder {

  private final TrainedRun run;
  private int holders = 1; // whoever made this
  private @Nullable ContentEncoder encoder;

  /**
   * @param run as it lies on the disk
   */
  SharedEncoder(TrainedRun run) {
    this.run = run;
  }

  /** {@return this, to be released once more} */
  synchronized SharedEncoder hold() {
    holders++;
    return this;
  }

  /** {@return the encoder, for as long as the caller holds this} */
  synchronized ContentEncoder get() {
    ContentEncoder there = encoder;
    if (there == null) {
      there = run.contentEncoder();
      encoder = there;
    }
    return there;
  }

  synchronized void release() {
    holders--;
    if (holders == 0 && encoder != null) {
      encoder.close();
      encoder = null;
    }
  }
}
