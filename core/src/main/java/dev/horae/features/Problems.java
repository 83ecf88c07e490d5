package dev.horae.features;

import dev.horae.data.Csv;
import dev.horae.data.Dataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The items whose vector is zero, with the reason, and the rows of a file that fit no item. */
public final class Problems {

  static final String UNKNOWN_ID = "unknown id";

  /**
   * @param item the shop's id
   * @param kind such as {@code missing picture}
   * @param content the picture's name; empty for texts and rows
   */
  public record Problem(String item, String kind, String content, String reason) {}

  private static final Pattern LINE =
      Pattern.compile("Q,([^,\"]*),Q,Q\n".replace("Q", "\"((?:[^\"]|\"\")*)\""));

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

  /** {@return where the problems of a table are listed} */
  static Path file(Dataset dataset, String modality, String encoder) {
    return FeatureStore.directory(dataset).resolve(modality + "-" + encoder + "-problems.csv");
  }

  /** {@return the problems of a file that {@link #csv} made} */
  static List<Problem> read(Path file) {
    try {
      List<Problem> problems = new ArrayList<>();
      Matcher line = LINE.matcher(Files.readString(file));
      while (line.find()) {
        problems.add(
            new Problem(
                field(line.group(1)), line.group(2), field(line.group(3)), field(line.group(4))));
      }
      return problems;
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read", e);
    }
  }

  /** {@return what {@link #quoted} made the content of a pair of quotation marks from} */
  private static String field(String content) {
    String text = content.replace("\"\"", "\"");
    String rest = text.startsWith("'") ? text.substring(1) : text;
    return quoted(rest).equals('"' + content + '"') ? rest : text; // without the guard, if any
  }

  private static String quoted(String field) {
    String cell = Csv.cell(field);
    return cell.startsWith("\"") ? cell : '"' + cell + '"';
  }
}
