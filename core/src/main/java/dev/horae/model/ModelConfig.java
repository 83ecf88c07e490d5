package dev.horae.model;

import dev.horae.config.Names;
import dev.horae.sequence.DataSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a model. Permitting a record in {@link NetworkConfig} or {@link HeuristicConfig}
 * is all it takes to make a model known to the configuration, the command line and the contract
 * tests.
 */
public sealed interface ModelConfig permits NetworkConfig, HeuristicConfig, Horae.Config {

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
   * {@return what the model reads, when it is evaluated, that what is served cannot know; empty for
   * nothing} But for what every training reads: other users' events, without regard to when.
   */
  default Optional<String> readsBeyondThePast() {
    return Optional.empty();
  }

  /**
   * {@return whether weights are fitted to all validation targets, so that the figures of these are
   * those of training}
   */
  default boolean fitsValidation() {
    return false;
  }

  /**
   * {@return whether another seed trains another model} Where none does, there is no network, and
   * the settings of training mean nothing.
   */
  default boolean seeded() {
    return true;
  }

  /**
   * {@return the settings that leave out each of the model's parts, by the name that its paper has
   * for the part} For ablations; features are not among them.
   */
  default Map<String, List<String>> parts() {
    return Map.of();
  }

  /**
   * {@return which feature tables the model reads where there are any: {@code text}, {@code image}}
   */
  default Set<String> modalities() {
    return Set.of();
  }
}
