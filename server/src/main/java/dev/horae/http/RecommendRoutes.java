package dev.horae.http;

import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.Keys.Role;
import dev.horae.service.Answer;
import dev.horae.service.LiveShop;
import dev.horae.service.Question;
import dev.horae.service.Similarity;
import dev.horae.service.Source;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lists of items: recommended, ranked, similar, trending, popular, latest. */
final class RecommendRoutes {

  private static final int MOST_IDS = 10_000;
  private static final int MOST_RANKED = 1000;
  private static final int MOST_BATCH = 100;
  private static final int MOST_SIMILAR = 100;
  private static final int LONGEST_TEXT = 10_000;
  private static final int MOST_FIELDS = 50;
  private static final int LONGEST_FIELD = 64;

  private static final String[] LISTED = {"n", "filter", "fields"};

  private static final String[] RECOMMEND = {
    "user",
    "history",
    "n",
    "time",
    "scenario",
    "model",
    "filter",
    "boost",
    "exclude",
    "excludeSeen",
    "diversity",
    "candidates",
    "fields",
    "explain"
  };

  private final Api api;
  private final LiveShop shop;

  RecommendRoutes(Api api) {
    this.api = api;
    shop = api.shop();
  }

  void add(Api.Router routes) {
    routes.add(POST, "/v1/recommend", Role.READ, this::recommend);
    routes.add(
        GET,
        "/v1/recommend/{user}",
        Role.READ,
        this::recommendUser,
        "n",
        "scenario",
        "filter",
        "time",
        "fields");
    routes.add(POST, "/v1/recommend/batch", Role.READ, this::batch);
    routes.add(POST, "/v1/rank", Role.READ, this::rank);
    routes.add(
        GET,
        "/v1/items/{item}/similar",
        Role.READ,
        this::similarToOne,
        "n",
        "by",
        "filter",
        "fields");
    routes.add(POST, "/v1/similar", Role.READ, this::similar);
    routes.add(GET, "/v1/trending", Role.READ, this::trending, "window", "n", "filter", "fields");
    routes.add(GET, "/v1/popular", Role.READ, r -> list(r, Source.POPULAR, 0), LISTED);
    routes.add(GET, "/v1/latest", Role.READ, r -> list(r, Source.LATEST, 0), LISTED);
  }

  private Object recommend(Request request) {
    return answered(request, question(request.body(RECOMMEND)));
  }

  private Question question(JsonObject body) {
    return new Question(
        body.id("user"),
        history(body),
        body.has("n") ? body.integer("n", 1, api.config().mostItems(), 1) : null,
        body.time("time"),
        body.name("scenario"),
        body.name("model"),
        body.text("filter", 1, Checks.LONGEST_EXPRESSION),
        body.text("boost", 1, Checks.LONGEST_EXPRESSION),
        orNone(body.ids("exclude", 0, MOST_IDS)),
        body.bool("excludeSeen"),
        body.number("diversity", 0, 1),
        body.ids("candidates", 1, MOST_IDS),
        orNone(body.texts("fields", MOST_FIELDS, LONGEST_FIELD)),
        Boolean.TRUE.equals(body.bool("explain")));
  }

  private List<Question.Event> history(JsonObject body) {
    List<Question.Event> events =
        body.list("history", 0, api.config().history(), RecommendRoutes::event);
    return events == null ? List.of() : events;
  }

  private static Question.Event event(String place, JsonNode node) {
    if (node.isTextual()) {
      return new Question.Event(JsonObject.id(place, node), null);
    }
    JsonObject event = JsonObject.of(node, place, "item", "time");
    return new Question.Event(event.requiredId("item"), event.time("time"));
  }

  private static List<String> orNone(@Nullable List<String> list) {
    return list == null ? List.of() : list;
  }

  private Object recommendUser(Request request) {
    Query query = request.query();
    return answered(
        request,
        new Question(
            request.path("user"),
            List.of(),
            query.text("n", 1, 18) == null
                ? null
                : (int) query.integer("n", 1, api.config().mostItems(), 1),
            query.time("time"),
            query.name("scenario"),
            null,
            query.text("filter", 1, Checks.LONGEST_EXPRESSION),
            null,
            List.of(),
            null,
            null,
            null,
            query.fields("fields"),
            false));
  }

  private Object answered(Request request, Question question) {
    long start = System.nanoTime();
    if (question.user() != null) {
      request.noteUser(question.user());
    }
    Answer answer = shop.recommend(question, Api.now());
    return shown(request, answer, start, answer.source() != Source.MODEL);
  }

  private Object shown(Request request, Answer answer, long start) {
    return shown(request, answer, start, false);
  }

  private Object shown(Request request, Answer answer, long start, boolean fallback) {
    api.countList(answer, fallback);
    request.note("recommendationId", answer.recommendationId());
    request.note("source", Checks.word(answer.source()));
    request.note("n", answer.items().size());
    if (answer.model() != null) {
      request.note("model", answer.model().name());
    }
    if (answer.scenario() != null) {
      request.note("scenario", answer.scenario());
    }
    return body(answer, start);
  }

