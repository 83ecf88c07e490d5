package dev.horae.data;

import java.nio.file.Path;
import java.util.List;

/**
 * A prepared data set, opened and checked against its hashes.
 *
 * @param directory where it lies
 * @param users the shop's user ids; user {@code u} of {@code histories} is {@code users.get(u)}
 */
public record Dataset(
    Path directory,
    Manifest manifest,
    Catalogue catalogue,
    List<String> users,
    Histories histories) {

  /**
   * {@return the hash that feature tables and runs carry to prove that they belong to this
   * catalogue}
   */
  public String catalogueHash() {
    return manifest.hashes().get("items.parquet");
  }
}
