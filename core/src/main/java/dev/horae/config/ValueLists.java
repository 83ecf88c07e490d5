package dev.horae.config;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads values to be tried: YAML in the shape of a configuration, where a key has a list of values
 * or a range in place of a value.
 *
 * <pre>
 * model:
 *   tau: [0.1, 0.2, 0.5]
 * train:
 *   learning_rate: {from: 1e-4, to: 1e-2, steps: 5, log: true}
 * </pre>
 *
 * <p>A range stands for {@code steps} values, 10 where nothing is said, from {@code from} to {@code
 * to}, each as much above the one before, or by as much times where {@code log} is true. Whole
 * numbers are rounded.
 */
public final class ValueLists {

  private static final Set<String> RANGE = Set.of("from", "to", "steps", "log");
  private static final int STEPS = 10;
  private static final MathContext DIGITS = new MathContext(4); // of values between the ends
  private static final String BASE = "base";

  private final Record base;
  private final Map<String, String> decided;
  private final Problems problems = new Problems();
  private final Map<String, List<String>> lists = new LinkedHashMap<>();

  private ValueLists(Record base, Map<String, String> decided) {
    this.base = base;
    this.decided = decided;
  }

  /**
   * {@return the values by dotted key, both in the order written, each spelled as {@link
   * ConfigWriter#values} does}
   *
   * @param base has all keys; each value alone must fit into it
   * @param decided why keys are not to be tried, such as {@code is the budget; leave it out}
   * @throws ConfigException naming the file, line, key, value and repair of everything wrong
   */
  public static Map<String, List<String>> read(
      Path file, Record base, Map<String, String> decided) {
    return read(file.toString(), ConfigReader.textOf(file), base, decided);
  }

  /** The same of a text that is not a file. */
  public static Map<String, List<String>> read(
      String sourceName, String yaml, Record base, Map<String, String> decided) {
    ValueLists reader = new ValueLists(base, decided);
    Tree root = YamlParser.parseFile(sourceName, yaml, reader.problems);
    if (root instanceof Tree.Group group) {
      reader.collect(group, "");
    } else if (root != null) {
      reader.problem(
          root, "the file", "has no keys", "write some, such as 'model: {dropout: [0.2, 0.5]}'");
    }
    reader.problems.throwIfAny();
    return reader.lists;
  }

  private void collect(Tree.Group group, String key) {
    group
        .children()
        .forEach(
            (name, child) -> {
              String full = key.isEmpty() ? name : key + "." + name;
              if (decided.containsKey(full)) {
                problems.add(child.place(), full, decided.getOrDefault(full, ""), "leave it out");
              } else if (child instanceof Tree.Sequence sequence) {
                add(full, sequence.place(), sequence.elements());
              } else if (child instanceof Tree.Group range
                  && range.children().keySet().stream().anyMatch(RANGE::contains)) {
                int before = problems.count();
                List<Tree> values = range(range, full);
                if (problems.count() == before) {
                  add(full, range.place(), values);
                }
              } else if (child instanceof Tree.Group inner) {
                collect(inner, full);
              } else {
                problem(
                    child,
                    Problems.subject(child, full),
                    "is no list of values",
                    "write it like [a, b], or set it beside the file, as key=value");
              }
            });
  }

  private void add(String key, Place place, List<Tree> values) {
    if (values.size() < 2) {
      problems.add(
          place, key, "has fewer than two values", "give more, or set it beside, as key=value");
      return;
    }
    List<Problems> refusals = new ArrayList<>();
    List<String> accepted = new ArrayList<>();
    for (Tree value : values) {
      Problems refused = new Problems();
      String text = settled(key, value, refused);
      if (refused.count() > 0) {
        refusals.add(refused);
      } else if (accepted.contains(text)) {
        problem(value, key + " = " + text, "stands twice", "keep one of the two");
      } else {
        accepted.add(text);
      }
    }
    if (refusals.size() == values.size()) { // then it is the key that is wrong
      problems.addAll(refusals.get(0));
    } else {
      refusals.forEach(problems::addAll);
    }
    if (lists.put(key, accepted) != null) {
      problems.add(place, key, "was given before", "keep one of the two");
    }
  }

