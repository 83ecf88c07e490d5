package dev.horae.features;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The items whose vector is zero, with the reason, and the rows of a file that fit no item. */
public final class Problems {

  static final String UNKNOWN_ID = "unknown id";

  /**
   * @param item the shop's id
   * @param kind such as {@code missing picture}
   * @param content the picture's name; empty for texts and rows
   */
  public record Problem(String item, String kind, String content, String reason) {}

  private final List<Problem> all = new ArrayList<>();

  Problems() {}

  void add(String item, String kind, String content, String reason) {
    all.add(new Problem(item, kind, content, reason));
  }

  public List<Problem> all() {
    return List.copyOf(all);
  }

  /** {@return how many there are of each kind, in order of first appearance} */
  public Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    all.forEach(problem -> counts.merge(problem.kind(), 1, Integer::sum));
    return counts;
  }

  /** {@return how many items have no vector} */
  int items() {
    return all.size() - counts().getOrDefault(UNKNOWN_ID, 0);
  }

  /** {@return why the item, which has no vector, has none} */
  String reason(String item) {
    return all.stream().filter(p -> p.item().equals(item)).findFirst().orElseThrow().reason();
  }

  /** {@return a header and one quoted line per problem} */
  String csv() {
    StringBuilder csv = new StringBuilder("item,kind,content,reason\n");
    for (Problem p : all) {
      csv.append(quoted(p.item())).append(',').append(p.kind()).append(',');
      csv.append(quoted(p.content())).append(',').append(quoted(p.reason())).append('\n');
    }
    return csv.toString();
  }

  private static String quoted(String field) {
    return '"' + field.replace("\"", "\"\"") + '"';
  }
}
