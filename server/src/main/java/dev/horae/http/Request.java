package dev.horae.http;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request and what is written into the log of it. */
final class Request {

  private static final int BODY_SECONDS = 20;
  private static final int MANY_TIMES = 10; // of what other bodies may have
  private static final int TIMES_READ = 20; // of the most that a body may have

  private final Context context;
  private final Api api;
  private final Map<String, Object> noted = new LinkedHashMap<>();
  private Query query = new Query(Map.of());
  private @Nullable Problem problem;
  private int status;

  Request(Context context, Api api) {
    this.context = context;
    this.api = api;
  }

  Context context() {
    return context;
  }

  /** {@return a part of the path, decoded} */
  String path(String name) {
    return Checks.id(name, context.pathParam(name));
  }

  /** Reads the query, whose names must be among these. */
  void readQuery(String... known) {
    query = new Query(context.queryParamMap(), known);
  }

  /** {@return the query, of the names that the route has} */
  Query query() {
    return query;
  }

  /** {@return the body, an object of these names} */
  JsonObject body(String... known) {
    return body(1, known);
  }

  /** {@return the same of a body that may hold a picture, and so many times as large} */
  JsonObject bodyWithPicture(String... known) {
    return body(MANY_TIMES, known);
  }

  private JsonObject body(int times, String... known) {
    String type = contentType();
    if (!type.isEmpty() && !type.equals("application/json")) {
      throw Problem.of(
              Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
              "the body is " + Checks.printable(type),
              "send application/json")
          .exception();
    }
    return JsonObject.parse(bytes(times), known);
  }

  /** {@return the body, many times as large as others may be where it is lines} */
  byte[] bulk() {
    String type = contentType();
    if (!type.isEmpty()
        && !type.equals("application/json")
        && !type.equals("application/x-ndjson")) {
      throw Problem.of(
              Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
              "the body is " + Checks.printable(type),
              "send application/json or application/x-ndjson")
          .exception();
    }
    return bytes(MANY_TIMES);
  }

  /** {@return the body, the content of a picture file} */
  byte[] picture() {
    String type = contentType();
    if (!type.isEmpty() && !type.startsWith("image/") && !type.equals("application/octet-stream")) {
      throw Problem.of(
              Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
              "the body is " + Checks.printable(type),
              "send the picture's bytes, as image/jpeg, image/png or the like")
          .exception();
    }
    byte[] picture = bytes(MANY_TIMES);
    if (picture.length == 0) {
      throw Problem.of(
              Problem.Kind.INVALID_REQUEST, "the body is empty", "send the picture's bytes")
          .exception();
    }
    return picture;
  }

  /** {@return without parameters, in small letters; empty when there is none} */
  String contentType() {
    String type = context.contentType();
    return type == null ? "" : type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Whoever sends more, or slowly, holds no memory and no thread for long. What is too much is read
   * and thrown away, up to a point: who is still sending when the connection ends sees no answer.
   */
  private byte[] bytes(int times) {
    long most = (long) times * api.config().mostBytes();
    long announced = context.req().getContentLengthLong();
    boolean tooLarge = announced > most;
    if (announced > TIMES_READ * most) {
      throw api.tooLarge(most).exception();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] part = new byte[8192];
    long all = 0;
    long start = System.nanoTime();
    try {
      InputStream in = context.req().getInputStream();
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        all += read;
        tooLarge |= all > most;
        if (!tooLarge) {
          body.write(part, 0, read);
        } else if (all > TIMES_READ * most) {
          break;
        }
        if (System.nanoTime() - start > BODY_SECONDS * 1_000_000_000L) {
          throw slow();
        }
      }
    } catch (IOException e) { // the connection was idle for too long, or is gone
      throw slow();
    }
    if (tooLarge) {
      throw api.tooLarge(most).exception();
    }
    return body.toByteArray();
  }

  private static ProblemException slow() {
    return Problem.of(
            Problem.Kind.INVALID_REQUEST,
            "the body was not there within " + BODY_SECONDS + " s",
            "send it faster, or less at once")
        .exception();
  }

  /** {@return the version that If-Match names; null where the header is absent} */
  @Nullable Long ifMatch() {
    String header = context.header("If-Match");
    if (header == null || header.equals("*")) {
      return null;
    }
    String version = header.replaceFirst("^W/", "").replace("\"", "");
    if (!version.matches("[0-9]{1,18}")) {
      throw Problem.invalid(
              "If-Match", Checks.printable(header), "is no version", "send what ETag said")
          .exception();
    }
    return Long.parseLong(version);
  }

  /** Sends a version along. */
  void etag(long version) {
    context.header("ETag", "\"" + version + "\"");
  }

  /** {@return whose key it was} */
  Keys.Key key() {
    return Objects.requireNonNull(context.attribute("key"));
  }

  /** Tells that it, or a part of it, failed; the worst of several is kept. */
  void failed(Problem now) {
    if (problem == null || now.kind().status() > problem.kind().status()) {
      problem = now;
    }
  }

  /** {@return why it, or a part of it, failed; null where all went well} */
  @Nullable Problem problem() {
    return problem;
  }

  /**
   * Tells how it ended.
   *
   * @param end the status that was sent, or should have been where the connection was broken
   */
  void ended(int end) {
    status = end;
  }

  /** {@return how it ended} */
  int status() {
    return status;
  }

  /** Has something written into the log. */
  void note(String name, Object value) {
    noted.put(name, value);
  }

  /** Has a user's id written into the log, where that is wanted. */
  void noteUser(String user) {
    if (api.config().logUsers()) {
      noted.put("user", user);
    }
  }

  Map<String, Object> noted() {
    return noted;
  }
}
