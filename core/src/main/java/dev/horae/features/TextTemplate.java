package dev.horae.features;

import dev.horae.data.Item;
import java.util.List;

/**
 * The text of an item as HM4SR makes it (Zhang et al., WWW 2025, and its released text extractor):
 * title, categories of the first path and brand, each cleaned, each followed by a blank; a field
 * that the shop left empty is skipped.
 */
public final class TextTemplate {

  /** Pieces of this many characters or more are taken for an accident of the shop and dropped. */
  static final int TOO_LONG = 2000;

  private TextTemplate() {}

  /** {@return the item's text; empty when it has no title, no categories and no brand} */
  public static String text(Item item) {
    StringBuilder text = new StringBuilder();
    for (String field : List.of(item.title(), String.join(" ", item.categories()), item.brand())) {
      if (!field.isBlank()) {
        String clean = clean(field);
        text.append(clean).append(clean.isEmpty() ? "" : " ");
      }
    }
    return text.toString();
  }

  /**
   * Resolves HTML references, turns tabs into blanks, removes double quotes and line ends, and ends
   * the text with one full stop in place of those that it ended with. Like the released code, it
   * never looks at the first character when it counts those, so that "..." becomes "..".
   */
  public static String clean(String raw) {
    String text =
        HtmlEntities.unescape(raw)
            .replace('\t', ' ')
            .replace("\"", "")
            .replace("\n", "")
            .replace("\r", "");
    int end = text.length();
    while (end > 1 && text.charAt(end - 1) == '.') {
      end--;
    }
    // A lone "." is all first character, so it keeps its stop and gains one.
    String ended = text.substring(0, end) + ".";
    return ended.codePointCount(0, ended.length()) >= TOO_LONG ? "" : ended;
  }
}
