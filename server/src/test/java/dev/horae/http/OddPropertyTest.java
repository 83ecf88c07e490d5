package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.http.ServedShop.Reply;
import org.junit.jupiter.api.Test;

/** A property that has another type with one item than with the others. */
class OddPropertyTest {

  @Test
  void oneItemWithAnOddPropertyBreaksNobodysFilter() {
    try (ServedShop other = ServedShop.start()) {
      String price = "/v1/filters/validate";
      String filter = "{\"filter\": \"price > 1.0\"}";
      for (int i = 1; i < 5; i++) {
        String value = i == 1 ? "\"cheap\"" : Integer.toString(i);
        other.ask(
            "PUT", "/v1/items/i" + i, "{\"properties\": {\"price\": " + value + "}}", r -> {});
      }
      Reply reply = other.post(price, filter);
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      assertThat(reply.json().path("matching").intValue()).isEqualTo(3);
    }
  }
}
