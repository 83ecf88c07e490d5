package dev.horae.data;

/** What the pages that we write have in common. */
public final class Html {

  private Html() {}

  /** {@return the text with what HTML would read as markup spelt out, in quoted attributes too} */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
