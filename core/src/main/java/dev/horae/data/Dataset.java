package dev.horae.data;

import java.nio.file.Path;
import java.util.List;

/**
 * A prepared data set, opened and checked against its hashes.
 *
 * @param directory where it lies
 * @param catalogue the items that have events, which models know
 * @param users the shop's user ids; user {@code u} of {@code histories} is {@code users.get(u)}
 * @param allItems the catalogue and behind it, as items N + 1 and so on, the cold items: those
 *     without events that were kept. Feature tables have all of them.
 */
public record Dataset(
    Path directory,
    Manifest manifest,
    Catalogue catalogue,
    List<String> users,
    Histories histories,
    Catalogue allItems) {

  /** One without cold items. */
  public Dataset(
      Path directory,
      Manifest manifest,
      Catalogue catalogue,
      List<String> users,
      Histories histories) {
    this(directory, manifest, catalogue, users, histories, catalogue);
  }

  /** {@return the same with {@link Histories#withTiesShuffled}} */
  public Dataset withTiesShuffled(long seed) {
    return new Dataset(
        directory, manifest, catalogue, users, histories.withTiesShuffled(seed), allItems);
  }

  /** {@return what is trained on and what is asked for} */
  public Split split() {
    return manifest.split(histories);
  }

  /**
   * {@return the hash that feature tables and runs carry to prove that they belong to this
   * catalogue; empty for data that were made in memory}
   */
  public String catalogueHash() {
    return manifest.hashes().getOrDefault("items.parquet", "");
  }
}
