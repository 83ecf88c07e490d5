package dev.horae.encoder;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Reasons;
import dev.horae.tensor.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Texts to token ids as Hugging Face's tokenizers do it: by {@code tokenizer.json}, or by BERT's
 * rules over a {@code vocab.txt}. Special tokens are added, longer texts cut, nothing padded,
 * whatever the file says about length and padding. Safe for use by many threads at once.
 */
final class TextTokenizer implements AutoCloseable {

  private static final String RULES = "tokenizer.json";
  private static final String VOCABULARY = "vocab.txt";
  private static final String SETTINGS = "tokenizer_config.json";

  static {
    // The library would otherwise look for a cloud machine's identity and report home, and fetch
    // another build of itself on a machine with a GPU.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("RUST_FLAVOR", "cpu");
  }

  /**
   * @param ids special tokens included
   * @param cut whether the text has more
   */
  record Tokens(long[] ids, boolean cut) {}

  private final HuggingFaceTokenizer tokenizer;

  private TextTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** {@return the files of the directory that decide the tokens} */
  static List<Path> files(Path directory) {
    Path rules = directory.resolve(RULES);
    Path vocabulary = directory.resolve(VOCABULARY);
    Path settings = directory.resolve(SETTINGS);
    if (Files.exists(rules)) {
      return List.of(rules);
    }
    if (!Files.exists(vocabulary)) {
      throw new DataException(
          directory
              + ": has neither "
              + RULES
              + " nor "
              + VOCABULARY
              + "; save the model's fast tokenizer beside it");
    }
    return Files.exists(settings) ? List.of(vocabulary, settings) : List.of(vocabulary);
  }

  /** Reads the tokenizer of a directory; texts are cut to {@code maxTokens}. */
  static TextTokenizer read(Path directory, int maxTokens) {
    List<Path> files = files(directory);
    try {
      byte[] rules =
          files.get(0).endsWith(RULES)
              ? Files.readAllBytes(files.get(0))
              : wordPiece(files).getBytes(StandardCharsets.UTF_8);
      return of(new ByteArrayInputStream(rules), maxTokens);
    } catch (IOException | RuntimeException e) {
      if (e instanceof CheckpointException known) {
        throw known;
      }
      // The native library throws plain runtime exceptions for what it cannot read.
      throw new CheckpointException(files.get(0) + ": not a tokenizer: " + Reasons.of(e), e);
    }
  }

  /**
   * @param rules a {@code tokenizer.json}
   */
  static TextTokenizer of(InputStream rules, int maxTokens) throws IOException {
    return new TextTokenizer(
        HuggingFaceTokenizer.newInstance(
            rules, Map.of("padding", "false", "truncation", "true", "maxLength", "" + maxTokens)));
  }

  Tokens encode(String text) {
    Encoding encoding = tokenizer.encode(text);
    return new Tokens(encoding.getIds(), encoding.exceedMaxLength());
  }

  /** {@return the tokenizer.json that a BERT's vocabulary, one token per line, stands for} */
  private static String wordPiece(List<Path> files) throws IOException {
    List<String> words = Files.readAllLines(files.get(0), StandardCharsets.UTF_8);
    PretrainedConfig settings =
        files.size() > 1
            ? PretrainedConfig.read(files.get(1))
            : new PretrainedConfig("", Json.MAPPER.createObjectNode());
    ObjectNode root = Json.MAPPER.createObjectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    for (String special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
      int id = words.indexOf(special);
      if (id >= 0) {
        added
            .addObject()
            .put("id", id)
            .put("content", special)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", true);
      } else if (!special.equals("[PAD]") && !special.equals("[MASK]")) {
        throw new CheckpointException(
            files.get(0) + ": lacks the token '" + special + "'; it is not the list of a BERT");
      }
    }
    ObjectNode normalizer = root.putObject("normalizer").put("type", "BertNormalizer");
    normalizer.put("clean_text", true);
    normalizer.put("handle_chinese_chars", settings.flag("tokenize_chinese_chars", true));
    normalizer.put("lowercase", settings.flag("do_lower_case", true));
    JsonNode accents = settings.fields().path("strip_accents");
    normalizer.set("strip_accents", accents.isBoolean() ? accents : normalizer.nullNode());
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    ObjectNode ends = root.putObject("post_processor").put("type", "BertProcessing");
    ends.putArray("sep").add("[SEP]").add(words.indexOf("[SEP]"));
    ends.putArray("cls").add("[CLS]").add(words.indexOf("[CLS]"));
    ObjectNode model = root.putObject("model").put("type", "WordPiece").put("unk_token", "[UNK]");
    model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
    ObjectNode ids = model.putObject("vocab");
    for (int id = 0; id < words.size(); id++) {
      ids.put(words.get(id), id);
    }
    return root.toString();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
