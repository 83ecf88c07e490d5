package dev.horae.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Optional;

/** A part of {@link Findings}; in JSON its {@code kind} says which. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Heading.class, name = "heading"),
  @JsonSubTypes.Type(value = Text.class, name = "text"),
  @JsonSubTypes.Type(value = Table.class, name = "table"),
  @JsonSubTypes.Type(value = Chart.class, name = "chart"),
  @JsonSubTypes.Type(value = Items.class, name = "items")
})
public sealed interface Block permits Heading, Text, Table, Chart, Items {

  /** {@return the table that it is or draws, if any} */
  default Optional<Table> table() {
    return Optional.empty();
  }
}
