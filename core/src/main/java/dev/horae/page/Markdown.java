package dev.horae.page;

import java.util.List;
import java.util.regex.Pattern;

/** Text of others in Markdown, where it must stay what it is. */
public final class Markdown {

  /** What CommonMark and GitHub interpret within a line; of entities their beginning. */
  private static final Pattern SYNTAX = Pattern.compile("[\\\\`*_<\\[\\]|~$]|&(?=#?\\w+;)");

  private static final Pattern LINE_ENDS = Pattern.compile("[\\r\\n\\u0085\\u2028\\u2029]+");

  private Markdown() {}

  /** {@return a line of a table, with its end} */
  public static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** {@return the text on one line, to be read as it is} */
  public static String text(String plain) {
    return SYNTAX.matcher(LINE_ENDS.matcher(plain).replaceAll(" ")).replaceAll("\\\\$0");
  }
}
