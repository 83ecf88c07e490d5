package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Settings with a name: YAML files under {@code presets/} that anyone can read and copy. One that
 * is named like a model is that model's best documented setting, which {@code horae compare} takes.
 */
public final class Presets {

  private static final String FOLDER = "/dev/horae/presets/";

  /** All names, in alphabetical order. */
  public static final List<String> ALL =
      beside(Presets.class.getResource(FOLDER + "hm4sr-paper.yaml"));

  private Presets() {}

  /**
   * @param config a file, the name of a preset, or null for the defaults
   * @param overrides {@code key=value}
   */
  public static RunConfig read(String config, List<String> overrides) {
    if (config == null) {
      return ConfigReader.read(null, overrides, RunConfig.class);
    }
    if (ALL.contains(config)) {
      return ConfigReader.read(
          "presets/" + config + ".yaml", text(config), overrides, RunConfig.class);
    }
    if (!Files.exists(Path.of(config))) {
      throw new ConfigException(
          List.of(
              "command line: --config "
                  + config
                  + " is neither a file nor a preset; presets are "
                  + String.join(", ", ALL)
                  + Names.didYouMean(config, ALL)));
    }
    return ConfigReader.read(Path.of(config), overrides, RunConfig.class);
  }

  /**
   * {@return the names of the YAML files that lie where {@code file} does} A jar is opened for it,
   * because it need not have entries for its folders.
   */
  static List<String> beside(URL file) {
    try {
      if (file.openConnection() instanceof JarURLConnection entry) {
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(entry.getJarFileURL().toURI()))) {
          return names(jar.getPath(entry.getEntryName()).getParent());
        }
      }
      return names(Path.of(file.toURI()).getParent());
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("the presets cannot be listed beside " + file, e);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".yaml"))
          .map(name -> name.replaceFirst("\\.yaml$", ""))
          .sorted()
          .toList();
    }
  }

  private static String text(String name) {
    try (InputStream in = Presets.class.getResourceAsStream(FOLDER + name + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the preset " + name, e);
    }
  }
}
