package dev.horae.filter;

import dev.cel.common.CelIssue;
import dev.cel.common.CelValidationException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says in a shop's words what the parser and the type checker found. */
final class Refusals {

  private static final Pattern UNDECLARED = Pattern.compile("undeclared reference to '([^']*)'.*");
  private static final Pattern NO_OVERLOAD =
      Pattern.compile("found no matching overload for '(.*?)' applied to '(.*?)' \\(candidates.*");
  private static final Pattern NO_FIELD =
      Pattern.compile("type '.*' does not support field selection");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_]+|\"[^\"]*\"?|'[^']*'?|\\S");

  /** What other languages write, and what to write here. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("and", "&&"),
          Map.entry("or", "||"),
          Map.entry("not", "!"),
          Map.entry("=", "=="),
          Map.entry("&", "&&"),
          Map.entry("|", "||"),
          Map.entry("True", "true"),
          Map.entry("False", "false"),
          Map.entry("TRUE", "true"),
          Map.entry("FALSE", "false"),
          Map.entry("like", "matches"),
          Map.entry("between", ">= … <="));

  private static final List<String> FUNCTIONS =
      Stream.concat(
              Stream.of(
                  "has",
                  "age",
                  "size",
                  "contains",
                  "startsWith",
                  "endsWith",
                  "matches",
                  "exists",
                  "all",
                  "exists_one",
                  "timestamp",
                  "duration",
                  "double",
                  "int",
                  "string"),
              NumberLiterals.PARTS_OF_TIMES.stream())
          .toList();

  private final String expression;
  private final Columns columns;

  Refusals(String expression, Columns columns) {
    this.expression = expression;
    this.columns = columns;
  }

  /** {@return the first problem, as an exception to throw} */
  FilterException refusal(CelValidationException found) {
    CelIssue issue =
        found.getErrors().stream()
            .min(Comparator.comparingInt(each -> offset(found, each)))
            .orElse(null);
    if (issue == null) {
      return new FilterException(expression, 0, "the expression cannot be read", null);
    }
    int position = Parts.chars(expression, offset(found, issue));
    return refusal(position, issue.getMessage(), issue.getExprId() == 0);
  }

  private static int offset(CelValidationException found, CelIssue issue) {
    return found.getSource().getLocationOffset(issue.getSourceLocation()).orElse(0);
  }

  private FilterException refusal(int position, String message, boolean syntax) {
    Matcher undeclared = UNDECLARED.matcher(message);
    Matcher overload = NO_OVERLOAD.matcher(message);
    if (undeclared.matches()) {
      return undeclared(position, undeclared.group(1));
    } else if (overload.matches()) {
      return at(position, types(overload.group(1), overload.group(2)));
    } else if (NO_FIELD.matcher(message).matches()) {
      return at(position, "a column has no fields");
    } else if (message.contains("recursion limit")) {
      return at(position, "the expression is nested too deeply");
    } else if (message.contains("node count") || message.contains("node limit")) {
      return at(
          position,
          "the expression has too many parts; at most " + Language.MOST_PARTS + " are allowed");
    } else if (message.startsWith("has(")) {
      return at(position, message);
    }
    return syntax ? syntax(position, message) : at(position, message);
  }

  private FilterException at(int position, String problem) {
    return new FilterException(expression, position, problem, null);
  }

  private FilterException undeclared(int position, String name) {
    if (name.startsWith(Language.HAS)) {
      String column = name.substring(Language.HAS.length());
      return new FilterException(
          expression,
          position,
          "has(...) asks for the unknown column '" + column + "'",
          nearest(column, columns.names()));
    }
    boolean function =
        position < expression.length() && expression.charAt(position) == '('
            || expression.startsWith(name + "(", position);
    if (function) {
      int start = expression.lastIndexOf(name, position);
      if (FUNCTIONS.contains(name)) {
        return at(Math.max(start, 0), "'" + name + "' does not take these values");
      }
      return new FilterException(
          expression,
          start < 0 ? position : start,
          "no function '" + name + "'",
          nearest(name, FUNCTIONS));
    }
    String known = ELSEWHERE.get(name);
    String near = known == null ? nearest(name, columns.names()) : known;
    String all =
        columns.names().isEmpty()
            ? "there are no columns"
            : "there are "
                + columns.names().stream().limit(20).collect(Collectors.joining(", "))
                + (columns.names().size() > 20 ? ", …" : "");
    return new FilterException(
        expression, position, "no column '" + name + "'" + (near == null ? "; " + all : ""), near);
  }

  private FilterException syntax(int position, String message) {
    if (position >= expression.strip().length()) {
      return at(
          position,
          expression.isBlank() ? "the expression is empty" : "the expression ends too early");
    }
    if (message.startsWith("reserved identifier")) {
      return at(position, "'" + word(position) + "' is a reserved word");
    } else if (message.startsWith("For input string")) {
      return at(position, "the number is too large");
    }
    String word = word(position);
    if (word.startsWith("\"") || word.startsWith("'")) {
      boolean open = word.length() == 1 || word.charAt(word.length() - 1) != word.charAt(0);
      return at(position, open ? "the text is not closed" : "unexpected text " + word);
    }
    int start = expression.substring(0, position).stripTrailing().lastIndexOf(' ') + 1;
    if (word(start).equals("not")) { // it passed as the name of a column
      return new FilterException(expression, start, "unexpected 'not'", "!");
    }
    return new FilterException(
        expression, position, "unexpected '" + word + "'", ELSEWHERE.get(word));
  }

  /** {@return the word, text or sign that starts at the place} */
  private String word(int position) {
    Matcher word = WORD.matcher(expression);
    return word.find(position) ? word.group() : "";
  }

  private static String types(String function, String applied) {
    boolean method = applied.contains(".(");
    String flat = method ? applied.replace(".(", ", ") : applied.substring(1);
    List<String> types =
        Arrays.stream(flat.substring(0, flat.length() - 1).split(", ?", -1))
            .filter(type -> !type.isEmpty())
            .map(Refusals::words)
            .toList();
    switch (function) {
      case "_&&_", "_||_", "!_" -> {
        return "'"
            + function.replace("_", "")
            + "' takes what is true or false, not "
            + types.stream()
                .filter(type -> !type.equals("true or false"))
                .collect(Collectors.joining(" and "));
      }
      case "_?_:_" -> {
        return types.get(0).equals("true or false")
            ? "both sides of ':' must be of one type, not " + types.get(1) + " and " + types.get(2)
            : "before '?' stands true or false, not " + types.get(0);
      }
      case "@in" -> {
        return "'in' looks for a value in a list, not for " + types.get(0) + " in " + types.get(1);
      }
      default -> {}
    }
    if (!function.contains("_") || function.equals("exists_one")) {
      return "'"
          + function
          + "' does not take "
          + (types.isEmpty() ? "nothing" : String.join(" and ", types));
    }
    String sign = function.equals("_[_]") ? "[...]" : function.replace("_", "");
    String hint =
        sign.matches("[=!]=") && types.contains("list of texts") && types.contains("text")
            ? "; write \"text\" in column"
            : "";
    return "'" + sign + "' does not work for " + String.join(" and ", types) + hint;
  }

  private static String words(String type) {
    return switch (type) {
      case "string" -> "text";
      case "double" -> "number";
      case "int" -> "whole number";
      case "bool" -> "true or false";
      case "list(string)" -> "list of texts";
      case "list(double)", "list(int)" -> "list of numbers";
      case "google.protobuf.Timestamp", "timestamp" -> "time";
      case "google.protobuf.Duration", "duration" -> "duration";
      default -> type;
    };
  }

  /** {@return what differs least from {@code name}; null when all differ much} */
  static @Nullable String nearest(String name, Collection<String> of) {
    String nearest = null;
    int least = Math.max(1, name.length() / 3) + 1;
    for (String candidate : of) {
      int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Levenshtein's distance, in which two neighbours that are swapped count as one change. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    Arrays.setAll(d[0], j -> j);
    for (int i = 1; i <= a.length(); i++) {
      d[i][0] = i;
      for (int j = 1; j <= b.length(); j++) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        d[i][j] =
            Math.min(d[i - 1][j - 1] + (same ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
