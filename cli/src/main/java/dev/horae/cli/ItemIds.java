package dev.horae.cli;

import dev.horae.data.Catalogue;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/** The ids of a catalogue as people and programs write them. */
record ItemIds(Catalogue catalogue) {

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?\\d{1,40}(\\.\\d{0,40})?([eE][-+]?\\d{1,2})?");

  /**
   * {@return the id of the catalogue that was meant} Blanks around an id do not belong to it, and
   * 7.0 is how programs write the number 7 of a column with gaps. An id that the catalogue has just
   * so is that one.
   */
  String resolved(String id) {
    if (isKnown(id)) {
      return id;
    }
    String stripped = id.strip();
    if (!isKnown(stripped) && isNumber(stripped)) {
      BigDecimal number = new BigDecimal(stripped).stripTrailingZeros();
      if (number.scale() <= 0 && isKnown(number.toPlainString())) {
        return number.toPlainString();
      }
    }
    return stripped;
  }

  boolean isKnown(String id) {
    return catalogue.index(id).isPresent();
  }

  static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }
}
