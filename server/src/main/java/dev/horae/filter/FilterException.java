package dev.horae.filter;

import org.jspecify.annotations.Nullable;

/**
 * A filter or a boost that cannot be used: says where in the expression, why, and what may help.
 */
public final class FilterException extends RuntimeException {

  /** Of a long line so many characters before and after the place are shown. */
  private static final int CONTEXT = 40;

  private final String problem;
  private final int position;
  private final @Nullable String suggestion;

  /**
   * @param position where in the expression, in chars from 0 to its length
   * @param suggestion what was probably meant; null when nothing is near
   */
  FilterException(String expression, int position, String problem, @Nullable String suggestion) {
    super(
        problem
            + (suggestion == null ? "" : "; did you mean '" + suggestion + "'?")
            + "\n"
            + place(expression, position),
        null,
        false,
        false); // a mistake of whoever wrote the expression: our stack would not help
    this.problem = problem;
    this.position = position;
    this.suggestion = suggestion;
  }

  /** {@return the line of the place, and below it a caret} */
  private static String place(String expression, int position) {
    int start = expression.lastIndexOf('\n', position - 1) + 1;
    int end = expression.indexOf('\n', position);
    int from = Math.max(start, position - CONTEXT);
    int to = Math.min(end < 0 ? expression.length() : end, position + CONTEXT);
    String before = expression.substring(from, position).replace('\t', ' ');
    String after = expression.substring(position, Math.max(to, position)).replace('\t', ' ');
    int width = before.codePointCount(0, before.length());
    return before + after + "\n" + " ".repeat(width) + "^";
  }

  /** {@return the sentence alone, without the suggestion and the line with the caret} */
  public String problem() {
    return problem;
  }

  /** {@return where in the expression, in chars from 0} */
  public int position() {
    return position;
  }

  /** {@return what was probably meant; null when nothing is near} */
  public @Nullable String suggestion() {
    return suggestion;
  }
}
