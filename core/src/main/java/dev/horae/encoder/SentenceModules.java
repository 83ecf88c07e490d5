package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.tensor.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a directory of the sentence-transformers library says about the use of its encoder. A plain
 * directory says nothing: [CLS] as it is, as long as the model allows, no prefix.
 *
 * @param normalised whether vectors are brought to length 1
 * @param maxTokens as far as it says so
 * @param prefix put before every text
 * @param pooledPrefix whether a mean includes the prefix's tokens
 */
record SentenceModules(
    Pooling pooling,
    boolean normalised,
    Optional<Integer> maxTokens,
    String prefix,
    boolean pooledPrefix) {

  /** Throws {@link CheckpointException} for a step or a pooling that we do not have. */
  static SentenceModules read(Path directory) {
    Pooling pooling = Pooling.CLS;
    boolean normalised = false;
    boolean pooledPrefix = true;
    Path modules = directory.resolve("modules.json");
    if (Files.exists(modules)) {
      for (JsonNode module : Json.read(modules, JsonNode.class)) {
        PretrainedConfig step = new PretrainedConfig(modules.toString(), module);
        String type = step.text("type");
        switch (type.substring(type.lastIndexOf('.') + 1)) {
          case "Transformer" -> step.only("path", "\"\"");
          case "Pooling" -> {
            Path file = directory.resolve(step.text("path")).resolve("config.json");
            PretrainedConfig config = PretrainedConfig.read(file);
            pooling = pooling(config);
            pooledPrefix = config.flag("include_prompt", true);
          }
          case "Normalize" -> normalised = true;
          default -> throw step.unimplemented("type", "Transformer, Pooling and Normalize");
        }
      }
    }
    return new SentenceModules(
        pooling, normalised, maxTokens(directory), prefix(directory), pooledPrefix);
  }

  private static Pooling pooling(PretrainedConfig config) {
    List<String> modes = new ArrayList<>();
    for (var field : config.fields().properties()) {
      if (field.getKey().startsWith("pooling_mode") && field.getValue().asBoolean()) {
        modes.add(field.getKey());
      }
    }
    return switch (String.join(" and ", modes)) {
      case "pooling_mode_cls_token" -> Pooling.CLS;
      case "pooling_mode_mean_tokens" -> Pooling.MEAN;
      case "" ->
          throw new CheckpointException(
              config.place()
                  + ": names no pooling; set pooling_mode_cls_token or pooling_mode_mean_tokens");
      default -> throw config.unimplemented(modes.get(modes.size() - 1), "cls or mean alone");
    };
  }

  private static Optional<Integer> maxTokens(Path directory) {
    Path sentences = directory.resolve("sentence_bert_config.json");
    if (Files.exists(sentences)) {
      PretrainedConfig config = PretrainedConfig.read(sentences);
      config.only("do_lower_case", "false");
      if (config.has("max_seq_length")) {
        return Optional.of(config.positive("max_seq_length"));
      }
    }
    Path tokens = directory.resolve("tokenizer_config.json");
    if (Files.exists(tokens)) {
      // Where there is no limit, the library writes a number with thirty digits.
      double limit = PretrainedConfig.read(tokens).number("model_max_length", Double.MAX_VALUE);
      if (limit >= 1 && limit < Integer.MAX_VALUE) {
        return Optional.of((int) limit);
      }
    }
    return Optional.empty();
  }

  private static String prefix(Path directory) {
    Path file = directory.resolve("config_sentence_transformers.json");
    if (!Files.exists(file)) {
      return "";
    }
    PretrainedConfig config = PretrainedConfig.read(file);
    return config.has("default_prompt_name")
        ? config.object("prompts").text(config.text("default_prompt_name"))
        : "";
  }
}
