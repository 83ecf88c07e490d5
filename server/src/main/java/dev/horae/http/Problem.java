package dev.horae.http;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed, as RFC 9457 wants it told.
 *
 * @param detail what is wrong with this request, in a sentence
 * @param field the field or parameter at fault, such as {@code history[2].time}; null where no
 *     single one is
 * @param value what it held; null as {@code field}, and where it held nothing
 * @param repair what to do; null where there is nothing
 * @param position where in an expression or a body, from 0; null elsewhere
 * @param suggestion the name that may have been meant; null where none is near
 * @param retryAfter seconds to wait, sent as a header; null where waiting does not help
 */
public record Problem(
    Kind kind,
    String detail,
    @Nullable String field,
    @Nullable String value,
    @Nullable String repair,
    @Nullable Integer position,
    @Nullable String suggestion,
    @Nullable Integer retryAfter) {

  public static final String MEDIA_TYPE = "application/problem+json";

  private static final int LONGEST_VALUE = 200;

  /** The kinds of problems, each with its status. */
  public enum Kind {
    INVALID_REQUEST(400, "Invalid request"),
    UNAUTHORIZED(401, "No valid key"),
    FORBIDDEN(403, "Not allowed"),
    NOT_FOUND(404, "Not found"),
    METHOD_NOT_ALLOWED(405, "Method not allowed"),
    CONFLICT(409, "Conflict"),
    TOO_LARGE(413, "Too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
    INVALID_FILTER(422, "Invalid filter"),
    TOO_MANY_REQUESTS(429, "Too many requests"),
    INTERNAL(500, "Internal error"),
    NOT_READY(503, "Not ready"),
    OVERLOADED(503, "Overloaded"),
    STORAGE_FULL(503, "Storage full");

    private final int status;
    private final String title;

    Kind(int status, String title) {
      this.status = status;
      this.title = title;
    }

    public int status() {
      return status;
    }

    public String title() {
      return title;
    }

    /** {@return the word in the problem's type, such as {@code invalid-request}} */
    public String slug() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public Problem {
    value = value == null ? null : shortened(value);
  }

  /** A problem with no field. */
  public static Problem of(Kind kind, String detail, @Nullable String repair) {
    return new Problem(kind, detail, null, null, repair, null, null, null);
  }

  /** A problem that passes. */
  public static Problem passing(Kind kind, String detail, int retryAfter) {
    return new Problem(
        kind,
        detail,
        null,
        null,
        "ask again after " + retryAfter + (retryAfter == 1 ? " second" : " seconds"),
        null,
        null,
        retryAfter);
  }

  /** A field that holds what it may not hold; {@code is} is what is wrong with it. */
  public static Problem invalid(String field, String value, String is, String repair) {
    return new Problem(
        Kind.INVALID_REQUEST,
        field + " = " + shortened(value) + " " + is,
        field,
        value,
        repair,
        null,
        null,
        null);
  }

  /** A field that is not there. */
  public static Problem missing(String field, String repair) {
    return new Problem(
        Kind.INVALID_REQUEST, field + " is missing", field, null, repair, null, null, null);
  }

  public ProblemException exception() {
    return new ProblemException(this);
  }

  /** {@return the members of the answer, in order; those that are null are left out} */
  public Map<String, Object> body() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "/problems/" + kind.slug());
    body.put("title", kind.title());
    body.put("status", kind.status());
    body.put("detail", detail);
    put(body, "field", field);
    put(body, "value", value);
    put(body, "repair", repair);
    put(body, "position", position);
    put(body, "suggestion", suggestion);
    return body;
  }

  private static void put(Map<String, Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  /** The first characters; a pair of surrogates is not cut. */
  private static String shortened(String value) {
    if (value.length() <= LONGEST_VALUE) {
      return value;
    }
    int end =
        Character.isHighSurrogate(value.charAt(LONGEST_VALUE - 1))
            ? LONGEST_VALUE - 1
            : LONGEST_VALUE;
    return value.substring(0, end) + "…";
  }
}
