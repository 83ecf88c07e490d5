package dev.horae.report;

/**
 * A paragraph.
 *
 * @param text plain, without markup
 * @param warning whether it must not be overlooked
 */
public record Text(String text, boolean warning) implements Block {

  public static Text of(String text) {
    return new Text(text, false);
  }

  public static Text warning(String text) {
    return new Text(text, true);
  }
}
