package dev.horae.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** How Java names are spelled in YAML, and which known name an unknown one may have meant. */
public final class Names {

  private Names() {}

  /** {@code halfLifeDays} is written {@code half_life_days}. */
  static String key(String camel) {
    return camel.replaceAll("(?<=[a-z0-9])([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** {@code FULL_SOFTMAX} is written {@code full-softmax}. */
  static String constant(Enum<?> constant) {
    return constant.name().replace('_', '-').toLowerCase(Locale.ROOT);
  }

  static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(value -> constant((Enum<?>) value)).toList();
  }

  /** {@code DifSr} is written {@code dif-sr}; a record named Config has the name of its class. */
  public static String choice(Class<?> permitted) {
    String name =
        permitted.getSimpleName().equals("Config")
            ? permitted.getEnclosingClass().getSimpleName()
            : permitted.getSimpleName();
    return name.replaceAll("(?<=[a-z0-9])([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** The records among which {@code type:} picks, by name; those of nested sealed types too. */
  public static NavigableMap<String, Class<?>> choices(Class<?> sealed) {
    NavigableMap<String, Class<?>> choices = new TreeMap<>();
    for (Class<?> permitted : sealed.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        choices.put(choice(permitted), permitted);
      } else {
        choices.putAll(choices(permitted));
      }
    }
    return choices;
  }

  /** The known name at most two typing errors away, case aside, if there is one. */
  public static Optional<String> nearest(String name, Collection<String> known) {
    String lower = name.toLowerCase(Locale.ROOT);
    int bound = Math.min(2, name.length() - 1);
    return known.stream()
        .filter(other -> distance(lower, other.toLowerCase(Locale.ROOT)) <= bound)
        .min(Comparator.comparingInt(other -> distance(lower, other.toLowerCase(Locale.ROOT))));
  }

  /** {@return the end of a message about an unknown name: {@code " (did you mean 'x'?)"}, or ""} */
  public static String didYouMean(String name, Collection<String> known) {
    return nearest(name, known).map(near -> " (did you mean '" + near + "'?)").orElse("");
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
