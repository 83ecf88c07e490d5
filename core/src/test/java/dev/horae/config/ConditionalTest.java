package dev.horae.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that mean nothing beside the values of others: neither written nor set. */
class ConditionalTest {

  private record Oven(@Default("200") int heat, @Default("1") int racks) {}

  private record Kitchen(
      @Default("true") boolean gas,
      @Default("3") int burners,
      @Default("") Oven oven,
      @Default("2") int chairs)
      implements Conditional {

    @Override
    public Optional<String> whyUnread(String key) {
      return !gas && (key.equals("burners") || key.equals("oven.heat"))
          ? Optional.of("needs gas")
          : Optional.empty();
    }
  }

  private static void refused(String yaml, List<String> overrides, String... lines) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read("kitchen.yaml", yaml, overrides, Kitchen.class))
        .withMessage(String.join("\n", lines));
  }

  @Test
  void onlyWhatCountsIsWritten() {
    Kitchen cold = ConfigReader.read(null, List.of("gas=false"), Kitchen.class);
    assertThat(ConfigWriter.yaml(cold)).isEqualTo("gas: false\noven:\n  racks: 1\nchairs: 2\n");
    assertThat(ConfigWriter.commented(cold))
        .isEqualTo(
            """
            gas: false  # default true

            oven:
              racks: 1  # default 1
            chairs: 2  # default 2
            """);
    assertThat(ConfigWriter.values(cold)).containsOnlyKeys("gas", "oven.racks", "chairs");
    assertThat(ConfigReader.read("k", ConfigWriter.yaml(cold), List.of(), Kitchen.class))
        .isEqualTo(cold);
    Kitchen warm = ConfigReader.read(null, List.of(), Kitchen.class);
    assertThat(ConfigWriter.values(warm))
        .containsOnlyKeys("gas", "burners", "oven.heat", "oven.racks", "chairs");
  }

  @Test
  void whatMeansNothingIsRefusedWhereverItStands() {
    refused(
        "gas: false\nburners: 3\noven: {racks: 2, heat: 180}\n",
        List.of("oven.heat=90"),
        "kitchen.yaml:2: burners = 3 needs gas; leave it out",
        "``settings``: oven.heat = 90 needs gas; leave it out",
        "2 problems; nothing was run");
    refused(
        "burners: 3\noven:\n  heat: 180\n",
        List.of("gas=false"),
        "kitchen.yaml:1: burners = 3 needs gas; leave it out",
        "kitchen.yaml:3: oven.heat = 180 needs gas; leave it out",
        "2 problems; nothing was run");
  }

  /** Before there was anything of the kind, every key was written. */
  @Test
  void aFileOfAnOlderWriterIsRead(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("k.yaml"), "gas: false\nburners: 4\nchairs: 5\n");
    Kitchen read = ConfigReader.readWritten(file, List.of("oven.racks=3"), Kitchen.class);
    assertThat(ConfigWriter.yaml(read)).isEqualTo("gas: false\noven:\n  racks: 3\nchairs: 5\n");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.readWritten(file, List.of("burners=1"), Kitchen.class))
        .withMessage(
            "``settings``: burners = 1 needs gas; leave it out\n1 problem; nothing was run");
  }
}
