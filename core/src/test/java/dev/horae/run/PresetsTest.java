package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.model.Hm4sr;
import dev.horae.model.ModelConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PresetsTest {

  @Test
  void allFilesAreListed() throws IOException, URISyntaxException {
    Path folder = Path.of(Presets.class.getResource("/dev/horae/presets").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".yaml", "")).sorted())
          .containsExactlyElementsOf(Presets.ALL);
    }
  }

  @Test
  void aModelWithoutAPresetHasItsDefaults() {
    assertThat(Presets.of("sasrec", List.of("train.epochs=3")).model().name()).isEqualTo("sasrec");
    assertThat(Presets.of("sasrec", List.of("train.epochs=3")).train().epochs()).isEqualTo(3);
    assertThat(Presets.of("hm4sr-paper", List.of()))
        .isEqualTo(Presets.read("hm4sr-paper", List.of()));
    assertThat(Presets.of("gru4rec", List.of())).isEqualTo(Presets.read("gru4rec", List.of()));
  }

  @Test
  void anUnknownNameIsRefusedWithAllThereAre() {
    assertThatThrownBy(() -> Presets.of("sasrek", List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("sasrek is neither a model nor a preset; there are core, dif-sr, ")
        .hasMessageEndingWith(
            ", tisasrec, unisrec, vmis-knn (did you mean 'sasrec'?)\n1 problem; nothing was run");
  }

  @Test
  void thePresetOfTheReleasedCodeTurnsEachOfItsSwitches() {
    Map<String, String> paper = released("hm4sr");
    Map<String, String> official = released("hm4sr-official");
    assertThat(official.keySet()).isEqualTo(paper.keySet()).isNotEmpty();
    official.forEach((key, value) -> assertThat(value).as(key).isNotEqualTo(paper.get(key)));
  }

  private static Map<String, String> released(String preset) {
    return ConfigWriter.values(((Hm4sr.Config) Presets.of(preset, List.of()).model()).released());
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
