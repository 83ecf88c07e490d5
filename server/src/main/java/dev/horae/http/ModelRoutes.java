package dev.horae.http;

import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;
import static io.javalin.http.HandlerType.PUT;

import dev.horae.http.Keys.Role;
import dev.horae.service.Models;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Models: what is loaded, and which one answers. */
final class ModelRoutes {

  private final Models models;
  private final Api api;

  ModelRoutes(Api api) {
    this.api = api;
    models = api.shop().models();
    api.metrics()
        .gauge(
            "horae_shadow_lists",
            "Lists that were compared with the model that is asked in the background",
            () -> {
              Models.Compared compared = api.shop().compared();
              return compared == null ? 0 : compared.lists();
            });
    api.metrics()
        .gauge(
            "horae_shadow_agreement",
            "Share of their items that it chose too",
            () -> {
              Models.Compared compared = api.shop().compared();
              return compared == null ? 0 : compared.agreement();
            });
  }

  void add(Api.Router routes) {
    routes.add(GET, "/v1/models", Role.READ, this::models);
    routes.add(POST, "/v1/models", Role.ADMIN, this::load);
    routes.add(POST, "/v1/models/rollback", Role.ADMIN, this::rollback);
    routes.add(POST, "/v1/models/{model}/activate", Role.ADMIN, this::activate);
    routes.add(PUT, "/v1/models/{model}/shadow", Role.ADMIN, this::shadow);
    routes.add(DELETE, "/v1/models/{model}/shadow", Role.ADMIN, this::endShadow);
    routes.add(DELETE, "/v1/models/{model}", Role.ADMIN, this::delete);
  }

  private Object models(Request request) {
    return all();
  }

  private Map<String, Object> all() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("models", models.statuses().stream().map(this::body).toList());
    RecommendRoutes.put(body, "previous", models.previous());
    return body;
  }

  private Map<String, Object> body(Models.Status model) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", model.name());
    body.put("version", model.version());
    body.put("path", model.path());
    body.put("model", model.model());
    body.put("state", Checks.word(model.state()));
    RecommendRoutes.put(body, "problem", model.problem());
    body.put("items", model.items());
    body.put("loadedAt", Times.text(model.since().getEpochSecond()));
    body.put("metrics", model.metrics());
    body.put("log", model.log());
    if (!model.curve().isEmpty()) {
      body.put("curve", model.curve());
    }
    RecommendRoutes.put(body, "shadow", api.shop().compared(model.name()));
    Models.Index index = model.index();
    if (index != null) {
      body.put("index", index(index));
    }
    return body;
  }

  private static Map<String, Object> index(Models.Index index) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("state", Checks.word(index.state()));
    if (index.state() != Models.IndexState.BUILDING) {
      body.put("recall", index.recall());
      body.put("questions", index.questions());
      body.put("candidates", index.candidates());
    }
    return body;
  }

  private Object load(Request request) {
    JsonObject body = request.body("path");
    Path path = path(body.required("path", body.text("path", 1, 4096)));
    String name = Checks.name("path", String.valueOf(path.getFileName()));
    if (!Files.isRegularFile(path.resolve("run.yaml"))) {
      throw Problem.invalid(
              "path", path.toString(), "is no run directory", "name one that horae train made")
          .exception();
    }
    api.shop().startLoading(name, path);
    request.context().status(202);
    return one(name);
  }

  static Path path(String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw Problem.invalid("path", Checks.printable(text), "is no path", "name one on the server")
          .exception();
    }
  }

  private Map<String, Object> one(String name) {
    return models.statuses().stream()
        .filter(model -> model.name().equals(name))
        .map(this::body)
        .findFirst()
        .orElseThrow();
  }

  private Object activate(Request request) {
    String name = request.path("model");
    models.activate(name);
    return one(name);
  }

  private Object shadow(Request request) {
    String name = request.path("model");
    JsonObject body = request.body("share");
    double share = body.required("share", body.number("share", 0, 1));
    if (share == 0) {
      throw Problem.invalid("share", "0", "compares nothing", "write above 0, at most 1, or DELETE")
          .exception();
    }
    api.shop().shadow(name, share);
    return one(name);
  }

  private @Nullable Object endShadow(Request request) {
    String name = request.path("model");
    if (!api.shop().endShadow(name)) {
      throw Problem.of(
              Problem.Kind.NOT_FOUND,
              "the model '" + Checks.printable(name) + "' is no shadow",
              "see /v1/models for the one that is")
          .exception();
    }
    request.context().status(204);
    return null;
  }

  private Object rollback(Request request) {
    models.rollback();
    String active = models.active();
    return active == null ? all() : one(active);
  }

  private @Nullable Object delete(Request request) {
    api.shop().deleteModel(request.path("model"));
    request.context().status(204);
    return null;
  }
}
