package dev.horae.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes {@code train.epochs=40} over what the file says. */
final class Overrides {

  private Overrides() {}

  static void apply(List<String> overrides, Tree.Group root, Problems problems) {
    for (String override : overrides) {
      int equals = override.indexOf('=');
      String key = override.substring(0, Math.max(equals, 0)).strip();
      if (equals < 0 || Arrays.asList(key.split("\\.", -1)).contains("")) {
        problems.add(
            Place.SETTINGS,
            "'" + override + "'",
            "is not key=value",
            "write it like train.epochs=40");
        continue;
      }
      Tree value = value(key, override.substring(equals + 1).strip(), problems);
      if (value != null) {
        put(root, key, value, problems);
      }
    }
  }

  /** Writes a value of a dotted key over what stands there. */
  static void put(Tree.Group root, String key, Tree value, Problems problems) {
    List<String> path = new ArrayList<>(Arrays.asList(key.split("\\.", -1)));
    String last = path.remove(path.size() - 1);
    Tree.Group group = root;
    String full = "";
    for (String name : path) {
      full = full.isEmpty() ? name : full + "." + name;
      group = descend(group, name, full, value.place(), problems);
    }
    group.children().put(last, value);
  }

  /** The group called {@code name}, made if it is not there. */
  private static Tree.Group descend(
      Tree.Group parent, String name, String full, Place place, Problems problems) {
    Tree child = parent.children().get(name);
    if (child instanceof Tree.Group group) {
      return group;
    }
    if (child instanceof Tree.Scalar || child instanceof Tree.Sequence) {
      problems.add(
          child.place(), full, "is not a group of keys", "indent the keys under '" + name + ":'");
    }
    Tree.Group made = new Tree.Group(place, new LinkedHashMap<>());
    parent.children().put(name, made);
    return made;
  }

  /** Text as it stands, unless it starts like a YAML list, group or quotation; null if broken. */
  private static @Nullable Tree value(String key, String text, Problems problems) {
    return text.matches("(?s)[\\[{\"'].*")
        ? YamlParser.parseValue(Place.SETTINGS, key, text, problems)
        : new Tree.Scalar(Place.SETTINGS, text);
  }
}
