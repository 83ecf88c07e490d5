package dev.horae.prep;

import dev.horae.data.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/**
 * A raw file as the manifest names it.
 *
 * @param read what another engine found in it; null where the file is read here
 */
record SourceFile(Source source, @Nullable EventFile read) {

  String name() {
    return source.name();
  }

  long bytes() {
    try {
      return read == null ? Files.size(source.file()) : read.bytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the size of " + name(), e);
    }
  }

  String sha256() {
    return read == null ? Hashes.sha256(source.file()) : read.sha256();
  }
}
