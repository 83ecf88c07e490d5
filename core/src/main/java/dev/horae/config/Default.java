package dev.horae.config;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** The value a record component takes when its key is absent, written as it would be in YAML. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Default {
  String value();
}
