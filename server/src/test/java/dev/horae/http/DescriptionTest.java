package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What openapi.yaml says of itself, without a server. */
class DescriptionTest {

  private static final OpenApi API = OpenApi.get();

  @Test
  void everyReferenceLeadsSomewhereAndNothingIsLeftOver() {
    Set<String> used = new HashSet<>();
    for (JsonNode reference : API.root().findValues("$ref")) {
      assertThat(reference.textValue()).startsWith("#/components/");
      assertThat(API.root().at(reference.textValue().substring(1)).isMissingNode())
          .as(reference.textValue())
          .isFalse();
      used.add(reference.textValue());
    }
    for (String kind : List.of("schemas", "responses", "parameters", "headers")) {
      API.root()
          .path("components")
          .path(kind)
          .fieldNames()
          .forEachRemaining(name -> assertThat(used).contains("#/components/" + kind + "/" + name));
    }
  }

  @Test
  void everyOperationHasWhatAClientNeeds() {
    Set<String> ids = new HashSet<>();
    for (OpenApi.Operation operation : API.operations()) {
      JsonNode node = operation.node();
      assertThat(ids.add(node.path("operationId").textValue())).as(operation.toString()).isTrue();
      assertThat(node.path("summary").textValue()).as(operation.toString()).endsWith(".");
      assertThat(node.path("tags")).as(operation.toString()).hasSize(1);
      assertThat(node.has("x-role")).as(operation.toString()).isNotEqualTo(node.has("security"));
      Set<String> templates = new HashSet<>();
      for (JsonNode parameter : operation.parameters()) {
        if (parameter.path("in").textValue().equals("path")) {
          templates.add("{" + parameter.path("name").textValue() + "}");
        }
      }
      assertThat(operation.path().split("/"))
          .filteredOn(part -> part.startsWith("{"))
          .containsExactlyInAnyOrderElementsOf(templates);
    }
    assertThat(ids).hasSize(API.operations().size());
  }

  @Test
  void everyObjectIsClosedUnlessItSaysOfWhatItIsAMap() {
    List<String> open = new ArrayList<>();
    API.root()
        .path("components")
        .path("schemas")
        .properties()
        .forEach(
            schema -> {
              if (schema.getValue().has("properties")
                  && !schema.getValue().path("additionalProperties").isBoolean()) {
                open.add(schema.getKey());
              }
            });
    assertThat(open).isEmpty();
  }

  @Test
  void everyExampleIsValid() {
    int examples = 0;
    for (OpenApi.Operation operation : API.operations()) {
      List<JsonNode> contents = new ArrayList<>(List.of(operation.node().path("requestBody")));
      operation.responses().forEach(contents::add);
      for (JsonNode content : contents) {
        for (JsonNode media : API.resolve(content).path("content")) {
          List<JsonNode> values = new ArrayList<>();
          if (media.has("example")) {
            values.add(media.path("example"));
          }
          media.path("examples").forEach(example -> values.add(example.path("value")));
          for (JsonNode value : values) {
            assertThat(API.faults(media.path("schema"), value)).as(value.toString()).isEmpty();
            examples++;
          }
        }
      }
    }
    assertThat(examples).isGreaterThan(60);
  }

  @Test
  void theValidatorFindsFaults() {
    ObjectNode schema = JsonObject.MAPPER.createObjectNode();
    schema.put("$ref", "#/components/schemas/RecommendRequest");
    for (String wrong :
        List.of(
            "{\"histroy\": []}",
            "{\"n\": 0}",
            "{\"n\": \"5\"}",
            "{\"user\": \"\"}",
            "{\"user\": \"a\\u0007\"}",
            "{\"history\": [{\"item\": \"a\", \"time\": \"yesterday\"}]}",
            "{\"time\": 1764417600000}",
            "{\"diversity\": 1.5}",
            "{\"user\": null}")) {
      assertThat(API.faults(schema, OpenApi.json(wrong))).as(wrong).isNotEmpty();
    }
  }
}
