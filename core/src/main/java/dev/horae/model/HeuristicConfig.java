package dev.horae.model;

import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import java.util.ArrayList;
import java.util.List;

/** What a heuristic baseline needs to be fitted. */
public sealed interface HeuristicConfig extends ModelConfig
    permits MostPopular.Config, ItemTransitions.Config, VmisKnn.Config {

  /**
   * Counts the training events.
   *
   * @param training what {@link dev.horae.data.Split#training} gives, one history per user
   * @param items N
   */
  Heuristic fit(Histories training, int items);

  @Override
  default boolean seeded() {
    return false;
  }

  /** {@return all of them with their defaults, in the order in which tables show them} */
  static List<HeuristicConfig> defaults() {
    List<HeuristicConfig> all = new ArrayList<>();
    for (Class<?> type : HeuristicConfig.class.getPermittedSubclasses()) {
      all.add((HeuristicConfig) ConfigReader.read(null, List.of(), type.asSubclass(Record.class)));
    }
    return all;
  }
}
