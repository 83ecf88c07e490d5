package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.encoder.FrozenLayers.Run;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text encoders against what the reference library computed; see encoders/generate.py. */
class PretrainedTextTest {

  @TempDir Path folder;

  private static PretrainedText open(Path directory) {
    return new PretrainedText(directory, TextOptions.DEFAULT, false, false);
  }

  private static JsonNode texts(Path directory) {
    return Json.read(directory.resolve("texts.json"), JsonNode.class);
  }

  private static List<String> strings(Path directory) {
    List<String> strings = new ArrayList<>();
    texts(directory).forEach(one -> strings.add(one.path("text").asText()));
    return strings;
  }

  private static long[] ids(JsonNode text) {
    return IntStream.range(0, text.path("ids").size())
        .mapToLong(i -> text.path("ids").path(i).asLong())
        .toArray();
  }

  private static float[] expected(Path directory, String name) {
    return Safetensors.read(directory.resolve("expected.safetensors")).entries().get(name).floats();
  }

  private static float[][] encode(PretrainedText encoder, List<String> texts) {
    float[][] vectors = new float[texts.size()][];
    encoder.encode(texts, Progress.SILENT, (i, vector) -> vectors[i] = vector);
    return vectors;
  }

  private static float[] joined(float[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * rows[i].length, rows[i].length);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "sentence", "roberta", "xlm-roberta"})
  void tokensEqualTheReference(String name) {
    Path directory = TinyEncoders.path(name);
    try (PretrainedText encoder = open(directory);
        TextTokenizer tokenizer = TextTokenizer.read(directory, encoder.maxTokens())) {
      for (JsonNode one : texts(directory)) {
        assertThat(tokenizer.encode(one.path("text").asText()).ids())
            .as(one.path("text").asText())
            .isEqualTo(ids(one));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "sentence", "roberta", "xlm-roberta"})
  void agreesWithTheReferenceInEveryState(String name) {
    Path directory = TinyEncoders.path(name);
    List<Run> runs = new ArrayList<>();
    LongStream.Builder all = LongStream.builder();
    for (JsonNode one : texts(directory)) {
      Arrays.stream(ids(one)).forEach(all::add);
      runs.add(new Run(1, ids(one).length));
    }
    try (PretrainedText encoder = open(directory)) {
      Bert model = encoder.model();
      try (Scope scope = Scope.inference()) {
        List<Tensor> states = model.states(all.build().toArray(), runs);
        Tensor stacked = torch.stack(new TensorVector(states.toArray(Tensor[]::new)), 1);
        TinyEncoders.assertAgree(Ops.floats(stacked), expected(directory, "states"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "sentence", "roberta", "xlm-roberta"})
  void allStatesAreThoseOfTheFirstTokenInEveryLayer(String name) {
    Path directory = TinyEncoders.path(name);
    float[] wanted = expected(directory, "states"); // [T, layers + 1, D]
    try (PretrainedText encoder = new PretrainedText(directory, TextOptions.DEFAULT, false, true)) {
      assertThat(encoder.name()).isEqualTo(name + "-states");
      float[][] vectors = encode(encoder, strings(directory));
      int token = 0;
      for (int i = 0; i < vectors.length; i++) {
        int from = token * encoder.width();
        TinyEncoders.assertAgree(
            vectors[i], Arrays.copyOfRange(wanted, from, from + encoder.width()));
        token += ids(texts(directory).get(i)).length;
      }
    }
  }

  /** Packed with others of equal and other lengths, in any order, each text has its vector. */
  @ParameterizedTest
  @ValueSource(strings = {"bert", "sentence", "roberta", "xlm-roberta"})
  void vectorsAgreeWithTheReferenceWhateverTheirNeighbours(String name) {
    Path directory = TinyEncoders.path(name);
    float[] wanted = expected(directory, "vectors");
    try (PretrainedText encoder = open(directory)) {
      List<String> texts = strings(directory);
      TinyEncoders.assertAgree(joined(encode(encoder, texts)), wanted);

      List<Integer> order = new ArrayList<>();
      for (int copy = 0; copy < 100; copy++) { // several packs
        IntStream.range(0, texts.size()).forEach(order::add);
      }
      Collections.shuffle(order, new Random(7));
      float[][] many = encode(encoder, order.stream().map(texts::get).toList());
      for (int i = 0; i < many.length; i++) {
        int from = order.get(i) * encoder.width();
        TinyEncoders.assertAgree(many[i], Arrays.copyOfRange(wanted, from, from + encoder.width()));
      }
    }
  }

  @Test
  void readsWhatTheDirectorySaysAboutUse() {
    try (PretrainedText plain = open(TinyEncoders.path("bert"));
        PretrainedText sentence = open(TinyEncoders.path("sentence"));
        PretrainedText roberta = open(TinyEncoders.path("roberta"))) {
      assertThat(plain.maxTokens()).isEqualTo(32);
      assertThat(sentence.maxTokens()).isEqualTo(24);
      assertThat(roberta.maxTokens()).isEqualTo(32); // of 34 positions two are not for tokens
      assertThat(plain.cuts("a b")).isFalse();
      assertThat(plain.cuts("a ".repeat(30))).isFalse(); // and two special tokens
      assertThat(plain.cuts("a ".repeat(31))).isTrue();
      assertThat(plain.name()).isEqualTo("bert");
    }
  }

  @Test
  void theUserDecidesOverPoolingAndPrefix() {
    Path directory = TinyEncoders.path("sentence");
    TextOptions cls =
        new TextOptions(Item.TEXT_FIELDS, Optional.of(Pooling.CLS), Optional.of("wooden "));
    try (PretrainedText published = open(directory);
        PretrainedText own = new PretrainedText(directory, cls, false, false)) {
      float[] states;
      try (TextTokenizer tokenizer = TextTokenizer.read(directory, 24)) {
        long[] ids = tokenizer.encode("wooden toys").ids();
        published.model();
        try (Scope scope = Scope.inference()) {
          Tensor last = published.model().states(ids, List.of(new Run(1, ids.length))).get(2);
          states = Ops.floats(torch.normalize(last).select(0, 0));
        }
      }
      TinyEncoders.assertAgree(encode(own, List.of("toys"))[0], states);
    }
  }

  @Test
  void readsTheDefaultPromptOfSentenceTransformers() throws IOException {
    Path directory = TinyEncoders.copy("sentence", folder);
    float[] wanted;
    try (PretrainedText plain = open(directory)) {
      wanted = encode(plain, List.of("query: toys"))[0];
    }
    Files.writeString(
        directory.resolve("config_sentence_transformers.json"),
        "{\"prompts\": {\"query\": \"query: \"}, \"default_prompt_name\": \"query\"}");
    try (PretrainedText prompted = open(directory)) {
      assertThat(encode(prompted, List.of("toys"))[0]).isEqualTo(wanted);
    }
    TinyEncoders.setField(directory.resolve("1_Pooling/config.json"), "\"include_prompt\": false");
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            directory
                + ": include_prompt = false is not implemented: the mean would leave the prefix"
                + " 'query: ' out; use another prefix or pooling");
  }

  @Test
  void theCacheTellsApartWhatChangesVectors() throws IOException {
    Map<String, String> ids = new LinkedHashMap<>();
    Path directory = TinyEncoders.copy("sentence", folder);
    ids.put("as published", id(directory, TextOptions.DEFAULT, false));
    assertThat(id(directory, TextOptions.DEFAULT, false)).isEqualTo(ids.get("as published"));
    ids.put("bf16", id(directory, TextOptions.DEFAULT, true));
    ids.put(
        "pooling",
        id(
            directory,
            new TextOptions(Item.TEXT_FIELDS, Optional.of(Pooling.CLS), Optional.empty()),
            false));
    ids.put(
        "prefix",
        id(
            directory,
            new TextOptions(Item.TEXT_FIELDS, Optional.empty(), Optional.of("x")),
            false));
    TinyEncoders.setField(directory.resolve("sentence_bert_config.json"), "\"max_seq_length\": 9");
    ids.put("length", id(directory, TextOptions.DEFAULT, false));
    TinyEncoders.setField(directory.resolve("config.json"), "\"layer_norm_eps\": 1e-5");
    ids.put("config", id(directory, TextOptions.DEFAULT, false));
    Path shard = directory.resolve("model-00002-of-00003.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);
    ids.put("weights", id(directory, TextOptions.DEFAULT, false));
    Path rules = directory.resolve("tokenizer.json");
    Files.writeString(rules, Files.readString(rules) + "\n");
    ids.put("tokenizer", id(directory, TextOptions.DEFAULT, false));
    assertThat(ids.values()).doesNotHaveDuplicates().allMatch(id -> id.startsWith("sentence-"));
  }

  private static String id(Path directory, TextOptions use, boolean bfloat16) {
    try (PretrainedText encoder = new PretrainedText(directory, use, bfloat16, false)) {
      return encoder.id();
    }
  }

  @Test
  void runsInBfloat16() {
    Path directory = TinyEncoders.path("sentence");
    try (PretrainedText encoder = new PretrainedText(directory, TextOptions.DEFAULT, true, false)) {
      float[] vectors = joined(encode(encoder, strings(directory)));
      assertThat(TinyEncoders.cosine(vectors, expected(directory, "vectors")))
          .isBetween(0.99, 0.9999999);
    }
  }

  @Test
  void namesTheFieldThatItDoesNotImplement() throws IOException {
    Map<String, String> refusals =
        Map.of(
            "\"model_type\": \"mpnet\"",
                "model_type = \"mpnet\" is not implemented, only bert, roberta and xlm-roberta for"
                    + " texts; take another encoder",
            "\"position_embedding_type\": \"relative_key\"",
                "position_embedding_type = \"relative_key\" is not implemented, only \"absolute\";"
                    + " take another encoder",
            "\"is_decoder\": true",
                "is_decoder = true is not implemented, only false; take another encoder",
            "\"auto_map\": {\"AutoModel\": \"custom.Bert\"}",
                "auto_map = {\"AutoModel\":\"custom.Bert\"} is not implemented, only a model"
                    + " without it; take another encoder",
            "\"num_attention_heads\": 5",
                "num_attention_heads = 5 is not implemented, only a divisor of hidden_size = 12;"
                    + " take another encoder",
            "\"vocab_size\": null", "vocab_size = null; expected a positive whole number");
    for (Map.Entry<String, String> one : refusals.entrySet()) {
      Path directory = TinyEncoders.copy("bert", folder);
      TinyEncoders.setField(directory.resolve("config.json"), one.getKey());
      assertThatThrownBy(() -> open(directory))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(directory.resolve("config.json") + ": " + one.getValue());
    }
  }

  @Test
  void namesThePoolingAndTheStepThatItDoesNotImplement() throws IOException {
    Path directory = TinyEncoders.copy("sentence", folder);
    Path pooling = directory.resolve("1_Pooling/config.json");
    TinyEncoders.setField(pooling, "\"pooling_mode_max_tokens\": true");
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            pooling
                + ": pooling_mode_max_tokens = true is not implemented, only cls or mean alone;"
                + " take another encoder");
    TinyEncoders.setField(
        pooling, "\"pooling_mode_max_tokens\": false, \"pooling_mode_mean_tokens\": false");
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            pooling + ": names no pooling; set pooling_mode_cls_token or pooling_mode_mean_tokens");
    Path modules = directory.resolve("modules.json");
    Files.writeString(modules, "[{\"type\": \"sentence_transformers.models.Dense\"}]");
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            modules
                + ": type = \"sentence_transformers.models.Dense\" is not implemented, only"
                + " Transformer, Pooling and Normalize; take another encoder");
  }

  @Test
  void namesTheTensorThatIsMissingExtraMisshapedOrOfAnotherType() throws IOException {
    Path directory = TinyEncoders.copy("roberta", folder);
    Path file = directory.resolve("model.safetensors");
    Safetensors whole = Safetensors.read(TinyEncoders.path("roberta").resolve(file.getFileName()));
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(whole.entries());
    String key = "encoder.layer.1.attention.self.key.weight";

    entries.remove(key);
    assertRefused(
        directory, entries, "lacks the tensor '" + key + "' [12, 12] that config.json calls for");
    entries.put(key, Safetensors.Entry.of(new float[132], 12, 11));
    assertRefused(
        directory,
        entries,
        "tensor '" + key + "' has shape [12, 11] where config.json calls for [12, 12]");
    entries.put(key, Safetensors.Entry.of(new long[144], 12, 12));
    assertRefused(directory, entries, "tensor '" + key + "' is I64; save it as F32, F16 or BF16");
    entries.put(key, whole.entries().get(key));
    entries.put("encoder.layer.2.adapter.weight", Safetensors.Entry.of(new float[2], 2));
    assertRefused(
        directory,
        entries,
        "tensor 'encoder.layer.2.adapter.weight' [2] has no place in the model that config.json"
            + " describes");
  }

  private static void assertRefused(
      Path directory, Map<String, Safetensors.Entry> entries, String message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new Safetensors(Map.of(), entries).write(bytes);
    Path file = directory.resolve("model.safetensors");
    Files.write(file, bytes.toByteArray());
    try (PretrainedText encoder = open(directory)) {
      assertThatThrownBy(encoder::model)
          .isInstanceOf(CheckpointException.class)
          .hasMessage(file + ": " + message);
    }
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    Path directory = TinyEncoders.copy("sentence", folder);
    Files.delete(directory.resolve("model-00002-of-00003.safetensors"));
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("model.safetensors.index.json")
                + ": names 'model-00002-of-00003.safetensors', which is not there; download the"
                + " model again");
    Files.delete(directory.resolve("model.safetensors.index.json"));
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            directory
                + ": has neither model.safetensors nor model.safetensors.index.json; save the"
                + " model's weights as safetensors");
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(directory.resolve("tokenizer.json") + ": not a tokenizer: ");
    Files.delete(directory.resolve("tokenizer.json"));
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            directory
                + ": has neither tokenizer.json nor vocab.txt; save the model's fast tokenizer"
                + " beside it");
    Files.delete(directory.resolve("config.json"));
    assertThatThrownBy(() -> open(directory))
        .hasMessage(
            directory + ": has no config.json; name the directory of a Hugging Face style model");
  }

  /** The tokens that the authors' own tokenizer gave, on its vocabulary. */
  @Test
  void wordPiecesEqualTheOldTokenizers() throws IOException {
    JsonNode golden = Json.read(TinyEncoders.resource("/golden/tokenize.json"), JsonNode.class);
    List<String> words = new ArrayList<>();
    golden.path("vocab").forEach(word -> words.add(word.asText()));
    Files.write(folder.resolve("vocab.txt"), words);
    try (TextTokenizer tokenizer = TextTokenizer.read(folder, 512)) {
      for (JsonNode one : golden.path("tokenize")) {
        long[] ours = tokenizer.encode(one.path("text").asText()).ids(); // [CLS] ... [SEP]
        assertThat(Arrays.copyOfRange(ours, 1, ours.length - 1))
            .as(one.path("text").asText())
            .isEqualTo(ids(one));
      }
      assertThat(golden.path("tokenize")).hasSize(11);
    }
    words.remove("[SEP]");
    Files.write(folder.resolve("vocab.txt"), words);
    assertThatThrownBy(() -> TextTokenizer.read(folder, 512))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            folder.resolve("vocab.txt")
                + ": lacks the token '[SEP]'; it is not the list of a BERT");
  }
}
