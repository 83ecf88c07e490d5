package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.tensor.CheckpointException;
import java.nio.file.Path;

/**
 * The {@code config.json} of a pre-trained model, read without guessing: what is missing, of
 * another kind or not implemented is a {@link CheckpointException} that names file, field and
 * value.
 *
 * @param place the file, and the object in it where that is not the whole
 */
record PretrainedConfig(String place, JsonNode fields) {

  static PretrainedConfig read(Path file) {
    return new PretrainedConfig(file.toString(), Json.read(file, JsonNode.class));
  }

  /** {@return the object that the field holds} */
  PretrainedConfig object(String field) {
    return new PretrainedConfig(place + ": " + field, fields.path(field));
  }

  boolean has(String field) {
    return fields.hasNonNull(field);
  }

  String text(String field) {
    if (!fields.path(field).isTextual()) {
      throw wrong(field, "a text");
    }
    return fields.path(field).asText();
  }

  int positive(String field) {
    JsonNode value = fields.path(field);
    if (!value.canConvertToInt() || value.asInt() < 1) {
      throw wrong(field, "a positive whole number");
    }
    return value.asInt();
  }

  /** {@return the number, or {@code otherwise} when the field is absent or null} */
  double number(String field, double otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    if (!fields.path(field).isNumber()) {
      throw wrong(field, "a number");
    }
    return fields.path(field).asDouble();
  }

  /** {@return the boolean, or {@code otherwise} when the field is absent or null} */
  boolean flag(String field, boolean otherwise) {
    if (!has(field)) {
      return otherwise;
    }
    if (!fields.path(field).isBoolean()) {
      throw wrong(field, "true or false");
    }
    return fields.path(field).asBoolean();
  }

  /** Throws unless the field is absent, null or, as JSON, {@code implemented}. */
  void only(String field, String implemented) {
    if (has(field) && !fields.path(field).toString().equals(implemented)) {
      throw unimplemented(field, implemented);
    }
  }

  /** Throws when the field says something. */
  void absent(String field) {
    if (has(field) && !fields.path(field).isEmpty()) {
      throw unimplemented(field, "a model without it");
    }
  }

  /** {@return the error for a value that another encoder may know, but not ours} */
  CheckpointException unimplemented(String field, String implemented) {
    return new CheckpointException(
        place
            + ": "
            + field
            + " = "
            + fields.path(field)
            + " is not implemented, only "
            + implemented
            + "; take another encoder");
  }

  private CheckpointException wrong(String field, String wanted) {
    String found =
        fields.has(field) ? field + " = " + fields.path(field) : "has no '" + field + "'";
    return new CheckpointException(place + ": " + found + "; expected " + wanted);
  }
}
