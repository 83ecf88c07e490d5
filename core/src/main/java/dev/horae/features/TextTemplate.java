package dev.horae.features;

import dev.horae.data.Item;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The text of an item as HM4SR makes it (Zhang et al., WWW 2025, and its released text extractor):
 * title, categories of the first path and brand, each cleaned, each followed by a blank; a field
 * that the shop left empty is skipped. Other fields or another order are for the caller to name.
 */
public final class TextTemplate {

  /** The paper's fields of this many characters or more are taken for an accident and dropped. */
  static final int TOO_LONG = 2000;

  private static final Pattern LINE_END = Pattern.compile("\r\n?|\n");

  private TextTemplate() {}

  /**
   * {@return the item's text; empty when it has none of the fields}
   *
   * @param fields of {@link Item#text}, in this order
   */
  public static String text(Item item, List<String> fields) {
    StringBuilder text = new StringBuilder();
    for (String field : fields) {
      String raw = item.text(field);
      if (!raw.isBlank()) {
        // A description may be long, of which the encoder reads as much as it can, and have
        // several lines, which stay apart.
        String clean = Item.TEXT_FIELDS.contains(field) ? clean(raw) : ended(raw, " ");
        text.append(clean).append(clean.isEmpty() ? "" : " ");
      }
    }
    return text.toString();
  }

  /** {@return the title of an item as it is to be read; its id where it has none} */
  public static String title(Item item) {
    return item.title().isBlank() ? item.id() : HtmlEntities.unescape(item.title());
  }

  /**
   * {@return the {@link #ended} text of one of the paper's fields; empty when it is too long to be
   * one}
   */
  public static String clean(String raw) {
    String ended = ended(raw, "");
    return ended.codePointCount(0, ended.length()) >= TOO_LONG ? "" : ended;
  }

  /**
   * Resolves HTML references, turns tabs into blanks, removes double quotes, and ends the text with
   * one full stop in place of those that it ended with. Like the released code, it never looks at
   * the first character when it counts those, so that "..." becomes "..".
   *
   * @param lineEnd what to write for each; the released code removes them
   */
  static String ended(String raw, String lineEnd) {
    String plain = HtmlEntities.unescape(raw).replace('\t', ' ').replace("\"", "");
    String text = LINE_END.matcher(plain).replaceAll(lineEnd);
    int end = text.length();
    while (end > 1 && text.charAt(end - 1) == '.') {
      end--;
    }
    // A lone "." is all first character, so it keeps its stop and gains one.
    return text.substring(0, end) + ".";
  }
}
