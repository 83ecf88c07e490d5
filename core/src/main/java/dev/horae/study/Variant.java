package dev.horae.study;

import java.util.List;
import java.util.Locale;

/**
 * A model with some of its settings changed: one row of a table.
 *
 * @param name of the row
 * @param settings {@code key=value}, over those that all rows share
 */
public record Variant(String name, List<String> settings) {

  /** {@return the folder of its runs} */
  String folder() {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  /** {@return such as {@code without CP: model.lambda_cp=0}} */
  String text() {
    return settings.isEmpty() ? name : name + ": " + String.join(", ", settings);
  }
}