  /**
   * {@return a value as the record spells it}
   *
   * @param refused gets what is wrong with the value itself: what is wrong with another because of
   *     it may be right with another value of that
   */
  private String settled(String key, Tree value, Problems refused) {
    Problems all = new Problems();
    try {
      Tree root = YamlParser.parseFile(BASE, ConfigWriter.yaml(base), new Problems());
      if (!(root instanceof Tree.Group group)) {
        throw new IllegalStateException(base + " has no keys");
      }
      Overrides.put(group, key, value, all);
      Record read = ConfigReader.read(group, List.of(), base.getClass(), BASE, all);
      return ConfigWriter.values(read).getOrDefault(key, text(value));
    } catch (ConfigException e) {
      refused.addAll(all.without(BASE));
      return text(value);
    }
  }

  private static String text(Tree tree) {
    return tree instanceof Tree.Sequence list
        ? list.elements().stream().map(ValueLists::text).collect(Collectors.joining(", ", "[", "]"))
        : ConfigReader.textOf(tree);
  }

  /** {@return the values of a range; too few after a problem that is recorded} */
  private List<Tree> range(Tree.Group range, String key) {
    int before = problems.count();
    range.children().keySet().stream()
        .filter(name -> !RANGE.contains(name))
        .forEach(
            name ->
                problem(
                    range,
                    key + "." + name,
                    "is not part of a range",
                    "a range has from, to, steps and log"));
    double from = end(range, key, "from");
    double to = end(range, key, "to");
    int steps = (int) part(range, key, "steps", int.class, STEPS);
    boolean log = (boolean) part(range, key, "log", boolean.class, false);
    if (problems.count() == before) {
      if (from >= to) {
        problem(
            range,
            key,
            "is from " + Scalars.display(from) + " to " + Scalars.display(to),
            "exchange the two");
      } else if (steps < 2) {
        problem(range, key + ".steps = " + steps, "is below 2", "leave it out, that is " + STEPS);
      } else if (log && from <= 0) {
        problem(
            range,
            key + ".from = " + Scalars.display(from),
            "is not positive where log is true",
            "write log: false");
      }
    }
    return problems.count() > before
        ? List.of()
        : values(from, to, steps, log, isWhole(base, key)).stream()
            .map(text -> (Tree) new Tree.Scalar(range.place(), text))
            .toList();
  }

  private double end(Tree.Group range, String key, String name) {
    if (range.children().containsKey(name)) {
      return (double) part(range, key, name, double.class, 0.0);
    }
    problem(range, key, "is a range without " + name, "add '" + name + ": NUMBER'");
    return 0;
  }

  private Object part(Tree.Group range, String key, String name, Class<?> type, Object absent) {
    Tree given = range.children().get(name);
    if (given == null) {
      return absent;
    }
    try {
      return Scalars.parse(ConfigReader.textOf(given), type);
    } catch (InvalidValue bad) {
      problem(given, Problems.subject(given, key + "." + name), bad.problem(), bad.fix());
      return absent;
    }
  }

  private static List<String> values(
      double from, double to, int steps, boolean log, boolean whole) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      double share = (double) i / (steps - 1);
      double value =
          i == 0
              ? from
              : i == steps - 1
                  ? to
                  : log ? from * Math.pow(to / from, share) : from + share * (to - from);
      String text =
          whole
              ? "" + Math.round(value)
              : new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
      if (!values.contains(text)) { // whole numbers of a short range come more than once
        values.add(text);
      }
    }
    return values;
  }

  private static boolean isWhole(Record record, String key) {
    for (RecordComponent part : record.getClass().getRecordComponents()) {
      String name = Names.key(part.getName());
      if (key.equals(name)) {
        return Arrays.asList(int.class, long.class).contains(part.getType());
      }
      if (ConfigWriter.valueOf(part, record) instanceof Record inner) {
        boolean flat = ConfigReader.isFlat(part);
        if (flat && isWhole(inner, key)
            || !flat
                && key.startsWith(name + ".")
                && isWhole(inner, key.substring(name.length() + 1))) {
          return true;
        }
      }
    }
    return false;
  }

  private void problem(Tree tree, String subject, String problem, String fix) {
    problems.add(tree.place(), subject, problem, fix);
  }
}
