package dev.horae.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Horae this is; the build writes it. */
public final class Version {

  private static final Properties BUILD = read();

  private Version() {}

  /** {@return version and commit, such as {@code 0.2.0 (1a2b3c4)}} */
  public static String text() {
    return BUILD.getProperty("version") + " (" + BUILD.getProperty("commit") + ")";
  }

  /** {@return the version of the libtorch binding} */
  public static String libtorch() {
    return BUILD.getProperty("libtorch");
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("/dev/horae/build.properties")) {
      properties.load(in);
      return properties;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
