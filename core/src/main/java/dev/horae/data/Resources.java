package dev.horae.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Files that lie beside classes, in their jar. */
public final class Resources {

  private Resources() {}

  /** {@return the text of a file beside a class, or, where the name begins so, from the root} */
  public static String text(Class<?> of, String file) {
    try (InputStream in = of.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is missing beside " + of.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read beside " + of.getName(), e);
    }
  }
}
