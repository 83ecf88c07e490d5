package dev.horae.model;

/**
 * What a model needs to be built. Permitting a record here is all it takes to make a model known to
 * the configuration, the command line and the contract tests.
 */
public sealed interface ModelConfig permits Hm4sr.Config {

  /** {@return an untrained model} Draws from libtorch's generator: seed it first. */
  SequenceModel build(Inventory inventory);
}
