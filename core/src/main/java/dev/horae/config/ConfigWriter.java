package dev.horae.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Records back to YAML that {@link ConfigReader} reads into an equal record. */
public final class ConfigWriter {

  private static final int WIDTH = 100;

  /** Values longer than this do not push the comments of their neighbours to the right. */
  private static final int WIDEST_ALIGNED = 44;

  private final Record root;
  private final boolean commented;
  private final StringBuilder yaml = new StringBuilder();
  private String group = ""; // the dotted key of what is written, and its dot

  private ConfigWriter(Record root, boolean commented) {
    this.root = root;
    this.commented = commented;
  }

  /** Every key that counts with its resolved value, nothing else; see {@link Conditional}. */
  public static String yaml(Record value) {
    return new ConfigWriter(value, false).write();
  }

  /** The same with the {@link Doc}, the choices and the default of each key beside it. */
  public static String commented(Record value) {
    return new ConfigWriter(value, true).write();
  }

  /**
   * {@return every single value that counts as YAML spells it, by dotted key, such as {@code
   * train.epochs}}
   */
  public static Map<String, String> values(Record value) {
    Map<String, String> values = new LinkedHashMap<>();
    collect(value, "", values);
    values.keySet().removeIf(key -> !Conditional.reads(value, key));
    return values;
  }

  /** {@return those of the {@link #values} of {@code value} that {@code base} has not, too} */
  public static Map<String, String> changed(Record value, Record base) {
    Map<String, String> changed = values(value);
    changed.entrySet().removeAll(values(base).entrySet());
    return changed;
  }

  /** {@return values by dotted key as {@link ConfigReader} takes them, {@code key=value}} */
  public static List<String> settings(Map<String, String> values) {
    return values.entrySet().stream().map(s -> s.getKey() + "=" + s.getValue()).toList();
  }

  private static void collect(Record value, String prefix, Map<String, String> values) {
    for (RecordComponent part : value.getClass().getRecordComponents()) {
      String key = prefix + Names.key(part.getName());
      Object child = valueOf(part, value);
      if (child instanceof Record flat && ConfigReader.isFlat(part)) {
        collect(flat, prefix, values);
      } else if (child instanceof Record group) {
        if (ConfigReader.isOneOf(part.getType())) {
          values.put(key + ".type", Names.choice(group.getClass()));
        }
        collect(group, key + ".", values);
      } else {
        values.put(key, text(child));
      }
    }
  }

  /** One line of output: {@code key: value}, and what to say about it. */
  private record Line(String text, String comment) {}

  private String write() {
    Doc doc = root.getClass().getAnnotation(Doc.class);
    if (commented && doc != null) {
      wrap(doc.value(), WIDTH - 2).forEach(line -> yaml.append("# ").append(line).append('\n'));
      yaml.append('\n');
    }
    if (root.getClass().getRecordComponents().length == 0) {
      return yaml.append("{}\n").toString();
    }
    writeKeys(root, List.of(), "");
    return yaml.toString();
  }

  private void writeKeys(Record value, List<Line> before, String indent) {
    List<Line> block = new ArrayList<>(before);
    add(value, Map.of(), Map.of(), block, indent);
    flush(block, indent);
  }

  /**
   * Single values go to {@code block} in the order of the record; groups keep their place among
   * them.
   *
   * @param defaults by key, where the record around a flat one says otherwise
   * @param docs likewise
   */
  private void add(
      Record value,
      Map<String, String> defaults,
      Map<String, String> docs,
      List<Line> block,
      String indent) {
    for (RecordComponent part : value.getClass().getRecordComponents()) {
      String name = Names.key(part.getName());
      Object child = valueOf(part, value);
      if (child instanceof Record flat && ConfigReader.isFlat(part)) {
        add(flat, byKey(part, absent(part)), byKey(part, doc(part)), block, indent);
      } else if (child instanceof Record inner) {
        flush(block, indent);
        String around = group;
        group += name + ".";
        writeGroup(part, inner, indent + name + ":", indent);
        group = around;
      } else if (Conditional.reads(root, group + name)) {
        String doc = docs.getOrDefault(name, doc(part));
        String absent = defaults.getOrDefault(name, absent(part));
        block.add(
            new Line(indent + name + ": " + text(child), comment(part.getType(), doc, absent)));
      }
    }
  }

