package dev.horae.http;

import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.PATCH;
import static io.javalin.http.HandlerType.POST;
import static io.javalin.http.HandlerType.PUT;

import dev.horae.data.PictureFormat;
import dev.horae.filter.Columns;
import dev.horae.http.Keys.Role;
import dev.horae.service.ItemView;
import dev.horae.service.LiveShop;
import dev.horae.service.Refusal;
import dev.horae.service.StoredItem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Items, the columns of the catalogue, and filters over them. */
final class ItemRoutes {

  private static final int MOST_LISTED = 500;
  private static final int LONGEST_TEXT = 4096;
  private static final int MOST_CATEGORIES = 100;
  private static final int ATTEMPTS = 3;

  private static final String[] CONTENT = {
    "title", "brand", "categories", "image", "available", "hidden", "expiresAt", "properties"
  };

  private final LiveShop shop;

  ItemRoutes(Api api) {
    shop = api.shop();
  }

  void add(Api.Router routes) {
    routes.add(GET, "/v1/items", Role.READ, this::items, "q", "n", "after", "filter");
    routes.add(POST, "/v1/items", Role.WRITE, this::putAll);
    routes.add(GET, "/v1/items/{item}", Role.READ, this::item);
    routes.add(PUT, "/v1/items/{item}", Role.WRITE, this::put);
    routes.add(PATCH, "/v1/items/{item}", Role.WRITE, this::patch);
    routes.add(DELETE, "/v1/items/{item}", Role.WRITE, this::delete);
    // v is for those who keep pictures by their address
    routes.add(GET, "/v1/items/{item}/image", Role.READ, this::image, "v");
    routes.add(PUT, "/v1/items/{item}/image", Role.WRITE, this::putImage);
    routes.add(DELETE, "/v1/items/{item}/image", Role.WRITE, this::deleteImage);
    routes.add(GET, "/v1/columns", Role.READ, this::columns);
    routes.add(POST, "/v1/filters/validate", Role.READ, this::validate);
  }

  private Object items(Request request) {
    Query query = request.query();
    String wanted = query.text("q", 0, 200);
    LiveShop.Page page =
        shop.items(
            wanted == null ? "" : wanted,
            query.text("filter", 1, Checks.LONGEST_EXPRESSION),
            (int) query.integer("after", 0, Integer.MAX_VALUE, 0),
            (int) query.integer("n", 1, MOST_LISTED, 50),
            Api.now());
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("items", page.items().stream().map(ItemRoutes::body).toList());
    if (page.next() > 0) {
      body.put("next", String.valueOf(page.next()));
    }
    body.put("total", page.total());
    return body;
  }

