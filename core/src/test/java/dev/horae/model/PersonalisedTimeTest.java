package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.Golden;
import dev.horae.data.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Personalised time, counted as in the preprocessing of TiSASRec's authors. */
class PersonalisedTimeTest {

  @TempDir static Path folder;

  static Stream<JsonNode> cases() throws IOException {
    Path sidecar = Json.sidecar(Golden.unpack("models/tisasrec", folder));
    JsonNode cases = Json.read(sidecar, JsonNode.class).path("scaling_cases");
    assertThat(cases).hasSizeGreaterThan(5);
    return StreamSupport.stream(cases.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void showsWhatTheAuthorsCounted(JsonNode recorded) {
    long[] times = longs(recorded.path("times"));
    PersonalisedTime time = PersonalisedTime.of(times, 0, times.length);
    assertThat(Arrays.stream(times).map(time::at)).containsExactly(box(recorded.path("t_prime")));
  }

  @Test
  void halfAUnitGoesToTheEvenSide() {
    PersonalisedTime time = new PersonalisedTime(0, 2);
    assertThat(new long[] {time.at(1), time.at(3), time.at(5)}).containsExactly(1, 3, 3);
  }

  @Test
  void aPartHasAUnitOfItsOwn() {
    long[] times = {10, 12, 20, 26};
    assertThat(PersonalisedTime.of(times, 0, 4)).isEqualTo(new PersonalisedTime(10, 2));
    assertThat(PersonalisedTime.of(times, 1, 4)).isEqualTo(new PersonalisedTime(12, 6));
    assertThat(PersonalisedTime.of(times, 3, 4)).isEqualTo(new PersonalisedTime(26, 1));
  }

  private static long[] longs(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  private static Long[] box(JsonNode list) {
    return Arrays.stream(longs(list)).boxed().toArray(Long[]::new);
  }
}
