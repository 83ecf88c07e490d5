package dev.horae.config;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * Reads YAML into records: {@code learning_rate} fills component {@code learningRate}, {@code type}
 * picks among the records that a sealed interface permits. Reports every problem, not the first.
 */
public final class ConfigReader {

  private final Path file;
  private final List<String> problems = new ArrayList<>();

  private ConfigReader(Path file) {
    this.file = file;
  }

  public static <R extends Record> R read(Path file, Class<R> type) throws IOException {
    ConfigReader config = new ConfigReader(file);
    try (Reader text = Files.newBufferedReader(file)) {
      Node root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(text);
      Object value = config.read(root, type, "");
      if (!config.problems.isEmpty()) {
        throw new ConfigException(config.problems);
      }
      return type.cast(value);
    }
  }

  /** Returns null after recording a problem. */
  private Object read(Node node, Class<?> type, String key) {
    if (type.isSealed()) {
      return readOneOf(node, type, key);
    }
    if (type.isRecord()) {
      return readRecord(node, type, key);
    }
    if (!(node instanceof ScalarNode scalar)) {
      return problem(node, key, "is not a single value", "write one value after '" + key + ":'");
    }
    return readScalar(scalar, type, key);
  }

  private Object readRecord(Node node, Class<?> type, String key) {
    Map<String, Node> given = children(node, key);
    RecordComponent[] parts = type.getRecordComponents();
    Object[] values = new Object[parts.length];
    int before = problems.size();
    for (int i = 0; i < parts.length; i++) {
      String name = snake(parts[i].getName());
      Node child = given.remove(name);
      Default absent = parts[i].getAnnotation(Default.class);
      if (child != null) {
        values[i] = read(child, parts[i].getType(), join(key, name));
      } else if (absent != null) {
        values[i] = parse(absent.value(), parts[i].getType());
      } else {
        problem(
            node,
            join(key, name),
            "is missing",
            "add '" + name + ": <" + describe(parts[i].getType()) + ">'");
      }
    }
    List<String> known = Arrays.stream(parts).map(part -> snake(part.getName())).toList();
    given.remove("type");
    given.forEach(
        (name, child) ->
            problem(child, join(key, name), "is not a known key", nearest(name, known)));
    return problems.size() > before ? null : construct(node, type, parts, values, key);
  }

  private Object construct(
      Node node, Class<?> type, RecordComponent[] parts, Object[] values, String key) {
    try {
      Class<?>[] types =
          Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof InvalidValue bad) {
        Node at = children(node, key).getOrDefault(snake(bad.key()), node);
        return problem(
            at, join(key, snake(bad.key())) + " = " + bad.value(), bad.problem(), bad.fix());
      }
      throw new IllegalStateException(
          type + " failed for a reason other than its values", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be built by reflection", e);
    }
  }

  private Object readOneOf(Node node, Class<?> type, String key) {
    Map<String, Class<?>> choices =
        Arrays.stream(type.getPermittedSubclasses())
            .collect(Collectors.toMap(ConfigReader::nameOf, choice -> choice));
    Node name = children(node, key).get("type");
    String chosen = name instanceof ScalarNode scalar ? scalar.getValue() : null;
    if (!choices.containsKey(chosen)) {
      return problem(
          name == null ? node : name,
          join(key, "type") + " = " + chosen,
          "names nothing here",
          "use one of " + choices.keySet().stream().sorted().toList());
    }
    return read(node, choices.get(chosen), key);
  }

  private Object readScalar(ScalarNode node, Class<?> type, String key) {
    try {
      return parse(node.getValue(), type);
    } catch (IllegalArgumentException e) {
      return problem(
          node,
          key + " = " + node.getValue(),
          "is not " + describe(type),
          "write " + example(type));
    }
  }

  private static Object parse(String text, Class<?> type) {
    if (type == int.class) {
      return Integer.valueOf(text);
    } else if (type == long.class) {
      return Long.valueOf(text);
    } else if (type == double.class) {
      return Double.valueOf(text);
    } else if (type == boolean.class && text.matches("true|false")) {
      return Boolean.valueOf(text);
    } else if (type == Path.class) {
      return Path.of(text);
    } else if (type == String.class) {
      return text;
    }
    throw new IllegalArgumentException(text);
  }

  private Map<String, Node> children(Node node, String key) {
    Map<String, Node> children = new LinkedHashMap<>();
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        children.put(((ScalarNode) tuple.getKeyNode()).getValue(), tuple.getValueNode());
      }
    } else {
      problem(node, key, "is not a group of keys", "indent the keys under '" + key + ":'");
    }
    return children;
  }

  private Object problem(Node at, String what, String problem, String fix) {
    int line = at == null ? 1 : at.getStartMark().getLine() + 1;
    problems.add(file + ":" + line + ": " + what + " " + problem + "; " + fix);
    return null;
  }

  private static String nearest(String name, List<String> known) {
    String best =
        known.stream().min(Comparator.comparingInt(other -> distance(name, other))).orElseThrow();
    return distance(name, best) <= 2 ? "did you mean '" + best + "'?" : "known keys are " + known;
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

  private static String nameOf(Class<?> choice) {
    return choice.getEnclosingClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  private static String join(String key, String name) {
    return key.isEmpty() ? name : key + "." + name;
  }

  private static String snake(String camel) {
    return camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static String describe(Class<?> type) {
    return type == int.class || type == long.class
        ? "a whole number"
        : type == double.class
            ? "a number"
            : type == boolean.class ? "true or false" : "a " + type.getSimpleName();
  }

  private static String example(Class<?> type) {
    return type == int.class || type == long.class
        ? "digits only, such as 64"
        : type == double.class ? "a number such as 0.001" : "true or false, unquoted";
  }
}
