package dev.horae.features;

import dev.horae.data.Resources;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces HTML character references (by name such as {@code eacute}, or by number) by what they
 * stand for, as the HTML standard's section 13.5 and Python's {@code html.unescape} do: shops
 * publish titles with them. The table of names lies in {@code html-entities.txt}.
 */
public final class HtmlEntities {

  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
  private static final Map<String, String> NAMED = load();

  private HtmlEntities() {}

  /** {@return the text as it is to be read} */
  public static String unescape(String text) {
    return text.indexOf('&') < 0
        ? text
        : REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(meaning(match)));
  }

  private static String meaning(MatchResult match) {
    String name = match.group(1);
    return name.charAt(0) == '#' ? numeric(name.substring(1)) : named(name);
  }

  private static String numeric(String digits) {
    boolean hexadecimal = digits.charAt(0) == 'x' || digits.charAt(0) == 'X';
    int radix = hexadecimal ? 16 : 10;
    long code = 0;
    for (int i = hexadecimal ? 1 : 0; i < digits.length() && digits.charAt(i) != ';'; i++) {
      code = Math.min(code * radix + Character.digit(digits.charAt(i), radix), Integer.MAX_VALUE);
    }
    if (code == 0 || code > Character.MAX_CODE_POINT || (code >= 0xD800 && code <= 0xDFFF)) {
      return "\uFFFD";
    }
    if (code >= 0x80 && code <= 0x9F) {
      // The standard reads these as Windows-1252, because so many pages meant that.
      String windows = new String(new byte[] {(byte) code}, Charset.forName("windows-1252"));
      return windows.equals("\uFFFD") ? Character.toString((int) code) : windows;
    }
    boolean control = code < 0x20 && "\t\n\f\r".indexOf((int) code) < 0;
    boolean noncharacter = (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    return control || code == 0x7F || noncharacter ? "" : Character.toString((int) code);
  }

  /** The whole name, or the longest of its beginnings that is one: {@code &ampx} is "&amp;x". */
  private static String named(String name) {
    for (int end = name.length(); end > 1; end--) {
      String found = NAMED.get(name.substring(0, end));
      if (found != null) {
        return found + name.substring(end);
      }
    }
    return "&" + name;
  }

  private static Map<String, String> load() {
    Map<String, String> table = new HashMap<>();
    for (String line : Resources.text(HtmlEntities.class, "html-entities.txt").split("\n")) {
      if (!line.startsWith("#")) {
        String[] fields = line.split(" ");
        StringBuilder meaning = new StringBuilder();
        for (int i = 1; i < fields.length; i++) {
          meaning.appendCodePoint(Integer.parseInt(fields[i], 16));
        }
        table.put(fields[0], meaning.toString());
      }
    }
    return Map.copyOf(table);
  }
}
