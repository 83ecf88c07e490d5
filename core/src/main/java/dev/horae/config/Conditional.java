package dev.horae.config;

import java.util.Optional;

/**
 * A record in which some values leave others without a meaning. Keys that mean nothing are not
 * written, and whoever sets one is told.
 */
public interface Conditional {

  /**
   * {@return why a dotted key means nothing, such as {@code is read where there is a door}; empty
   * where it counts}
   */
  Optional<String> whyUnread(String key);

  /** {@return whether a dotted key of any record counts} */
  static boolean reads(Record record, String key) {
    return !(record instanceof Conditional some) || some.whyUnread(key).isEmpty();
  }
}
