package dev.horae.prep;

import java.nio.file.Path;

/**
 * A raw file.
 *
 * @param name what messages and the manifest call it
 * @param file where its bytes are, the file itself or a copy
 */
public record Source(String name, Path file) {

  static Source of(Path file) {
    return new Source(file.toString(), file);
  }
}
