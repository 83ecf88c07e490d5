package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.model.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every default, of the run and of each model, as committed in {@code defaults.txt}: a default that
 * changes, changes results, so it is changed in both places and in the changelog.
 */
class DefaultsTest {

  @Test
  void areThoseThatWereAgreed() throws IOException {
    String agreed;
    try (InputStream in = DefaultsTest.class.getResourceAsStream("defaults.txt")) {
      agreed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(defaults()).isEqualTo(agreed);
  }

  private static String defaults() {
    return Names.choices(ModelConfig.class).keySet().stream()
        .sorted()
        .map(DefaultsTest::ofModel)
        .collect(Collectors.joining("\n", lines(read("hm4sr"), false) + "\n", ""));
  }

  private static String ofModel(String name) {
    return lines(read(name), true);
  }

  private static RunConfig read(String name) {
    return ConfigReader.read(null, List.of("model.type=" + name), RunConfig.class);
  }

  /** {@return the model's own lines, or all others; in alphabetical order} */
  private static String lines(RunConfig run, boolean model) {
    return new TreeMap<>(ConfigWriter.values(run))
        .entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("model.") == model)
            .map(entry -> run.model().name() + " " + entry.getKey() + " = " + entry.getValue())
            .map(line -> model ? line : line.substring(line.indexOf(' ') + 1))
            .collect(Collectors.joining("\n", "", "\n"));
  }
}
