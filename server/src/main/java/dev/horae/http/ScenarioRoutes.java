package dev.horae.http;

import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.PUT;

import dev.horae.http.Keys.Role;
import dev.horae.service.LiveShop;
import dev.horae.service.Scenario;
import dev.horae.service.Scenarios;
import dev.horae.service.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Scenarios and their experiments. */
final class ScenarioRoutes {

  private static final int MOST_VARIANTS = 10;

  private final LiveShop shop;
  private final Api api;

  ScenarioRoutes(Api api) {
    this.api = api;
    shop = api.shop();
    api.metrics()
        .gauge(
            "horae_scenario_lists_not_noted",
            "Lists of scenarios that the store did not take, which their results are without",
            shop::notNoted);
  }

  void add(Api.Router routes) {
    routes.add(GET, "/v1/scenarios", Role.READ, this::scenarios);
    routes.add(GET, "/v1/scenarios/{scenario}", Role.READ, this::scenario);
    routes.add(PUT, "/v1/scenarios/{scenario}", Role.ADMIN, this::put);
    routes.add(DELETE, "/v1/scenarios/{scenario}", Role.ADMIN, this::delete);
    routes.add(GET, "/v1/experiments/{scenario}", Role.READ, this::results);
    routes.add(GET, "/v1/experiments/{scenario}/assignment", Role.READ, this::assignment, "user");
  }

  private Object scenarios(Request request) {
    return Map.of("scenarios", shop.scenarios().stream().map(ScenarioRoutes::body).toList());
  }

  private static Map<String, Object> body(Scenarios.Named named) {
    Scenario scenario = named.scenario();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", named.name());
    body.put("version", named.version());
    RecommendRoutes.put(body, "model", scenario.model());
    RecommendRoutes.put(body, "n", scenario.n());
    RecommendRoutes.put(body, "filter", scenario.filter());
    RecommendRoutes.put(body, "boost", scenario.boost());
    RecommendRoutes.put(body, "diversity", scenario.diversity());
    RecommendRoutes.put(body, "excludeSeen", scenario.excludeSeen());
    if (scenario.fallback() != null) {
      body.put("fallback", scenario.fallback().stream().map(Checks::word).toList());
    }
    RecommendRoutes.put(body, "experiment", scenario.experiment());
    return body;
  }

  private Object scenario(Request request) {
    return shown(request, shop.scenario(request.path("scenario")));
  }

  private static Object shown(Request request, Scenarios.Named named) {
    request.etag(named.version());
    return body(named);
  }

  private Object put(Request request) {
    String name = Checks.name("scenario", request.context().pathParam("scenario"));
    JsonObject body =
        request.body(
            "model", "n", "filter", "boost", "diversity", "excludeSeen", "fallback", "experiment");
    Scenario scenario =
        new Scenario(
            body.name("model"),
            body.has("n") ? body.integer("n", 1, api.config().mostItems(), 1) : null,
            body.text("filter", 1, Checks.LONGEST_EXPRESSION),
            body.text("boost", 1, Checks.LONGEST_EXPRESSION),
            body.number("diversity", 0, 1),
            body.bool("excludeSeen"),
            fallback(body),
            experiment(body));
    return shown(request, shop.putScenario(name, scenario, request.ifMatch(), Api.now()));
  }

  private static @Nullable List<Source> fallback(JsonObject body) {
    List<String> names = body.texts("fallback", 3, 20);
    if (names == null) {
      return null;
    }
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String place = body.place("fallback") + "[" + i + "]";
      Source source = Checks.choice(place, names.get(i), Source.class);
      if (source == Source.MODEL || source == Source.LATEST || sources.contains(source)) {
        throw Problem.invalid(
                place, names.get(i), "is no further fallback", "use similar, trending, popular")
            .exception();
      }
      sources.add(source);
    }
    return sources;
  }

  private static Scenario.@Nullable Experiment experiment(JsonObject body) {
    JsonObject experiment = body.object("experiment", "salt", "variants");
    if (experiment == null) {
      return null;
    }
    List<Scenario.Variant> variants = new ArrayList<>();
    for (JsonObject variant :
        experiment.required(
            "variants",
            experiment.objects(
                "variants",
                2,
                MOST_VARIANTS,
                "name",
                "weight",
                "model",
                "filter",
                "boost",
                "diversity",
                "excludeSeen"))) {
      variants.add(
          new Scenario.Variant(
              variant.required("name", variant.name("name")),
              variant.required("weight", variant.number("weight", 0, 1e6)),
              variant.name("model"),
              variant.text("filter", 1, Checks.LONGEST_EXPRESSION),
              variant.text("boost", 1, Checks.LONGEST_EXPRESSION),
              variant.number("diversity", 0, 1),
              variant.bool("excludeSeen")));
    }
    return new Scenario.Experiment(experiment.text("salt", 1, 64), variants);
  }

  private @Nullable Object delete(Request request) {
    shop.deleteScenario(request.path("scenario"), request.ifMatch());
    request.context().status(204);
    return null;
  }

  private Object results(Request request) {
    return shop.results(request.path("scenario"));
  }

  private Object assignment(Request request) {
    String scenario = request.path("scenario");
    String user = request.query().id("user");
    if (user == null) {
      throw Problem.missing("user", "add ?user=ID").exception();
    }
    request.noteUser(user);
    String variant =
        shop.assigned(scenario, user)
            .orElseThrow(
                () ->
                    Problem.of(
                            Problem.Kind.NOT_FOUND,
                            "the scenario '" + scenario + "' has no experiment",
                            "PUT one with variants")
                        .exception());
    return Map.of("user", user, "variant", variant);
  }
}
