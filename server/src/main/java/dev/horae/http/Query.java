package dev.horae.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a query, read as strictly as a body: names that nobody knows are refused. */
public final class Query {

  private static final int MOST_FIELDS = 50;
  private static final int LONGEST_FIELD = 64;

  private final Map<String, List<String>> parameters;

  /**
   * @param parameters decoded
   * @param known the names that there may be
   */
  public Query(Map<String, List<String>> parameters, String... known) {
    this.parameters = parameters;
    List<String> names = Arrays.asList(known);
    parameters.forEach(
        (name, values) -> {
          if (!names.contains(name)) {
            throw Checks.unknown("the parameter", name, name, names);
          }
          if (values.size() > 1) {
            throw Problem.invalid(
                    name, values.size() + " values", "is there more than once", "give it once")
                .exception();
          }
        });
  }

  /** {@return a text; null where it is absent} */
  public @Nullable String text(String name, int shortest, int longest) {
    String value = get(name);
    return value == null ? null : Checks.text(name, value, shortest, longest);
  }

  /** {@return an id of the shop; null where it is absent} */
  public @Nullable String id(String name) {
    String value = get(name);
    return value == null ? null : Checks.id(name, value);
  }

  /** {@return a name of something of the server; null where it is absent} */
  public @Nullable String name(String name) {
    String value = get(name);
    return value == null ? null : Checks.name(name, value);
  }

  /** {@return a whole number, or {@code otherwise} where it is absent} */
  public long integer(String name, long least, long most, long otherwise) {
    String value = get(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("-?[0-9]{1,18}")) {
      throw Checks.notInteger(name, Checks.printable(value), least, most);
    }
    long number = Long.parseLong(value);
    Checks.range(name, number, least, most);
    return number;
  }

  /** {@return seconds since 1970-01-01 UTC; null where it is absent} */
  public @Nullable Long time(String name) {
    String value = get(name);
    return value == null ? null : Times.parse(name, value);
  }

  /** {@return a constant, written in small letters with hyphens; null where it is absent} */
  public <E extends Enum<E>> @Nullable E choice(String name, Class<E> type) {
    String value = get(name);
    return value == null ? null : Checks.choice(name, value, type);
  }

  /** {@return names with commas between; none where they are absent} */
  public List<String> fields(String name) {
    String value = get(name);
    if (value == null) {
      return List.of();
    }
    List<String> fields = new ArrayList<>();
    for (String field : value.split(",", -1)) {
      fields.add(Checks.text(name, field, 1, LONGEST_FIELD));
    }
    if (fields.size() > MOST_FIELDS) {
      throw Problem.invalid(
              name,
              Checks.printable(value),
              "names " + fields.size(),
              "name at most " + MOST_FIELDS)
          .exception();
    }
    return List.copyOf(fields);
  }

  private @Nullable String get(String name) {
    List<String> values = parameters.get(name);
    return values == null || values.isEmpty() ? null : values.get(0);
  }
}
