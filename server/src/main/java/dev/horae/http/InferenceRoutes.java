package dev.horae.http;

import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.Keys.Role;
import dev.horae.service.Answer;
import dev.horae.service.Models;
import dev.horae.service.Question;
import dev.horae.service.Source;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Open Inference Protocol, version 2, so that a gateway for models can stand before the server:
 * {@code history} BYTES [B, L], padded with empty texts, {@code times} INT64 [B, L] in seconds
 * since 1970-01-01 UTC, {@code n} INT32 [1]; {@code items} BYTES [B, n], {@code scores} FP32 [B,
 * n]. A row that is shorter than n is padded with empty texts and zeros.
 */
final class InferenceRoutes {

  private static final int MOST_ROWS = 100;

  private final Api api;

  InferenceRoutes(Api api) {
    this.api = api;
  }

  void add(Api.Router routes) {
    routes.add(GET, "/v2", Role.READ, this::server);
    routes.add(GET, "/v2/health/live", null, request -> empty(request, true));
    routes.add(
        GET, "/v2/health/ready", null, request -> empty(request, api.state().equals("ready")));
    routes.add(GET, "/v2/models/{model}", Role.READ, this::model);
    routes.add(
        GET,
        "/v2/models/{model}/ready",
        Role.READ,
        request -> empty(request, isLoaded(status(request))));
    routes.add(POST, "/v2/models/{model}/infer", Role.READ, this::infer);
  }

  private static @Nullable Object empty(Request request, boolean yes) {
    request.context().status(yes ? 200 : 503);
    return null;
  }

  private Object server(Request request) {
    return Map.of("name", "horae", "version", api.version(), "extensions", List.of());
  }

