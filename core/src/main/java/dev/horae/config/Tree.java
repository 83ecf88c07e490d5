package dev.horae.config;

import java.util.List;
import java.util.Map;

/** A YAML value that knows its place. */
sealed interface Tree {

  Place place();

  /** One value, unquoted: what it means is for the type of its key to say. */
  record Scalar(Place place, String text) implements Tree {}

  /** Nothing after the key, {@code null} or {@code ~}. */
  record Nothing(Place place) implements Tree {}

  /** {@code [a, b]}, or lines that start with a dash. */
  record Sequence(Place place, List<Tree> elements) implements Tree {}

  /** Keys and values, in the order written. The map may be written to, so that overrides can be. */
  record Group(Place place, Map<String, Tree> children) implements Tree {}
}
