package dev.horae.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** YAML text to {@link Tree}. Only what a configuration needs: no aliases, no tags, no merges. */
final class YamlParser {

  /** The parser's time grows with the square of a line's length: 10 million took 13 s. */
  private static final int LONGEST_LINE = 100_000;

  private final IntFunction<Place> place;
  private final Problems problems;
  private final String subject;
  private final String fix;

  private YamlParser(IntFunction<Place> place, Problems problems, String subject, String fix) {
    this.place = place;
    this.problems = problems;
    this.subject = subject;
    this.fix = fix;
  }

  /** Records what is wrong in {@code problems}; text that is not YAML at all gives null. */
  static @Nullable Tree parseFile(String source, String text, Problems problems) {
    return new YamlParser(
            line -> new Place(source, line),
            problems,
            "this",
            "write 'key: value' lines, indented with spaces")
        .parse(text);
  }

  /** A value that was not written in a file: all of it has one place. */
  static @Nullable Tree parseValue(Place place, String key, String text, Problems problems) {
    return new YamlParser(
            line -> place, problems, key + " = " + text, "write it like [a, b], or quote it")
        .parse(text);
  }

  private @Nullable Tree parse(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(0);
    options.setCodePointLimit(Integer.MAX_VALUE);
    int longLine = lineBeyond(text);
    if (longLine > 0) {
      problems.add(
          place.apply(longLine),
          subject,
          "has a line of more than " + LONGEST_LINE + " letters",
          "shorten it: no setting needs that");
      return null;
    }
    try {
      Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
      return root == null ? new Tree.Nothing(place.apply(1)) : tree(root, line(root), "");
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      return notYaml(line, e.getProblem());
    } catch (RuntimeException e) { // the parser has more ways to fail than it declares
      if (String.valueOf(e.getMessage()).contains("aliases")) {
        problems.add(
            place.apply(1),
            subject,
            "has a list or group that is an alias (*name)",
            "write out what it stands for");
        return null;
      }
      return notYaml(1, e.getMessage());
    }
  }

  /** {@return the first line, from 1, that is longer than may be; 0 when none is} */
  private static int lineBeyond(String text) {
    int line = 1;
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      if (end - start > LONGEST_LINE) {
        return line;
      }
      start = end + 1;
      line++;
    }
    return text.length() - start > LONGEST_LINE ? line : 0;
  }

  private @Nullable Tree notYaml(int line, @Nullable String reason) {
    String oneLine = String.valueOf(reason).lines().findFirst().orElse("unreadable").strip();
    problems.add(place.apply(line), subject, "is not YAML: " + oneLine, fix);
    return null;
  }

  private Tree tree(Node node, int line, String key) {
    Place here = place.apply(line);
    if (node instanceof MappingNode mapping) {
      return group(mapping, here, key);
    } else if (node instanceof SequenceNode sequence) {
      List<Tree> elements = new ArrayList<>();
      for (Node element : sequence.getValue()) {
        elements.add(tree(element, line(element), key));
      }
      return new Tree.Sequence(here, elements);
    } else if (node.getTag().equals(Tag.NULL)) {
      return new Tree.Nothing(here);
    } else {
      return new Tree.Scalar(here, ((ScalarNode) node).getValue());
    }
  }

  private Tree.Group group(MappingNode mapping, Place here, String key) {
    Map<String, Tree> children = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      int line = line(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
        problems.add(
            place.apply(line),
            key.isEmpty() ? "a key" : "a key of " + key,
            "is not a single word",
            "write 'key: value'");
        continue;
      }
      String full = key.isEmpty() ? name.getValue() : key + "." + name.getValue();
      Tree value = tree(tuple.getValueNode(), line, full);
      Tree earlier = children.put(name.getValue(), value);
      if (earlier != null) {
        problems.add(
            value.place(), full, "was given before, at " + earlier.place(), "keep one of the two");
      }
    }
    return new Tree.Group(here, children);
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
