package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.Golden;
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
class ClockTest {

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
    Clock clock = Clock.of(times, 0, times.length);
    assertThat(Arrays.stream(times).map(clock::at)).containsExactly(box(recorded.path("t_prime")));
  }

  @Test
  void halfATickGoesToTheEvenSide() {
    Clock clock = new Clock(0, 2);
    assertThat(new long[] {clock.at(1), clock.at(3), clock.at(5)}).containsExactly(1, 3, 3);
  }

  @Test
  void aPartHasAClockOfItsOwn() {
    long[] times = {10, 12, 20, 26};
    assertThat(Clock.of(times, 0, 4)).isEqualTo(new Clock(10, 2));
    assertThat(Clock.of(times, 1, 4)).isEqualTo(new Clock(12, 6));
    assertThat(Clock.of(times, 3, 4)).isEqualTo(new Clock(26, 1));
    assertThat(Clock.of(times, 4, 4)).isEqualTo(new Clock(0, 1));
  }

  private static long[] longs(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  private static Long[] box(JsonNode list) {
    return Arrays.stream(longs(list)).boxed().toArray(Long[]::new);
  }
}
