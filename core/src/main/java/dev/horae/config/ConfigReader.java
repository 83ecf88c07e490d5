package dev.horae.config;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads YAML into records: {@code learning_rate} fills component {@code learningRate}, {@code type}
 * picks among the records that a sealed interface permits, an absent key takes its {@link Default}.
 *
 * <p>A component may be an {@code int}, {@code long}, {@code double}, {@code boolean}, {@link
 * String}, {@link Path}, an enum, a {@link List} of those, a record, whose keys may stand {@link
 * Flat} among the others, or a sealed interface of records. Numbers are finite. Every problem is
 * reported, not the first.
 */
public final class ConfigReader {

  private static final int MOST_NAMED = 3;

  private final Class<?> root;
  private final Problems problems;
  private final Map<Class<?>, Class<?>> chosen = new HashMap<>(); // by sealed type

  private ConfigReader(Class<?> root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /**
   * @param fileOrNull a YAML file; null reads the overrides alone, over the defaults
   * @param overrides {@code key=value} with dotted keys, such as {@code train.epochs=3}
   * @throws ConfigException naming the file, line, key, value and repair of everything wrong
   */
  public static <R extends Record> R read(
      @Nullable Path fileOrNull, List<String> overrides, Class<R> type) {
    Problems problems = new Problems();
    return read(parse(fileOrNull, problems), overrides, type, null, problems);
  }

  /**
   * The same of a file that {@link ConfigWriter} wrote. An older one wrote keys that mean nothing
   * as well, see {@link Conditional}: they are passed over, but not as overrides.
   */
  public static <R extends Record> R readWritten(Path file, List<String> overrides, Class<R> type) {
    Problems problems = new Problems();
    return read(parse(file, problems), overrides, type, file.toString(), problems);
  }

  private static @Nullable Tree parse(@Nullable Path fileOrNull, Problems problems) {
    if (fileOrNull == null) {
      return new Tree.Nothing(Place.SETTINGS);
    }
    Tree root = YamlParser.parseFile(fileOrNull.toString(), textOf(fileOrNull), problems);
    if (root instanceof Tree.Nothing) { // cut off, or never written
      problems.add(
          new Place(fileOrNull.toString(), 1),
          "the file",
          "has no settings",
          "write some, such as those of ``Presets.of(hm4sr)``, or leave the file out");
      problems.throwIfAny();
    }
    return root;
  }

  /** The same of a text that is not a file, such as a preset. */
  public static <R extends Record> R read(
      String sourceName, String yaml, List<String> overrides, Class<R> type) {
    Problems problems = new Problems();
    Tree root = YamlParser.parseFile(sourceName, yaml, problems);
    return read(root, overrides, type, null, problems);
  }

  /**
   * @param written the source whose keys may mean nothing; null for none
   */
  static <R extends Record> R read(
      @Nullable Tree root,
      List<String> overrides,
      Class<R> type,
      @Nullable String written,
      Problems problems) {
    ConfigReader reader = new ConfigReader(type, problems);
    Tree.Group group = root == null ? null : reader.group(root, "");
    if (group == null) {
      throw problems.exception();
    }
    Overrides.apply(overrides, group, problems);
    Object value = reader.readRecord(group, type, "");
    if (value instanceof Conditional conditional) {
      reader.refuseUnread(group, "", conditional, written);
    }
    if (value == null || problems.count() > 0) {
      throw problems.exception();
    }
    return type.cast(value);
  }

  private void refuseUnread(Tree tree, String key, Conditional root, @Nullable String written) {
    if (tree instanceof Tree.Group group) {
      group
          .children()
          .forEach((name, child) -> refuseUnread(child, join(key, name), root, written));
    } else if (!tree.place().source().equals(written)) {
      root.whyUnread(key)
          .ifPresent(
              why -> problem(tree.place(), Problems.subject(tree, key), why, "leave it out"));
    }
  }

  static String textOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      String reason = "cannot be read (" + e + "); check the path and its permissions";
      if (e instanceof NoSuchFileException) {
        reason = "does not exist; check the path";
      } else if (e instanceof CharacterCodingException) {
        reason = "is not UTF-8 text; save it as UTF-8";
      } else if (e instanceof AccessDeniedException) {
        reason = "may not be read; change its permissions";
      } else if (Files.isDirectory(file)) {
        reason = "is a folder; name one of its files";
      }
      throw new ConfigException(file + ": the file " + reason);
    }
  }

  /** Returns null after recording a problem; so do all below. */
  private @Nullable Object read(Tree tree, Type type, String key) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return readList(tree, (Class<?>) list.getActualTypeArguments()[0], key);
    }
    Class<?> plain = (Class<?>) type;
    if (!plain.isRecord() && !isOneOf(plain)) {
      return readScalar(tree, plain, key);
    }
    Tree.Group group = group(tree, key);
    if (group == null) {
      return null;
    }
    return plain.isRecord() ? readRecord(group, plain, key) : readOneOf(group, plain, key);
  }

  /** An enum whose constants have bodies is sealed as well, but a single value. */
  static boolean isOneOf(Class<?> type) {
    return type.isSealed() && !type.isEnum();
  }

  private @Nullable Object readRecord(Tree.Group group, Class<?> type, String key) {
    RecordComponent[] parts = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[parts.length];
    Map<String, Tree> given = new LinkedHashMap<>(group.children());
    int before = problems.count();
    for (int i = 0; i < parts.length; i++) {
      Tree child =
          isFlat(parts[i])
              ? new Tree.Group(group.place(), removed(given, names(parts[i].getType())))
              : given.remove(Names.key(parts[i].getName()));
      values[i] = readComponent(child, parts[i], keyOf(parts[i], key), group.place());
    }
    List<String> known = names(type);
    given.forEach((name, child) -> unknown(child, join(key, name), name, known));
    return problems.count() > before ? null : construct(group, type, values, key);
  }

  static boolean isFlat(RecordComponent part) {
    return part.isAnnotationPresent(Flat.class);
  }

  /** {@return the names of the keys that stand in a group of this type} */
  static List<String> names(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            part ->
                isFlat(part)
                    ? names(part.getType()).stream()
                    : Stream.of(Names.key(part.getName())))
        .toList();
  }

  private static Map<String, Tree> removed(Map<String, Tree> given, List<String> names) {
    Map<String, Tree> removed = new LinkedHashMap<>();
    for (String name : names) {
      if (given.containsKey(name)) {
        removed.put(name, given.remove(name));
      }
    }
    return removed;
  }

  private @Nullable Object readComponent(
      @Nullable Tree child, RecordComponent part, String key, Place parent) {
    Default absent = defaultOf(part);
    boolean nested = part.getType().isRecord() || isOneOf(part.getType());
    if (absent != null && (child == null || nested)) {
      Tree fallback = fallback(absent.value(), part, parent);
      if (fallback == null) {
        return null;
      }
      return read(child == null ? fallback : underlay(fallback, child), part.getGenericType(), key);
    } else if (child != null || nested) {
      Tree tree = child == null ? new Tree.Nothing(parent) : child;
      return read(tree, part.getGenericType(), key);
    }
    String example =
        part.getType() == List.class ? "<[list]>" : "<" + Scalars.describe(part.getType()) + ">";
    return problem(
        parent,
        key,
        "is missing",
        parent.equals(Place.SETTINGS)
            ? "add " + key + "=" + example
            : "add '" + Names.key(part.getName()) + ": " + example + "'");
  }

  /** The default of a component, or else of its type; null if neither has one. */
  static @Nullable Default defaultOf(RecordComponent part) {
    Default own = part.getAnnotation(Default.class);
    return own != null ? own : part.getType().getAnnotation(Default.class);
  }

  private @Nullable Tree fallback(String value, RecordComponent part, Place parent) {
    boolean plain =
        part.getType() != List.class && !part.getType().isRecord() && !isOneOf(part.getType());
    return plain
        ? new Tree.Scalar(parent, value)
        : YamlParser.parseValue(parent, part.getName(), value, problems);
  }

  /** What was given, over the default's keys; of another {@code type} nothing can be inherited. */
  private static Tree underlay(Tree fallback, Tree given) {
    if (given instanceof Tree.Nothing) {
      return fallback;
    }
    if (!(fallback instanceof Tree.Group below) || !(given instanceof Tree.Group above)) {
      return given;
    }
    Tree type = above.children().get("type");
    if (type != null && !textOf(type).equals(textOf(below.children().get("type")))) {
      return given;
    }
    Map<String, Tree> merged = new LinkedHashMap<>(below.children());
    merged.putAll(above.children());
    return new Tree.Group(above.place(), merged);
  }

  private @Nullable Object construct(
      Tree.Group group, Class<?> type, @Nullable Object[] values, String key) {
    List<InvalidValue> refused = new ArrayList<>();
    Optional<Object> made = InvalidValue.collect(() -> construct(type, values), refused);
    for (InvalidValue bad : refused) {
      String name = Names.key(bad.key());
      String subject = join(key, name) + " = " + Problems.shown(Scalars.display(bad.value()));
      problem(placeOf(group, name), subject, bad.problem(), bad.fix());
    }
    return made.orElse(null);
  }

  private static Object construct(Class<?> type, @Nullable Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof InvalidValue bad) {
        throw bad;
      }
      throw new IllegalStateException(
          type + " failed for a reason other than its values", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be built by reflection", e);
    }
  }

  /** The place of a dotted key, or of the group nearest to where it would stand. */
  private static Place placeOf(Tree.Group group, String dotted) {
    Tree at = group;
    for (String name : dotted.split("\\.")) {
      if (at instanceof Tree.Group inner && inner.children().containsKey(name)) {
        at = inner.children().get(name);
      }
    }
    return at.place();
  }

  private @Nullable Object readOneOf(Tree.Group group, Class<?> type, String key) {
    Map<String, Class<?>> choices = Names.choices(type);
    Map<String, Tree> given = new LinkedHashMap<>(group.children());
    Tree name = given.remove("type");
    List<String> names = List.copyOf(choices.keySet());
    if (name == null) {
      return problem(group.place(), join(key, "type"), "is missing", Scalars.useOneOf("", names));
    }
    Class<?> choice = choices.get(textOf(name));
    if (choice == null) {
      return problem(
          name.place(),
          Problems.subject(name, join(key, "type")),
          "is not one of its choices",
          Scalars.useOneOf(textOf(name), names));
    }
    chosen.put(type, choice);
    return readRecord(new Tree.Group(group.place(), given), choice, key);
  }

  private @Nullable Object readList(Tree tree, Class<?> type, String key) {
    if (!(tree instanceof Tree.Sequence sequence)) {
      return problem(
          tree.place(),
          Problems.subject(tree, key),
          "is not a list",
          "write it like [a, b] or [a]");
    }
    List<Object> values = new ArrayList<>();
    for (Tree element : sequence.elements()) {
      Object value = readScalar(element, type, key);
      if (value != null) {
        values.add(value);
      }
    }
    return List.copyOf(values);
  }

  private @Nullable Object readScalar(Tree tree, Class<?> type, String key) {
    if (tree instanceof Tree.Nothing) {
      return problem(
          tree.place(), key, "has no value", "write one, or delete the key to take its default");
    } else if (!(tree instanceof Tree.Scalar scalar)) {
      return problem(tree.place(), key, "is not a single value", "write one value");
    } else {
      try {
        return Scalars.parse(scalar.text(), type);
      } catch (InvalidValue bad) {
        return problem(tree.place(), Problems.subject(tree, key), bad.problem(), bad.fix());
      }
    }
  }

  private Tree.@Nullable Group group(Tree tree, String key) {
    if (tree instanceof Tree.Group group) {
      return group;
    }
    if (tree instanceof Tree.Nothing) {
      return new Tree.Group(tree.place(), new LinkedHashMap<>());
    }
    problem(
        tree.place(),
        key.isEmpty() ? "the file" : Problems.subject(tree, key),
        "is not a group of keys",
        key.isEmpty()
            ? "write 'key: value' lines"
            : tree.place().equals(Place.SETTINGS)
                ? "set its keys one by one, as " + key + ".KEY=VALUE"
                : "indent its keys under '" + key + ":'");
    return null;
  }

  private void unknown(Tree child, String key, String name, List<String> known) {
    String group = key.substring(0, key.length() - name.length());
    List<String> owners = owners(root, "", key).toList();
    String fix =
        Names.nearest(name, known)
            .map(near -> group + near)
            .or(() -> owners.isEmpty() ? elsewhere(name) : Optional.empty())
            .map(near -> "did you mean '" + near + "'?")
            .orElse(
                known.isEmpty()
                    ? "there are no keys here, delete it"
                    : "known keys are " + String.join(", ", known));
    String problem =
        "is not a known key" + (owners.isEmpty() ? "" : " here, but of " + some(owners));
    problem(child.place(), Problems.subject(child, key), problem, fix);
  }

  /** {@return the choices, of whichever sealed type, that have the dotted key} */
  private static Stream<String> owners(Class<?> type, String prefix, String key) {
    if (isOneOf(type)) {
      return Names.choices(type).entrySet().stream()
          .filter(choice -> keys(choice.getValue(), prefix, Map.of()).anyMatch(key::equals))
          .map(Map.Entry::getKey);
    }
    return Arrays.stream(type.getRecordComponents())
        .filter(part -> part.getType().isRecord() || isOneOf(part.getType()))
        .flatMap(part -> owners(part.getType(), keyOf(part, prefix), key));
  }

  /** {@return such as {@code a, b, c and 4 more}} */
  private static String some(List<String> names) {
    return names.size() <= MOST_NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, MOST_NAMED))
            + " and "
            + (names.size() - MOST_NAMED)
            + " more";
  }

  /** {@return the dotted key that has this name in another group, if there is one} */
  private Optional<String> elsewhere(String name) {
    return keys(root, "", chosen)
        .filter(key -> key.equals(name) || key.endsWith("." + name))
        .findFirst();
  }

  /**
   * {@return the dotted keys of all values}
   *
   * @param chosen what was chosen of a sealed type; the keys of all its choices where it lacks it
   */
  private static Stream<String> keys(Class<?> type, String prefix, Map<Class<?>, Class<?>> chosen) {
    if (isOneOf(type)) {
      return chosen.containsKey(type)
          ? keys(chosen.get(type), prefix, chosen)
          : Names.choices(type).values().stream().flatMap(choice -> keys(choice, prefix, chosen));
    }
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            part -> {
              String key = keyOf(part, prefix);
              return part.getType().isRecord() || isOneOf(part.getType())
                  ? keys(part.getType(), key, chosen)
                  : Stream.of(key);
            });
  }

  private @Nullable Object problem(Place place, String subject, String problem, String fix) {
    problems.add(place, subject, problem, fix);
    return null;
  }

  static String textOf(@Nullable Tree tree) {
    return tree instanceof Tree.Scalar scalar ? scalar.text() : "";
  }

  /**
   * {@return the dotted key of a component of the group {@code key}; of a flat one, the group's}
   */
  private static String keyOf(RecordComponent part, String key) {
    return isFlat(part) ? key : join(key, Names.key(part.getName()));
  }

  private static String join(String key, String name) {
    return key.isEmpty() ? name : key + "." + name;
  }
}
