package dev.horae.prep;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The many shapes in which shops write a text, a category path or a picture. */
final class Values {

  private Values() {}

  /** {@return the text of a plain value; null when it is missing, blank or not plain} */
  static String text(Object value) {
    return value instanceof String text && !text.isBlank() ? text : null;
  }

  /** {@return all that a value says: the values of a list, names and values of an object} */
  static String words(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(Values::words).filter(one -> !one.isEmpty()).collect(joining(" "));
    }
    if (value instanceof Map<?, ?> object) {
      return object.entrySet().stream()
          .map(entry -> entry.getKey() + " " + words(entry.getValue()))
          .collect(joining(" "));
    }
    return value == null ? "" : value.toString().strip();
  }

  /**
   * {@return the names of the first path}
   *
   * @param value a list of names, a list of paths, a list written as text, or names joined by |
   */
  static List<String> firstPath(Object value) {
    if (value instanceof List<?> list) {
      if (!list.isEmpty() && list.get(0) instanceof List<?> path) {
        return firstPath(path);
      }
      List<String> names = new ArrayList<>();
      list.forEach(name -> addName(names, text(name)));
      return names;
    }
    String text = text(value);
    if (text == null) {
      return List.of();
    }
    if (text.startsWith("[")) {
      try {
        return firstPath(LooseJson.parse(text));
      } catch (LooseJson.BrokenException e) {
        return List.of(text.strip()); // a name that begins with a bracket
      }
    }
    List<String> names = new ArrayList<>();
    for (String name : text.split("\\|")) {
      addName(names, text(name));
    }
    return names;
  }

  private static void addName(List<String> names, String name) {
    if (name != null) {
      names.add(name.strip());
    }
  }

  /**
   * {@return the pictures' names or addresses, in the shop's order}
   *
   * @param value a text, a list of pictures, a list written as text, or sizes of one picture by
   *     name, of which the largest counts
   */
  static List<String> images(Object value) {
    List<String> images = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.forEach(image -> images.addAll(images(image)));
    } else if (value instanceof Map<?, ?> sizes) {
      for (String size : List.of("hi_res", "large", "medium", "thumb", "url")) {
        if (images.isEmpty()) {
          images.addAll(images(sizes.get(size)));
        }
      }
    } else if (text(value) != null && text(value).startsWith("[")) {
      try {
        images.addAll(images(LooseJson.parse(text(value))));
      } catch (LooseJson.BrokenException e) {
        images.add(text(value).strip()); // a name that begins with a bracket
      }
    } else {
      addName(images, text(value));
    }
    return images;
  }
}
