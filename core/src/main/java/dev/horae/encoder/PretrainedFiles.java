package dev.horae.encoder;

import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/** The directory of a pre-trained model as the hub has it. */
final class PretrainedFiles {

  private static final String CONFIG = "config.json";

  private PretrainedFiles() {}

  static PretrainedConfig config(Path directory) {
    if (!Files.exists(directory.resolve(CONFIG))) {
      throw new DataException(
          directory + ": has no config.json; name the directory of a Hugging Face style model");
    }
    return PretrainedConfig.read(directory.resolve(CONFIG));
  }

  /** {@return the directory's own name, fit for a file's, and what tells a table of all states} */
  static String name(Path directory, boolean allStates) {
    String name =
        directory
            .toAbsolutePath()
            .normalize()
            .getFileName()
            .toString()
            .replaceAll("[^A-Za-z0-9._-]", "_");
    return allStates ? name + "-states" : name;
  }

  /**
   * {@return what names the encoder's vectors in the cache: its name and a hash of everything that
   * they depend on}
   *
   * @param name of its tables
   * @param files beside config.json
   * @param use how they are used
   */
  static String id(Path directory, String name, List<Path> files, String use) {
    MessageDigest digest = Hashes.sha256();
    digest.update(use.getBytes(StandardCharsets.UTF_8));
    Hashes.update(digest, directory.resolve(CONFIG));
    for (Path file : files) {
      Hashes.update(digest, file);
    }
    return name + "-" + Hashes.digits(digest).substring(0, 16);
  }
}
