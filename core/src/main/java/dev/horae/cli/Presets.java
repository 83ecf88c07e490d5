package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.train.RunConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/** Settings with a name: YAML files under {@code presets/} that anyone can read and copy. */
final class Presets {

  static final List<String> ALL = List.of("hm4sr-paper", "hm4sr-official", "m3srec", "missrec");

  private Presets() {}

  /** For picocli's help. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ALL.iterator();
    }
  }

  /**
   * @param config a file, the name of a preset, or null for the defaults
   * @param overrides {@code key=value}
   */
  static RunConfig read(String config, List<String> overrides) {
    if (config == null) {
      return ConfigReader.read(null, overrides, RunConfig.class);
    }
    if (ALL.contains(config)) {
      String file = "presets/" + config + ".yaml";
      return ConfigReader.read(file, text(file), overrides, RunConfig.class);
    }
    if (!Files.exists(Path.of(config))) {
      throw new ConfigException(
          List.of(
              "command line: --config "
                  + config
                  + " is neither a file nor a preset; presets are "
                  + ALL));
    }
    return ConfigReader.read(Path.of(config), overrides, RunConfig.class);
  }

  private static String text(String name) {
    try (InputStream in = Presets.class.getResourceAsStream("/dev/horae/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
