package dev.horae.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a component that is a record: its keys stand among those of the record around it, so that
 * several records can share keys which the file shows as their own. What the outer record says
 * otherwise about a key is written as YAML, key by key, in the component's {@link Default} and
 * {@link Doc}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Flat {}
