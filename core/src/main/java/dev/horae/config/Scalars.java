package dev.horae.config;

import static dev.horae.config.InvalidValue.unless;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Single values: how each type is read, described and written. */
final class Scalars {

  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");

  /** Text that YAML takes as it is, wherever it stands. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_/][A-Za-z0-9_./-]*");

  private Scalars() {}

  /** Throws {@link InvalidValue} with an empty key when {@code text} is not a {@code type}. */
  static Object parse(String text, Class<?> type) {
    if (type.isEnum()) {
      return parseConstant(text, type);
    } else if (type == String.class) {
      return text;
    } else if (type == Path.class) {
      return parsePath(text);
    } else if (type == boolean.class || type == Boolean.class) {
      unless(text.matches("true|false"), "", text, "is not true or false", "write true or false");
      return Boolean.valueOf(text);
    } else if (type == double.class || type == Double.class) {
      return parseNumber(text);
    } else if (type == int.class || type == Integer.class) {
      return (int) parseWhole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
    } else if (type == long.class || type == Long.class) {
      return parseWhole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    }
    throw new IllegalStateException("a configuration record cannot have a component of " + type);
  }

  private static Object parseConstant(String text, Class<?> type) {
    List<String> names = Names.constants(type);
    unless(names.contains(text), "", text, "is not one of its choices", useOneOf(text, names));
    return type.getEnumConstants()[names.indexOf(text)];
  }

  /** Whether the text was meant as one of the known names, and what they are. */
  static String useOneOf(String text, List<String> names) {
    return "use one of " + String.join(", ", names) + Names.didYouMean(text, names);
  }

  private static Path parsePath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InvalidValue("", text, "is not a path", "write the path of a file or directory");
    }
  }

  private static double parseNumber(String text) {
    boolean number = NUMBER.matcher(text).matches();
    unless(
        number && Double.isFinite(Double.parseDouble(text)),
        "",
        text,
        number ? "is too large for a number" : "is not a finite number",
        "write a number such as 0.001");
    return Double.parseDouble(text);
  }

  private static long parseWhole(String text, long least, long most) {
    unless(
        WHOLE.matcher(text).matches(),
        "",
        text,
        "is not a whole number",
        "write digits only, such as 64");
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // All digits, so it can only be too large: said below.
    }
    throw new InvalidValue(
        "", text, "is out of range", "write a whole number from " + least + " to " + most);
  }

  static String describe(Class<?> type) {
    if (type == String.class) {
      return "text";
    } else if (type == Path.class) {
      return "path";
    } else if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    } else if (type == double.class || type == Double.class) {
      return "number";
    } else if (type.isEnum()) {
      return String.join("|", Names.constants(type));
    } else {
      return "whole number";
    }
  }

  /** The YAML of a value, such that {@link #parse} gives the value back. */
  static String yaml(Object value) {
    if (value instanceof Enum<?> constant) {
      return Names.constant(constant);
    } else if (value instanceof Double number) {
      return yaml(number.doubleValue());
    } else if (value instanceof String || value instanceof Path) {
      return quoteIfNeeded(value.toString());
    } else {
      return String.valueOf(value);
    }
  }

  /** A value in a message: as YAML, but never quoted. */
  static String display(Object value) {
    return value instanceof String || value instanceof Path ? value.toString() : yaml(value);
  }

  private static String yaml(double value) {
    double size = Math.abs(value);
    boolean plain = size >= 1e-4 && size < 1e9;
    return plain
        ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
        : value == 0 && 1 / value > 0 ? "0" : Double.toString(value).replace(".0E", "e");
  }

  private static String quoteIfNeeded(String text) {
    if (PLAIN.matcher(text).matches() && !text.equalsIgnoreCase("null")) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if ((c >= ' ' && c <= '~') || Character.isLetter(c)) {
        quoted.append(c);
      } else {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }
}
