package dev.horae.config;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** What a configuration key means, in one line, with its unit. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Doc {
  String value();
}
