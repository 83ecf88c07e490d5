package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.http.ServedShop.Reply;
import dev.horae.service.StoredItem;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A property that has another type with one item than with the others, or a column's name. */
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

  @Test
  void noPropertyStandsForAColumnThatEveryItemHas() {
    try (ServedShop other = ServedShop.start()) {
      for (String name : StoredItem.COLUMNS) {
        String item = "{\"properties\": {\"" + name + "\": 99999}}";
        for (String method : new String[] {"PUT", "PATCH"}) {
          Reply refused = other.ask(method, "/v1/items/i1", item, r -> {});
          assertThat(refused.status()).as(refused.text()).isEqualTo(400);
          assertThat(refused.json().path("detail").asText())
              .isEqualTo("properties = " + name + " is a column that every item has");
        }
      }
      Map<String, Object> odd = Map.of("id", "other", "events", 99999);
      other
          .shop()
          .put(
              "zz",
              new StoredItem(null, null, null, null, null, null, null, null, odd, null),
              null,
              0);
      assertThat(other.shop().validate("id == \"zz\" && events == 0", null, 0).matching())
          .isEqualTo(1);
    }
  }
}
