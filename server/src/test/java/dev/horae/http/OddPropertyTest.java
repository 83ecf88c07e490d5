package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.http.ServedShop.Reply;
import dev.horae.service.StoredItem;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
  void manyChangesGiveAnItemNoMorePropertiesThanOne() {
    try (ServedShop other = ServedShop.start()) {
      String all =
          IntStream.range(0, 100)
              .mapToObj(i -> "\"p" + i + "\": " + i)
              .collect(Collectors.joining(", ", "{\"properties\": {", "}}"));
      assertThat(other.ask("PUT", "/v1/items/i1", all, r -> {}).status()).isEqualTo(200);
      String more = "{\"properties\": {\"p100\": 1}}";
      Reply refused = other.ask("PATCH", "/v1/items/i1", more, r -> {});
      assertThat(refused.status()).as(refused.text()).isEqualTo(400);
      assertThat(refused.json().path("detail").asText())
          .isEqualTo("properties = an object has 101 properties");
      String another = "{\"properties\": {\"p100\": 1, \"p7\": null}}";
      assertThat(other.ask("PATCH", "/v1/items/i1", another, r -> {}).status()).isEqualTo(200);
    }
  }

  /** Its expressions were checked when it was put; another server or model need not have them. */
  @Test
  void aScenarioOutlivesTheLastItemWithItsProperty() {
    try (ServedShop other = ServedShop.start()) {
      other.ask(
          "PUT", "/v1/items/i1", "{\"properties\": {\"price\": 3, \"tags\": [\"new\"]}}", r -> {});
      String scenario =
          "{\"filter\": \"!has(price) || price * 2 > 7.5\","
              + " \"boost\": \"tags.exists(t, t == 'new') ? 2.0 : 1.0\"}";
      assertThat(other.ask("PUT", "/v1/scenarios/cheap", scenario, r -> {}).status())
          .isEqualTo(200);
      other.ask("PATCH", "/v1/items/i1", "{\"properties\": null}", r -> {});
      String question = "{\"scenario\": \"cheap\", \"history\": [\"i3\"], \"n\": 40}";
      Reply answered = other.post("/v1/recommend", question);
      assertThat(answered.status()).as(answered.text()).isEqualTo(200);
      assertThat(answered.json().path("items")).hasSize(40);
      String own = question.replace("}", ", \"filter\": \"price > 1\"}");
      Reply refused = other.post("/v1/recommend", own);
      assertThat(refused.status()).isEqualTo(422);
      assertThat(refused.json().path("detail").asText()).contains("price");
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
