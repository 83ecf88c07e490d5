package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  record Counted(int count, String name) {}

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "{\"count\": x}@:1: is not JSON",
        "{\"count\": 1@:1: is not JSON",
        "{\"count\": \"many\"}@:1: count has a value that it cannot have",
        "{\"count\": {}}@:1: count has a value that it cannot have",
        "[]@:1: holds something else than it should"
      })
  void whatCannotBeReadIsNamedWithoutTheParsersInternals(String text, String problem)
      throws IOException {
    Path file = Files.writeString(directory.resolve("a.json"), text);
    assertThatThrownBy(() -> Json.read(file, Counted.class))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + problem)
        .hasMessageEndingWith("; restore the file, or make it again")
        .message()
        .doesNotContain("Source", "REDACTED", "java.", "dev.horae", "`");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", " null\n"})
  void nullIsNoValue(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("a.json"), text);
    assertThatThrownBy(() -> Json.read(file, Counted.class))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": holds nothing but null; restore the file, or make it again");
  }

  @Test
  void aMissingFileIsSaidSo() {
    Path file = directory.resolve("none.json");
    assertThatThrownBy(() -> Json.read(file, Counted.class))
        .hasMessage(file + ": cannot be read: no such file");
  }
}
