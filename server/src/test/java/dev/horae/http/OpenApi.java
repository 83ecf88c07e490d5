package dev.horae.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** openapi.yaml as tests use it: its operations, and whether a value is as a schema says. */
final class OpenApi {

  private static final String ADDRESS = "https://horae.dev/openapi";
  private static final List<String> METHODS =
      List.of("get", "put", "post", "delete", "patch", "head", "options");

  private static OpenApi only;

  private final JsonNode root;
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();
  private final List<Operation> operations = new ArrayList<>();

  /**
   * @param method in capitals
   * @param path with templates, such as {@code /v1/items/{item}}
   */
  record Operation(OpenApi api, String method, String path, JsonNode node, JsonNode pathItem) {

    String id() {
      return node.path("operationId").textValue();
    }

    /** {@return the parameters of the operation and of its path, resolved} */
    List<JsonNode> parameters() {
      List<JsonNode> all = new ArrayList<>();
      pathItem.path("parameters").forEach(parameter -> all.add(api.resolve(parameter)));
      node.path("parameters").forEach(parameter -> all.add(api.resolve(parameter)));
      return all;
    }

    JsonNode responses() {
      return node.path("responses");
    }

    /** {@return the response of a status, resolved, or a missing node} */
    JsonNode response(int status) {
      return api.resolve(responses().path(Integer.toString(status)));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  static synchronized OpenApi get() {
    if (only == null) {
      only = new OpenApi();
    }
    return only;
  }

  private OpenApi() {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.yaml")) {
      Object yaml = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      root = JsonObject.MAPPER.valueToTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // The schemas keep their places, so that references between them lead somewhere.
    ObjectNode document = JsonObject.MAPPER.createObjectNode();
    document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    document.put("$id", ADDRESS);
    document.set("components", root.path("components"));
    registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemas(Map.of(ADDRESS, document.toString())));
    root.path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method -> {
                          if (METHODS.contains(method.getKey())) {
                            operations.add(
                                new Operation(
                                    this,
                                    method.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    method.getValue(),
                                    path.getValue()));
                          }
                        }));
  }

  JsonNode root() {
    return root;
  }

  List<Operation> operations() {
    return operations;
  }

  Operation operation(String id) {
    return operations.stream().filter(one -> id.equals(one.id())).findFirst().orElseThrow();
  }

  /** {@return what a reference leads to, or the node itself} */
  JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? root.at(node.path("$ref").textValue().substring(1)) : node;
  }

  /** {@return what is wrong with a value; nothing where it is as the schema says} */
  List<String> faults(JsonNode schema, JsonNode value) {
    return schemas
        .computeIfAbsent(schema.toString(), this::schema)
        .validate(
            value.toString(),
            InputFormat.JSON,
            context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
        .stream()
        .map(Object::toString)
        .toList();
  }

  /** The registry knows the document, so a reference is made absolute. */
  private Schema schema(String text) {
    return registry.getSchema(
        text.replace("\"$ref\":\"#/", "\"$ref\":\"" + ADDRESS + "#/"), InputFormat.JSON);
  }

  static JsonNode json(String text) {
    try {
      return JsonObject.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