  private static Map<String, Object> body(ItemView item) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("item", item.item());
    body.put("title", item.title());
    body.put("brand", item.brand());
    body.put("categories", item.categories());
    body.put("image", item.image());
    body.put("available", item.available());
    body.put("hidden", item.hidden());
    if (item.expiresAt() != null) {
      body.put("expiresAt", Times.text(item.expiresAt()));
    }
    body.put("properties", item.properties());
    body.put("events", item.events());
    body.put("inModel", item.inModel());
    body.put("encoded", item.encoded());
    body.put("version", item.version());
    return body;
  }

  private Object item(Request request) {
    return shown(request, request.path("item"));
  }

  private Object shown(Request request, String id) {
    ItemView item = known(id);
    request.etag(item.version());
    return body(item);
  }

  private ItemView known(String id) {
    return shop.item(id)
        .orElseThrow(
            () ->
                new Refusal(
                    Refusal.Kind.NOT_FOUND,
                    "there is no item '" + id + "'",
                    "item",
                    id,
                    "PUT it first"));
  }

  private Object put(Request request) {
    String id = request.path("item");
    shop.requireModel(); // without which the item could not be shown
    shop.put(id, content(request.body(CONTENT), false), request.ifMatch(), Api.now());
    return shown(request, id);
  }

  private static StoredItem content(JsonObject item, boolean nulls) {
    return new StoredItem(
        item.text("title", 0, LONGEST_TEXT),
        item.text("brand", 0, LONGEST_TEXT),
        item.texts("categories", MOST_CATEGORIES, LONGEST_TEXT),
        item.text("image", 0, LONGEST_TEXT),
        null,
        item.bool("available"),
        item.bool("hidden"),
        item.time("expiresAt"),
        properties(Map.of(), named(item, item.properties("properties", nulls))),
        null);
  }

  /** {@return the properties, none of which stands for a column that every item has} */
  private static @Nullable Map<String, @Nullable Object> named(
      JsonObject item, @Nullable Map<String, @Nullable Object> properties) {
    if (properties != null) {
      for (String name : properties.keySet()) {
        if (StoredItem.COLUMNS.contains(name)) {
          throw Problem.invalid(
                  item.place("properties"),
                  name,
                  "is a column that every item has",
                  "choose another name; title, brand and categories stand beside properties")
              .exception();
        }
      }
    }
    return properties;
  }

  private static @Nullable Map<String, Object> properties(
      Map<String, Object> before, @Nullable Map<String, @Nullable Object> changes) {
    if (changes == null) {
      return before.isEmpty() ? null : before;
    }
    Map<String, Object> now = new LinkedHashMap<>(before);
    changes.forEach(
        (name, value) -> {
          if (value == null) {
            now.remove(name);
          } else {
            now.put(name, value);
          }
        });
    PropertyValues.requireFew("properties", now.size());
    return now;
  }

  private Object putAll(Request request) {
    String[] known = new String[CONTENT.length + 1];
    System.arraycopy(CONTENT, 0, known, 0, CONTENT.length);
    known[CONTENT.length] = "item";
    Bulk<Map.Entry<String, StoredItem>> items =
        Bulk.read(
            request.bulk(),
            request.contentType(),
            item -> Map.entry(item.requiredId("item"), content(item, false)),
            known);
    Map<String, StoredItem> byId = new LinkedHashMap<>(); // the last one of an id holds
    items.values().forEach(item -> byId.put(item.getKey(), item.getValue()));
    if (!byId.isEmpty()) {
      shop.putAll(byId, Api.now());
    }
    request.note("accepted", items.values().size());
    return Map.of("accepted", items.values().size(), "rejected", items.rejected());
  }

  private Object patch(Request request) {
    String id = request.path("item");
    JsonObject change = request.body(CONTENT).patch();
    known(id);
    Long expected = request.ifMatch();
    for (int attempt = 1; ; attempt++) {
      LiveShop.Said said = shop.said(id);
      try {
        shop.put(
            id,
            changed(said.item(), change),
            expected == null ? Long.valueOf(said.version()) : expected,
            Api.now());
        return shown(request, id);
      } catch (Refusal e) { // somebody else was quicker
        if (e.kind() != Refusal.Kind.CONFLICT || expected != null || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static StoredItem changed(StoredItem before, JsonObject change) {
    StoredItem now = content(change, true);
    Map<String, Object> old = before.properties() == null ? Map.of() : before.properties();
    return new StoredItem(
        change.has("title") ? now.title() : before.title(),
        change.has("brand") ? now.brand() : before.brand(),
        change.has("categories") ? now.categories() : before.categories(),
        change.has("image") ? now.image() : before.image(),
        null,
        change.has("available") ? now.available() : before.available(),
        change.has("hidden") ? now.hidden() : before.hidden(),
        change.has("expiresAt") ? now.expiresAt() : before.expiresAt(),
        change.isNull("properties") ? null : properties(old, change.properties("properties", true)),
        null);
  }

  private @Nullable Object delete(Request request) {
    String id = request.path("item");
    if (!shop.deleteItem(id, request.ifMatch())) {
      shown(request, id); // says that there is none
      throw new Refusal(
          Refusal.Kind.CONFLICT,
          "item '" + id + "' is the model's, and nothing was put",
          "item",
          id,
          "hide it: PATCH {\"hidden\": true}");
    }
    request.context().status(204);
    return null;
  }

  private @Nullable Object image(Request request) {
    String id = request.path("item");
    byte[] picture = shop.picture(id).orElseThrow(() -> noPicture(id));
    request
        .context()
        .contentType(mediaType(picture))
        .header("Cache-Control", "private, max-age=3600")
        .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        .result(picture);
    return null;
  }

  private static Refusal noPicture(String id) {
    return new Refusal(
        Refusal.Kind.NOT_FOUND, "item '" + id + "' has no picture here", "item", id, null);
  }

  private Object putImage(Request request) {
    String id = request.path("item");
    known(id);
    byte[] picture = request.picture();
    shop.putPicture(id, picture, Api.now());
    return shown(request, id);
  }

  private @Nullable Object deleteImage(Request request) {
    String id = request.path("item");
    known(id);
    if (shop.said(id).item().picture() == null) {
      throw noPicture(id);
    }
    shop.putPicture(id, null, Api.now());
    request.context().status(204);
    return null;
  }

  /** By what the bytes are, not by the file's name: nothing that a browser would run. */
  private static String mediaType(byte[] bytes) {
    return PictureFormat.of(bytes)
        .map(format -> "image/" + format.title().toLowerCase(Locale.ROOT))
        .filter(type -> type.matches("image/(jpeg|png|gif|webp|bmp|avif)"))
        .orElse("application/octet-stream");
  }

  private Object columns(Request request) {
    List<Map<String, Object>> columns = new ArrayList<>();
    for (Columns.Summary column : shop.columns(Api.now()).summaries()) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("name", column.name());
      body.put("type", column.type().label());
      body.put("items", column.items());
      body.put(
          "examples",
          column.examples().stream()
              .map(e -> e instanceof Instant time ? Times.text(time.getEpochSecond()) : e)
              .toList());
      columns.add(body);
    }
    return Map.of("columns", columns);
  }

  private Object validate(Request request) {
    JsonObject body = request.body("filter", "boost");
    return shop.validate(
        body.text("filter", 1, Checks.LONGEST_EXPRESSION),
        body.text("boost", 1, Checks.LONGEST_EXPRESSION),
        Api.now());
  }
}