  private Models.Status status(Request request) {
    String name = request.path("model");
    return api.shop().models().statuses().stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.of(Problem.Kind.NOT_FOUND, "there is no model '" + name + "'", null)
                    .exception());
  }

  private static boolean isLoaded(Models.Status model) {
    return model.state() == Models.State.ACTIVE || model.state() == Models.State.READY;
  }

  private Object model(Request request) {
    Models.Status model = status(request);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", model.name());
    body.put("versions", List.of(model.version()));
    body.put("platform", "horae_" + model.model());
    body.put(
        "inputs",
        List.of(
            tensor("history", "BYTES", -1, -1),
            tensor("times", "INT64", -1, -1),
            tensor("n", "INT32", 1)));
    body.put("outputs", Stream.of(Output.values()).map(output -> output.tensor(-1, -1)).toList());
    return body;
  }

  /** A tensor of an answer. */
  private enum Output {
    ITEMS("BYTES"),
    SCORES("FP32");

    private final String type;

    Output(String type) {
      this.type = type;
    }

    Map<String, Object> tensor(int rows, int columns) {
      return InferenceRoutes.tensor(Checks.word(this), type, rows, columns);
    }
  }

  private static Map<String, Object> tensor(String name, String type, Integer... shape) {
    Map<String, Object> tensor = new LinkedHashMap<>();
    tensor.put("name", name);
    tensor.put("datatype", type);
    tensor.put("shape", List.of(shape));
    return tensor;
  }

  /** A tensor of a request: its values row by row. */
  private record Input(String name, int rows, int columns, List<JsonNode> values) {

    static Input read(JsonObject input) {
      String name = input.required("name", input.text("name", 1, 20));
      String type = input.required("datatype", input.text("datatype", 1, 20));
      String wanted =
          switch (name) {
            case "history" -> "BYTES";
            case "times" -> "INT64";
            case "n" -> "INT32";
            default ->
                throw Problem.invalid(
                        input.place("name"),
                        Checks.printable(name),
                        "is no input",
                        "send history, times and n")
                    .exception();
          };
      if (!type.equals(wanted)) {
        throw Problem.invalid(
                input.place("datatype"),
                Checks.printable(type),
                "is not that of " + name,
                "send " + wanted)
            .exception();
      }
      List<Integer> shape = input.required("shape", input.list("shape", 1, 2, Input::dimension));
      List<JsonNode> values = new ArrayList<>();
      List<JsonNode> data =
          input.required("data", input.list("data", 0, 1_000_000, (place, node) -> node));
      data.forEach(node -> flatten(node, values));
      int rows = shape.get(0);
      int columns = shape.size() == 2 ? shape.get(1) : 1;
      if ((long) rows * columns != values.size()) {
        throw Problem.invalid(
                input.place("data"),
                values.size() + " values",
                "do not fill the shape " + shape,
                "send " + (long) rows * columns)
            .exception();
      }
      return new Input(name, rows, columns, values);
    }

    private static Integer dimension(String place, JsonNode node) {
      if (!node.isInt() || node.intValue() < 0) {
        throw Problem.invalid(
                place, Checks.printable(node.toString()), "is no dimension", "send a whole number")
            .exception();
      }
      return node.intValue();
    }

    private static void flatten(JsonNode node, List<JsonNode> values) {
      if (node.isArray()) {
        node.forEach(element -> flatten(element, values));
      } else {
        values.add(node);
      }
    }

    String text(int row, int column) {
      JsonNode value = values.get(row * columns + column);
      String place = name + "[" + row + "][" + column + "]";
      if (!value.isTextual()) {
        throw Problem.invalid(place, Checks.printable(value.toString()), "is no text", "send an id")
            .exception();
      }
      return value.textValue().isEmpty() ? "" : Checks.id(place, value.textValue());
    }

    long number(int row, int column) {
      JsonNode value = values.get(row * columns + column);
      String place = name + "[" + row + "][" + column + "]";
      return JsonObject.time(place, value);
    }
  }

  private Object infer(Request request) {
    Models.Status model = status(request);
    JsonObject body = request.body("id", "parameters", "inputs", "outputs");
    Map<String, Input> inputs = new LinkedHashMap<>();
    for (JsonObject one :
        body.required(
            "inputs",
            body.objects("inputs", 1, 3, "name", "shape", "datatype", "parameters", "data"))) {
      Input input = Input.read(one);
      if (inputs.put(input.name(), input) != null) {
        throw twice(one, input.name());
      }
    }
    Set<Output> outputs = outputs(body);
    Input history = inputs.get("history");
    Input times = inputs.get("times");
    if (history == null) {
      throw Problem.missing("inputs: history", "add it").exception();
    }
    if (history.rows() < 1
        || history.rows() > MOST_ROWS
        || history.columns() > api.config().history()
        || times != null
            && (times.rows() != history.rows() || times.columns() != history.columns())) {
      throw Problem.of(
              Problem.Kind.INVALID_REQUEST,
              "history and times are [B, L] of one shape, B from 1 to "
                  + MOST_ROWS
                  + ", L to "
                  + api.config().history(),
              null)
          .exception();
    }
    int n = n(inputs.get("n"));
    List<Object> items = new ArrayList<>();
    List<Object> scores = new ArrayList<>();
    Map<Output, List<Object>> data = Map.of(Output.ITEMS, items, Output.SCORES, scores);
    for (int row = 0; row < history.rows(); row++) {
      Answer answer = answer(model.name(), history, times, row, n);
      api.countList(answer, answer.source() != Source.MODEL);
      for (int i = 0; i < n; i++) {
        boolean there = i < answer.items().size();
        items.add(there ? answer.items().get(i).item() : "");
        scores.add(there ? answer.items().get(i).score() : 0.0);
      }
    }
    Map<String, Object> answered = new LinkedHashMap<>();
    answered.put("model_name", model.name());
    answered.put("model_version", model.version());
    RecommendRoutes.put(answered, "id", body.text("id", 1, 256));
    answered.put(
        "outputs",
        outputs.stream()
            .map(
                output -> {
                  Map<String, Object> tensor = output.tensor(history.rows(), n);
                  tensor.put("data", Objects.requireNonNull(data.get(output)));
                  return tensor;
                })
            .toList());
    return answered;
  }

  /** {@return what is to be answered, in this order; all where the request names none} */
  private static Set<Output> outputs(JsonObject body) {
    Set<Output> outputs = new LinkedHashSet<>();
    List<JsonObject> named = body.objects("outputs", 0, 2, "name", "parameters");
    for (JsonObject one : named == null ? List.<JsonObject>of() : named) {
      Output output = one.required("name", one.choice("name", Output.class));
      if (!outputs.add(output)) {
        throw twice(one, Checks.word(output));
      }
    }
    return outputs.isEmpty() ? EnumSet.allOf(Output.class) : outputs;
  }

  private static ProblemException twice(JsonObject tensor, String name) {
    return Problem.invalid(tensor.place("name"), name, "is there twice", "name it once")
        .exception();
  }

  private int n(@Nullable Input input) {
    if (input == null) {
      return 10;
    }
    JsonNode value = input.values().size() == 1 ? input.values().get(0) : null;
    if (value == null
        || !value.isInt()
        || value.intValue() < 1
        || value.intValue() > api.config().mostItems()) {
      throw Problem.invalid(
              "n",
              value == null
                  ? input.values().size() + " values"
                  : Checks.printable(value.toString()),
              "is not one number from 1 to " + api.config().mostItems(),
              "send 10")
          .exception();
    }
    return value.intValue();
  }

  private Answer answer(String model, Input history, @Nullable Input times, int row, int n) {
    List<Question.Event> events = new ArrayList<>();
    for (int column = 0; column < history.columns(); column++) {
      String item = history.text(row, column);
      if (!item.isEmpty()) {
        events.add(
            new Question.Event(item, times == null ? null : (Long) times.number(row, column)));
      }
    }
    return api.shop()
        .recommend(
            new Question(
                null, events, n, null, null, model, null, null, List.of(), null, null, null,
                List.of(), false),
            Api.now());
  }
}
