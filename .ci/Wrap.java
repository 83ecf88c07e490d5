import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Wraps paragraphs and lists of Markdown files at 120 columns: java .ci/Wrap.java docs/*.md */
final class Wrap {

  private static final int WIDTH = 120;
  private static final Pattern START = Pattern.compile("( *)([-*] |\\d+\\. |)(.*)");

  /** A word that would begin a list, a heading, a quotation or a table at the start of a line. */
  private static final String NOT_FIRST = "[-+*|>]|#+|\\d+[.)]";

  public static void main(String[] files) throws Exception {
    for (String file : files) {
      Files.writeString(
          Path.of(file), String.join("\n", wrap(Files.readAllLines(Path.of(file)))) + "\n");
    }
  }

  private static List<String> wrap(List<String> lines) {
    List<String> out = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    boolean code = false;
    for (String line : lines) {
      boolean fence = line.strip().startsWith("```");
      boolean asItIs = code || fence || line.isBlank() || line.strip().matches("(\\||#|<).*");
      if (asItIs || line.matches(" *([-*]|\\d+\\.) .*")) {
        flush(paragraph, out);
      }
      code ^= fence;
      if (asItIs) {
        out.add(line);
      } else {
        paragraph.append(paragraph.isEmpty() ? line.stripTrailing() : " " + line.strip());
      }
    }
    flush(paragraph, out);
    return out;
  }

  private static void flush(StringBuilder paragraph, List<String> out) {
    if (paragraph.isEmpty()) {
      return;
    }
    Matcher start = START.matcher(paragraph);
    start.matches();
    StringBuilder line = new StringBuilder(start.group(1) + start.group(2));
    String indent = " ".repeat(line.length());
    boolean first = true;
    for (String word : start.group(3).split(" +")) {
      if (!first && line.length() + 1 + word.length() > WIDTH && !word.matches(NOT_FIRST)) {
        out.add(line.toString());
        line = new StringBuilder(indent);
        first = true;
      }
      line.append(first ? "" : " ").append(word);
      first = false;
    }
    out.add(line.toString());
    paragraph.setLength(0);
  }
}
