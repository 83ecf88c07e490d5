package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.config.Names;
import dev.horae.model.ModelConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PresetsTest {

  @Test
  void theyAreFoundInAFolder() {
    assertThat(Presets.ALL).contains("hm4sr-official", "hm4sr-paper").isSorted();
  }

  @Test
  void theyAreFoundInAJarThatHasNoEntriesForFolders(@TempDir Path directory) throws IOException {
    Path jar = directory.resolve("with blanks.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream files = new JarOutputStream(out)) {
      for (String name : List.of("a/presets/two.yaml", "a/presets/one.yaml", "a/presets/no.txt")) {
        files.putNextEntry(new ZipEntry(name));
      }
    }
    URI file = URI.create("jar:" + jar.toUri() + "!/a/presets/two.yaml");
    assertThat(Presets.beside(file.toURL())).containsExactly("one", "two");
    assertThat(Presets.beside(file.toURL())).containsExactly("one", "two"); // nothing stays open
  }

  static List<String> all() {
    return Presets.ALL;
  }

  @ParameterizedTest
  @MethodSource("all")
  void eachCanBeReadAndOneNamedLikeAModelIsThatModels(String preset) {
    String model = Presets.read(preset, List.of()).model().name();
    assertThat(Names.choices(ModelConfig.class)).containsKey(model);
    if (Names.choices(ModelConfig.class).containsKey(preset)) {
      assertThat(model).isEqualTo(preset);
    }
  }
}
