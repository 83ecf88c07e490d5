package dev.horae.store;

/** Texts that both databases store as they are: no NUL, which PostgreSQL refuses, whole Unicode. */
final class Texts {

  /** As much of a wrong value as a message shows. */
  private static final int SHOWN = 40;

  private Texts() {}

  /** Throws {@link IllegalArgumentException} unless it can be an id. */
  static void checkId(String field, String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException(field + ": is empty; give it a text");
    }
    checkName(field, value);
  }

  /** Throws {@link IllegalArgumentException} unless it is short enough and can be stored. */
  static void checkName(String field, String value) {
    if (value.length() > Store.MOST_CHARACTERS) {
      throw new IllegalArgumentException(
          field
              + ": \""
              + value.substring(0, SHOWN)
              + "…\" has "
              + value.length()
              + " characters; at most "
              + Store.MOST_CHARACTERS
              + " are allowed");
    }
    check(field, value);
  }

  /** Throws {@link IllegalArgumentException} unless it can be stored. */
  static void check(String field, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < value.length()
              && Character.isLowSurrogate(value.charAt(i + 1));
      if (pair) {
        i++;
      } else if (c == 0 || Character.isSurrogate(c)) {
        throw new IllegalArgumentException(
            field
                + ": has "
                + (c == 0 ? "a NUL" : "half of a surrogate pair")
                + " at character "
                + (i + 1)
                + ", which is no text; remove it");
      }
    }
  }

  /** {@return the smallest text above all that start with {@code prefix}; empty: there is none} */
  static String after(String prefix) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
        return prefix.substring(0, end) + Character.toString(next);
      }
    }
    return "";
  }
}
