package dev.horae;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Compact copies of the official codes' numbers, as files that a test may spoil. */
public final class Golden {

  private Golden() {}

  /**
   * {@return the fixture in {@code folder}, its sidecar beside it}
   *
   * @param name such as {@code hm4sr/hm4sr}
   */
  public static Path unpack(String name, Path folder) throws IOException {
    Path file = folder.resolve(Path.of(name).getFileName() + ".safetensors");
    try (InputStream packed = resource(name + ".safetensors.gz");
        InputStream sidecar = resource(name + ".json")) {
      Files.copy(sidecar, folder.resolve(Path.of(name).getFileName() + ".json"));
      Files.copy(new GZIPInputStream(packed), file);
    }
    return file;
  }

  private static InputStream resource(String name) {
    return Golden.class.getResourceAsStream("/golden/" + name);
  }
}
