package dev.horae.service;

import org.jspecify.annotations.Nullable;

/** A request that is not answered: what is wrong with which of its fields, and what would help. */
public final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What kind of answer the caller gets instead. */
  public enum Kind {
    INVALID,
    NOT_FOUND,
    CONFLICT,
    /** As many requests are waiting as may; come again in a moment. */
    OVERLOADED,
    /** No model is loaded yet. */
    NOT_READY
  }

  private final Kind kind;
  private final @Nullable String field;
  private final @Nullable String value;
  private final @Nullable String repair;

  public Refusal(
      Kind kind,
      String message,
      @Nullable String field,
      @Nullable String value,
      @Nullable String repair) {
    super(message);
    this.kind = kind;
    this.field = field;
    this.value = value;
    this.repair = repair;
  }

  static Refusal invalid(String field, Object value, String problem, String repair) {
    return new Refusal(
        Kind.INVALID, field + " = " + value + " " + problem, field, String.valueOf(value), repair);
  }

  static Refusal notFound(String what, String name, String repair) {
    return new Refusal(
        Kind.NOT_FOUND, "there is no " + what + " '" + name + "'", what, name, repair);
  }

  /** Somebody was quicker: another version is there than the one that was to be changed. */
  static Refusal changed(String what, String name, long there, long expected) {
    return new Refusal(
        Kind.CONFLICT,
        what
            + " '"
            + name
            + (expected == 0
                ? "' is there already, with version " + there
                : "' has version " + there + ", not " + expected),
        "If-Match",
        String.valueOf(expected),
        expected == 0
            ? "choose another name, or read the " + what + " and change it"
            : "read the " + what + " again and repeat the change");
  }

  static Refusal overloaded(String message) {
    return new Refusal(Kind.OVERLOADED, message, null, null, "come again in a second");
  }

  public Kind kind() {
    return kind;
  }

  /** {@return the field of the request; null where no single one is at fault} */
  public @Nullable String field() {
    return field;
  }

  /** {@return what it held; null as {@link #field}} */
  public @Nullable String value() {
    return value;
  }

  /** {@return what to do; null where there is nothing} */
  public @Nullable String repair() {
    return repair;
  }
}