  /** {@return what the annotation of a flat component says of the keys in it} */
  private static Map<String, String> byKey(RecordComponent part, @Nullable String yaml) {
    Map<String, String> texts = texts(yaml == null ? "" : yaml);
    if (!ConfigReader.names(part.getType()).containsAll(texts.keySet())) {
      throw new IllegalStateException(part + " does not have all keys of " + texts.keySet());
    }
    return texts;
  }

  /** {@return the single values of a group of YAML that a programmer wrote, by key} */
  private static Map<String, String> texts(String yaml) {
    Problems problems = new Problems();
    Tree tree = YamlParser.parseFile("annotation", yaml, problems);
    problems.throwIfAny();
    Map<String, String> texts = new LinkedHashMap<>();
    if (tree instanceof Tree.Group group) {
      group.children().forEach((key, child) -> texts.put(key, ConfigReader.textOf(child)));
    }
    return texts;
  }

  private void writeGroup(RecordComponent part, Record group, String key, String indent) {
    if (commented && indent.isEmpty() && yaml.length() > 0 && !yaml.toString().endsWith("\n\n")) {
      yaml.append('\n');
    }
    if (commented) {
      for (String line : wrap(doc(part), WIDTH - indent.length() - 2)) {
        yaml.append(indent).append("# ").append(line).append('\n');
      }
    }
    boolean oneOf = ConfigReader.isOneOf(part.getType());
    if (!oneOf && group.getClass().getRecordComponents().length == 0) {
      yaml.append(key).append(" {}\n");
      return;
    }
    yaml.append(key).append('\n');
    String inner = indent + "  ";
    writeKeys(group, oneOf ? List.of(typeLine(part, group, inner)) : List.of(), inner);
  }

  private static Line typeLine(RecordComponent part, Record group, String indent) {
    String absent = absent(part);
    return new Line(
        indent + "type: " + Names.choice(group.getClass()),
        "one of "
            + String.join(", ", Names.choices(part.getType()).keySet())
            + (absent == null ? "" : "; default " + absent.replaceFirst("^type: ", "")));
  }

  /** Writes a run of single values, their comments in one column. */
  private void flush(List<Line> block, String indent) {
    int column =
        block.stream()
            .mapToInt(line -> line.text.length())
            .filter(length -> length <= WIDEST_ALIGNED)
            .max()
            .orElse(indent.length());
    for (Line line : block) {
      if (!commented || line.comment.isEmpty()) {
        yaml.append(line.text).append('\n');
      } else if (line.text.length() > column) {
        for (String part : wrap(line.comment, WIDTH - indent.length() - 2)) {
          yaml.append(indent).append("# ").append(part).append('\n');
        }
        yaml.append(line.text).append('\n');
      } else {
        String text = line.text;
        for (String part : wrap(line.comment, WIDTH - column - 4)) {
          yaml.append(text).append(" ".repeat(column - text.length()));
          yaml.append("  # ").append(part).append('\n');
          text = "";
        }
      }
    }
    block.clear();
  }

  private static String comment(Class<?> type, String doc, @Nullable String absent) {
    List<String> sentences = new ArrayList<>();
    if (!doc.isEmpty()) {
      sentences.add(doc);
    }
    if (type.isEnum()) {
      sentences.add("one of " + String.join(", ", Names.constants(type)));
    }
    sentences.add(absent == null ? "required" : "default " + shown(absent));
    return String.join("; ", sentences);
  }

  private static String shown(String value) {
    return value.isEmpty() ? "\"\"" : value;
  }

  /** {@return the default as it was written, or null} */
  private static @Nullable String absent(RecordComponent part) {
    Default absent = ConfigReader.defaultOf(part);
    return absent == null ? null : absent.value();
  }

  private static String doc(RecordComponent part) {
    Doc doc = part.getAnnotation(Doc.class);
    return doc == null ? "" : doc.value();
  }

  private static String text(Object value) {
    return value instanceof List<?> list
        ? list.stream().map(Scalars::yaml).collect(Collectors.joining(", ", "[", "]"))
        : Scalars.yaml(value);
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    if (line.length() > 0) {
      lines.add(line.toString());
    }
    return lines;
  }

  static Object valueOf(RecordComponent part, Record record) {
    try {
      Method accessor = part.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(part + " cannot be read by reflection", e);
    }
  }
}
