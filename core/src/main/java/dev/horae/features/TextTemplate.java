package dev.horae.features;

import dev.horae.data.Item;
import java.util.List;
import java.util.Locale;

/**
 * The text of an item as HM4SR makes it (Zhang et al., WWW 2025, and its released text extractor):
 * title, categories of the first path and brand, each cleaned, each followed by a blank; a field
 * that the shop left empty is skipped. Other fields or another order are for the caller to name.
 */
public final class TextTemplate {

  /** Pieces of this many characters or more are taken for an accident of the shop and dropped. */
  static final int TOO_LONG = 2000;

  private TextTemplate() {}

  /** A column of the catalogue that has text. */
  public enum Field {
    TITLE,
    CATEGORIES,
    BRAND;

    /** The paper's, in its order. */
    public static final List<Field> ALL = List.of(values());

    private String of(Item item) {
      return switch (this) {
        case TITLE -> item.title();
        case CATEGORIES -> String.join(" ", item.categories());
        case BRAND -> item.brand();
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** {@return the item's text; empty when it has none of the fields} */
  public static String text(Item item, List<Field> fields) {
    StringBuilder text = new StringBuilder();
    for (String field : fields.stream().map(one -> one.of(item)).toList()) {
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
