package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {

  @Test
  void comparesFiveDecimals() {
    EarlyStopping rule = new EarlyStopping(10);
    assertThat(rule.improves(0, .123456)).isTrue();
    assertThat(rule.improves(1, .1234561)).isTrue(); // rounds to the same: a tie is better
    assertThat(rule.improves(2, .12344)).isFalse();
    assertThat(rule.worse()).isEqualTo(1);
  }

  @Test
  void agreesWithRecBole() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/golden/protocol.json")) {
      JsonNode cases = Json.MAPPER.readTree(in).path("early_stopping").path("cases");
      assertThat(cases.size()).isGreaterThan(3);
      for (JsonNode one : cases) {
        EarlyStopping rule = new EarlyStopping(one.path("stopping_step").asInt());
        List<Integer> saved = new ArrayList<>();
        int epoch = 0;
        for (; epoch < one.path("valid_scores").size() && !rule.stop(); epoch++) {
          if (rule.improves(epoch, one.path("valid_scores").path(epoch).asDouble())) {
            saved.add(epoch);
          }
        }
        assertThat(saved).isEqualTo(numbers(one.path("saved_epochs")));
        assertThat(rule.bestEpoch()).isEqualTo(one.path("tested_epoch").asInt());
        if (!one.path("stop_after_epoch").isNull()) {
          assertThat(epoch - 1).isEqualTo(one.path("stop_after_epoch").asInt());
        }
      }
    }
  }

  private static List<Integer> numbers(JsonNode list) {
    List<Integer> numbers = new ArrayList<>();
    list.forEach(number -> numbers.add(number.asInt()));
    return numbers;
  }
}
