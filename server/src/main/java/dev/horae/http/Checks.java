package dev.horae.http;

import dev.horae.config.Names;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What values may be, in bodies and in queries alike. */
final class Checks {

  static final int LONGEST_ID = 256;

  /** Characters of a filter or boost. */
  static final int LONGEST_EXPRESSION = 4096;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private Checks() {}

  /** An id of the shop: 1 to 256 characters, none of them a control character. */
  static String id(String field, String value) {
    text(field, value, 1, LONGEST_ID);
    if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw Problem.invalid(
              field, printable(value), "has a control character", "take it out of the id")
          .exception();
    }
    return value;
  }

  /** A name of something of the server. */
  static String name(String field, String value) {
    if (!NAME.matcher(value).matches()) {
      throw Problem.invalid(
              field,
              printable(value),
              "is not a name",
              "use 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or a"
                  + " digit")
          .exception();
    }
    return value;
  }

  /** A text of so many characters that can be stored: no NUL, no half of a pair of surrogates. */
  static String text(String field, String value, int shortest, int longest) {
    int length = value.codePointCount(0, value.length());
    if (length < shortest) {
      throw Problem.invalid(field, "\"\"", "is empty", "give a text, or leave it out").exception();
    }
    if (length > longest) {
      throw Problem.invalid(
              field, printable(value), "has " + length + " characters", "use at most " + longest)
          .exception();
    }
    if (value.codePoints().anyMatch(c -> c == 0 || c >= 0xd800 && c <= 0xdfff)) {
      throw Problem.invalid(
              field,
              printable(value),
              "has a character that is none",
              "take U+0000 and half pairs" + " of surrogates out")
          .exception();
    }
    return value;
  }

  static <E extends Enum<E>> E choice(String field, String value, Class<E> type) {
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equals(value)) {
        return constant;
      }
    }
    List<String> words = List.of(type.getEnumConstants()).stream().map(Checks::word).toList();
    throw suggesting(
            Problem.invalid(
                field, printable(value), "is not known", "use one of " + String.join(", ", words)),
            value,
            words)
        .exception();
  }

  static void range(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw notInteger(field, Long.toString(value), least, most);
    }
  }

  static ProblemException notInteger(String field, String value, long least, long most) {
    return Problem.invalid(
            field,
            value,
            "is not a whole number from " + least + " to " + most,
            "give a whole number from " + least + " to " + most)
        .exception();
  }

  /** Refuses a name that is none of the known ones. */
  static ProblemException unknown(
      String what, String field, String name, Collection<String> known) {
    Problem problem =
        new Problem(
            Problem.Kind.INVALID_REQUEST,
            what + " " + printable(field) + " is not known" + Names.didYouMean(name, known),
            printable(field),
            null,
            known.isEmpty() ? "leave it out" : "known are " + String.join(", ", known),
            null,
            null,
            null);
    return suggesting(problem, name, known).exception();
  }

  private static Problem suggesting(Problem problem, String name, Collection<String> known) {
    Optional<String> near =
        name.length() <= LONGEST_ID ? Names.nearest(name, known) : Optional.empty();
    return new Problem(
        problem.kind(),
        problem.detail(),
        problem.field(),
        problem.value(),
        problem.repair(),
        null,
        near.orElse(null),
        null);
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What cannot be shown is shown as a question mark. */
  static String printable(String value) {
    StringBuilder text = new StringBuilder(Math.min(value.length(), 300));
    value
        .codePoints()
        .limit(300)
        .map(c -> Character.isISOControl(c) || c >= 0xd800 && c <= 0xdfff ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
