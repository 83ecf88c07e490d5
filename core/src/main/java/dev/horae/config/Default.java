package dev.horae.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value a record component takes when its key is absent, written as it would be in YAML: {@code
 * 64}, {@code [5, 10]}, {@code type: hm4sr}. On a sealed interface: the default of every component
 * of that type.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE})
public @interface Default {
  String value();
}
