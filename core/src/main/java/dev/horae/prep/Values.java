package dev.horae.prep;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The many shapes in which shops write an id, a text, a category path or a picture. */
final class Values {

  /** Sizes of a picture in Amazon's data, the best first; Hugging Face has its path. */
  private static final List<String> SIZES =
      List.of("hi_res", "large", "medium", "url", "thumb", "path");

  private static final List<String> NAMES =
      List.of("name", "title", "label", "description", "value", "text");

  private static final Pattern SEQUENCE = Pattern.compile("(?:'(.+?)'|\"(.+?)\"),?(?= |$)|([^ ]+)");

  /** As NumPy writes an array of texts: {@code ['Toys' 'Dolls']}. */
  private static final Pattern NUMPY_LIST;

  /** A text of such a list that another one follows. */
  private static final Pattern BETWEEN_WORDS;

  static {
    String word = "(?:'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")";
    NUMPY_LIST = Pattern.compile("\\[\\s*+(?:" + word + "\\s*+){2,}+\\]", Pattern.DOTALL);
    BETWEEN_WORDS = Pattern.compile("(" + word + ")(?=\\s*+['\"])", Pattern.DOTALL);
  }

  /** Pages of shops leave the scheme out: {@code //host/a.jpg}. */
  private static final Pattern ADDRESS =
      Pattern.compile("(https?:)?//(?=[^/])", Pattern.CASE_INSENSITIVE);

  private final Set<String> missing = new HashSet<>();
  private final int longestMissing;
  private final boolean[] endsMissing = new boolean[128]; // by a word's last character, if ASCII
  private final Pattern separator;

  Values(PrepareOptions.Cells cells) {
    cells.missing().forEach(word -> missing.add(word.strip().toLowerCase(Locale.ROOT)));
    missing.stream()
        .filter(word -> !word.isEmpty() && word.charAt(word.length() - 1) < endsMissing.length)
        .map(word -> word.charAt(word.length() - 1))
        .forEach(
            last -> {
              endsMissing[last] = true;
              endsMissing[Character.toUpperCase(last)] = true;
            });
    longestMissing = missing.stream().mapToInt(String::length).max().orElse(0);
    separator = Pattern.compile(cells.categorySeparator(), Pattern.LITERAL);
  }

  /** {@return the text of a plain value without blanks around it; null when it says nothing} */
  @Nullable String text(@Nullable Object value) {
    if (!(value instanceof String text)) {
      return null;
    }
    String stripped = strip(text);
    boolean isMissing =
        stripped.isEmpty()
            || (stripped.length() <= longestMissing
                && mayEndMissing(stripped.charAt(stripped.length() - 1))
                && missing.contains(stripped.toLowerCase(Locale.ROOT)));
    return isMissing ? null : stripped;
  }

  /** Nearly always false, and faster than looking for the word. */
  private boolean mayEndMissing(char last) {
    return last >= endsMissing.length || endsMissing[last];
  }

  /** Also of blanks that Java does not strip: those that may not break a line, or have no width. */
  private static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (from < to && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    if (c > ' ' && c < 0x7F) {
      return false; // nearly always
    }
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF' || c == '\u200B';
  }

  /** {@return the id that a value is; null when it is none, which {@link #refusal} explains} */
  @Nullable String id(@Nullable Object value) {
    boolean isList =
        value instanceof String text && text.startsWith("[") && parsed(text) instanceof List<?>;
    return isList ? null : text(value);
  }

  /**
   * {@return why a value, which {@link #id} gives no id, is none}
   *
   * @param role such as user
   */
  String refusal(String role, @Nullable Object value) {
    Object plain = value instanceof String text && text.startsWith("[") ? parsed(text) : value;
    if (plain instanceof List<?>) {
      return role + " is a list: write one row for each";
    }
    if (plain instanceof Map<?, ?>) {
      return role + " is an object, not an id";
    }
    return role + " is missing";
  }

  /** {@return the name that a value gives: its text, the names in a list, the name of an object} */
  @Nullable String name(@Nullable Object value) {
    if (value instanceof List<?> list) {
      String names = list.stream().map(this::name).filter(one -> one != null).collect(joining(" "));
      return names.isEmpty() ? null : names;
    }
    if (value instanceof Map<?, ?> object) {
      return NAMES.stream()
          .map(key -> text(object.get(key)))
          .filter(one -> one != null)
          .findFirst()
          .orElse(null);
    }
    return text(value);
  }

  /** {@return all that a value says: the values of a list, names and values of an object} */
  String words(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(this::words).filter(one -> !one.isEmpty()).collect(joining(" "));
    }
    if (value instanceof Map<?, ?> object) {
      return object.entrySet().stream()
          .map(entry -> entry.getKey() + " " + words(entry.getValue()))
          .collect(joining(" "));
    }
    String text = text(value);
    return text == null ? "" : text;
  }

  /**
   * {@return the names of the first path}
   *
   * @param value a list of names, of objects with names or of paths; such a list written as text;
   *     or names in one text with the separator between them
   */
  List<String> firstPath(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return firstPath(list);
    }
    if (value instanceof Map<?, ?> object) {
      return firstPath(List.of(object));
    }
    String text = text(value);
    if (text == null) {
      return List.of();
    }
    Object parsed = parsed(text);
    return parsed instanceof String ? split(text) : firstPath(parsed);
  }

  private List<String> firstPath(List<?> list) {
    List<String> names = new ArrayList<>();
    for (Object one : list) {
      if (one instanceof List<?> path) {
        if (!firstPath(path).isEmpty()) {
          return firstPath(path);
        }
      } else if (one instanceof Map<?, ?> object && name(object) == null) {
        object.forEach((key, count) -> add(names, key)); // such as {"Action": 12}
      } else {
        List<String> path = one instanceof String text ? split(text) : List.of();
        if (path.size() > 1) {
          return path;
        }
        add(names, name(one));
      }
    }
    return names;
  }

  /**
   * {@return the names in one of RecBole's sequences} {@code Toys_&_Games Dolls} are two: blanks
   * separate, underscores are blanks. Names in quotation marks are taken whole.
   */
  static Object sequence(String field) {
    if (field.startsWith("[")) {
      return field; // a list written as text
    }
    List<String> names = new ArrayList<>();
    Matcher name = SEQUENCE.matcher(field);
    while (name.find()) {
      String plain = name.group(3);
      names.add(
          plain != null
              ? plain.replace('_', ' ')
              : Objects.requireNonNullElse(name.group(1), name.group(2)));
    }
    return names;
  }

  private List<String> split(String text) {
    List<String> names = new ArrayList<>();
    for (String name : separator.split(text)) {
      add(names, name);
    }
    return names;
  }

  private void add(List<String> names, @Nullable Object name) {
    String text = text(name);
    if (text != null) {
      names.add(text);
    }
  }

  /** {@return a list or object that is written as text, or else the text} */
  private static @Nullable Object parsed(String text) {
    if (!text.startsWith("[") && !text.startsWith("{")) {
      return text;
    }
    try {
      return LooseJson.parse(text);
    } catch (LooseJson.BrokenException e) {
      return NUMPY_LIST.matcher(text).matches()
          ? parsed(BETWEEN_WORDS.matcher(text).replaceAll("$1,"))
          : text; // a name that begins with a bracket
    }
  }

  /**
   * {@return the pictures' names or addresses: the main one first, then in the shop's order}
   *
   * @param value a text, a list of pictures, such a list written as text, or sizes of one picture
   *     by name, of which the largest counts; the sizes may be lists that belong together
   */
  List<String> images(@Nullable Object value) {
    List<String> images = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.stream().filter(Values::isMain).forEach(image -> images.addAll(images(image)));
      list.stream().filter(image -> !isMain(image)).forEach(image -> images.addAll(images(image)));
    } else if (value instanceof Map<?, ?> sizes) {
      int count = sizes.values().stream().mapToInt(Values::length).max().orElse(-1);
      if (count >= 0) {
        return images(pictures(sizes, count));
      }
      for (String size : SIZES) {
        if (images.isEmpty()) {
          images.addAll(images(sizes.get(size)));
        }
      }
    } else {
      String text = text(value);
      Object parsed = text == null ? null : parsed(text);
      if (text != null && parsed instanceof String) {
        images.add(address(text));
      } else if (parsed != null) {
        return images(parsed);
      }
    }
    return images;
  }

  /** {@return an address in the one way that all others know it; any other name as it is} */
  private static String address(String name) {
    Matcher start = ADDRESS.matcher(name);
    return start.lookingAt()
        ? (start.group(1) == null ? "https:" : start.group(1).toLowerCase(Locale.ROOT))
            + "//"
            + name.substring(start.end())
        : name;
  }

  private static boolean isMain(Object image) {
    return image instanceof Map<?, ?> sizes && "MAIN".equals(sizes.get("variant"));
  }

  private static int length(Object value) {
    return value instanceof List<?> list ? list.size() : -1;
  }

  /** Turns lists that belong together entry by entry into a list of pictures. */
  private static List<Map<String, Object>> pictures(Map<?, ?> lists, int count) {
    List<Map<String, Object>> pictures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Object> picture = new HashMap<>();
      for (Map.Entry<?, ?> entry : lists.entrySet()) {
        if (entry.getValue() instanceof List<?> list && i < list.size()) {
          picture.put((String) entry.getKey(), list.get(i));
        }
      }
      pictures.add(picture);
    }
    return pictures;
  }
}