  private static Map<String, Object> body(Answer answer, long start) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("recommendationId", answer.recommendationId());
    put(body, "model", answer.model());
    put(body, "scenario", answer.scenario());
    put(body, "variant", answer.variant());
    body.put("time", Times.text(answer.time()));
    body.put("source", Checks.word(answer.source()));
    put(body, "reason", answer.reason());
    List<Object> items = new ArrayList<>();
    for (Answer.Chosen chosen : answer.items()) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("item", chosen.item());
      item.put("score", chosen.score());
      item.put("source", Checks.word(chosen.source()));
      if (!chosen.fields().isEmpty()) {
        item.put("fields", chosen.fields());
      }
      if (chosen.explanation() != null) {
        item.put("explanation", explanation(chosen.explanation()));
      }
      items.add(item);
    }
    body.put("items", items);
    body.put("unknown", Map.of("items", answer.unknown()));
    body.put("tookMillis", Math.round((System.nanoTime() - start) / 1e4) / 1e2);
    return body;
  }

  static void put(Map<String, Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static Map<String, Object> explanation(Answer.Why why) {
    Map<String, Object> explanation = new LinkedHashMap<>();
    explanation.put("shares", why.shares());
    if (!why.because().isEmpty()) {
      explanation.put("because", why.because());
    }
    List<Object> influence = new ArrayList<>();
    for (Answer.Influence one : why.influence()) {
      Map<String, Object> event = new LinkedHashMap<>();
      event.put("item", one.item());
      event.put("time", Times.text(one.time()));
      event.put("influence", one.influence());
      influence.add(event);
    }
    explanation.put("influence", influence);
    return explanation;
  }

  private Object batch(Request request) {
    JsonObject body = request.body("requests");
    List<Question> questions = new ArrayList<>();
    for (JsonObject one :
        body.required("requests", body.objects("requests", 1, MOST_BATCH, RECOMMEND))) {
      questions.add(question(one));
    }
    List<Object> results = new ArrayList<>();
    for (Question question : questions) {
      try {
        results.add(answered(request, question));
      } catch (RuntimeException e) {
        results.add(Map.of("problem", api.failed(request, e).body()));
      }
    }
    return Map.of("results", results);
  }

  private Object rank(Request request) {
    JsonObject body =
        request.body("user", "history", "items", "time", "model", "explain", "fields");
    List<String> items = body.required("items", body.ids("items", 1, MOST_RANKED));
    return answered(
        request,
        new Question(
            body.id("user"),
            history(body),
            items.size(),
            body.time("time"),
            null,
            body.name("model"),
            null,
            null,
            List.of(),
            false,
            null,
            items,
            orNone(body.texts("fields", MOST_FIELDS, LONGEST_FIELD)),
            Boolean.TRUE.equals(body.bool("explain"))));
  }

  private Object similarToOne(Request request) {
    Query query = request.query();
    Similarity by = query.choice("by", Similarity.class);
    return similar(
        request,
        List.of(request.path("item")),
        null,
        null,
        by == null ? Similarity.MIXED : by,
        (int) query.integer("n", 1, api.config().mostItems(), 10),
        query.text("filter", 1, Checks.LONGEST_EXPRESSION),
        query.fields("fields"));
  }

  private Object similar(Request request) {
    JsonObject body =
        request.bodyWithPicture("items", "text", "image", "by", "n", "filter", "fields");
    List<String> items = orNone(body.ids("items", 1, MOST_SIMILAR));
    String text = body.text("text", 1, LONGEST_TEXT);
    String image = body.text("image", 1, Integer.MAX_VALUE);
    Similarity by = body.choice("by", Similarity.class);
    if (items.isEmpty() && text == null && image == null) {
      throw Problem.missing("items", "give items, a text or an image").exception();
    }
    return similar(
        request,
        items,
        text,
        image == null ? null : bytes(image),
        by == null ? Similarity.MIXED : by,
        body.integer("n", 1, api.config().mostItems(), 10),
        body.text("filter", 1, Checks.LONGEST_EXPRESSION),
        orNone(body.texts("fields", MOST_FIELDS, LONGEST_FIELD)));
  }

  private static byte[] bytes(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("image", base64, "is not base64", "encode the picture's bytes")
          .exception();
    }
  }

  private Object similar(
      Request request,
      List<String> items,
      @Nullable String text,
      byte @Nullable [] image,
      Similarity by,
      int n,
      @Nullable String filter,
      List<String> fields) {
    long start = System.nanoTime();
    return shown(
        request, shop.similar(items, text, image, by, n, filter, fields, Api.now()), start);
  }

  private Object trending(Request request) {
    Query query = request.query();
    String window = query.text("window", 1, 16);
    int days = 7;
    if (window != null) {
      if (!window.matches("[1-9][0-9]?d") || Integer.parseInt(window.replace("d", "")) > 31) {
        throw Problem.invalid(
                "window", window, "is no window", "write days, from 1d to 31d, such as 7d")
            .exception();
      }
      days = Integer.parseInt(window.replace("d", ""));
    }
    return list(request, Source.TRENDING, days);
  }

  private Object list(Request request, Source source, int days) {
    Query query = request.query();
    long start = System.nanoTime();
    return shown(
        request,
        shop.list(
            source,
            days,
            (int) query.integer("n", 1, api.config().mostItems(), 10),
            query.text("filter", 1, Checks.LONGEST_EXPRESSION),
            query.fields("fields"),
            Api.now()),
        start);
  }
}
