package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Windows;
import dev.horae.features.ContentEncoder;
import dev.horae.run.NewItem;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A shop with three items that nobody touched, by the verbs: with {@code --keep-cold}, without. */
class ColdItemsOfARunTest {

  private static final String AT = "--at=2030-01-01";
  private static final String WITH_COLD = "i3@2023-11-20,twin@2023-12-01";
  private static final String LEFT_OUT =
      "cold items without a text or picture that this model reads cannot be scored: 1\n";
  private static final String ALL_LEFT_OUT =
      "cold items, which have no events, cannot be scored by this model, which reads neither texts"
          + " nor pictures: 3\n";

  private static TrainedShop shop;
  private static Path raw;
  private static Path with;
  private static Path without;
  private static Path input;

  /** One reads and looks like i5, one has a category of its own, of one nothing is known. */
  @BeforeAll
  static void prepareEncode() throws IOException {
    shop = TrainedShop.get();
    raw = shop.copy(shop.folder().resolve("shop"), "cold-raw");
    String items = Files.readString(raw.resolve("items.csv"));
    String i5 = items.lines().filter(line -> line.startsWith("i5,")).findFirst().orElseThrow();
    Files.writeString(
        raw.resolve("items.csv"),
        items
            + i5.replace("i5,", "twin,")
            + "\nnovel,\"Yellow kite of paper\",Brand 1,Aardvarks|kite,i19.png\n"
            + "nothing,,,,\n");
    with = prepared("cold-with", "--keep-cold");
    without = prepared("cold-without", "--min-user-events=5");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < RawShop.ITEMS; i++) {
      lines.append("{\"history\": [\"i%s\", \"i%s\"]}\n".formatted(i, (i + 1) % RawShop.ITEMS));
    }
    input = Files.writeString(shop.folder().resolve("cold.jsonl"), lines);
  }

  private static Path prepared(String name, String option) {
    Path data = shop.folder().resolve(name);
    done(
        "prepare",
        "--format=csv",
        "--events",
        raw.resolve("events.csv"),
        "--items",
        raw.resolve("items.csv"),
        "--images",
        raw.resolve("images"),
        "--min-item-events=1",
        option,
        "--out",
        data);
    done("encode", data, "--text", "minilm", "--image", "descriptor");
    return data;
  }

  private static Path trained(Path data, String name, Object... settings) {
    Path run = shop.folder().resolve(name);
    assertThat(TrainedShop.train(data, run, settings).err()).isEmpty();
    return run;
  }

  /** {@return a run of one epoch, trained once for all tests: whoever changes it takes a copy} */
  private static Path ofOneEpoch(Path data, String model) {
    String name = data.getFileName() + "-" + model;
    Path run = shop.folder().resolve(name);
    if (Files.exists(run)) {
      return run;
    }
    switch (model) {
      case "horae" ->
          done("train", "--data", data, "--out", run, "model.type=horae", "train.epochs=1");
      case "most-popular" -> done("train", "--data", data, "--out", run, "model.type=" + model);
      default -> trained(data, name, "model.type=" + model, "train.epochs=1");
    }
    return run;
  }

  private static List<JsonNode> answers(Path run, String note, Object... more) throws IOException {
    List<Object> words =
        new ArrayList<>(List.of("recommend", run, AT, "--no-exclude-seen", "--input", input));
    words.addAll(List.of(more));
    List<JsonNode> answers = new ArrayList<>();
    TrainedShop.Result result = TrainedShop.horae(words.toArray());
    assertThat(result.err()).isEqualTo(note);
    for (String line : result.out().lines().toList()) {
      answers.add(json(line));
    }
    assertThat(answers).hasSize(RawShop.ITEMS);
    return answers;
  }

  private static Set<String> recommended(List<JsonNode> answers) {
    Set<String> items = new HashSet<>();
    answers.forEach(answer -> items.addAll(answer.path("items").findValuesAsText("item")));
    return items;
  }

  private static Map<String, Double> scores(JsonNode answer) {
    Map<String, Double> scores = new TreeMap<>();
    answer
        .path("items")
        .forEach(item -> scores.put(item.path("item").asText(), item.path("score").asDouble()));
    return scores;
  }

  private static Map<String, Integer> weights(Path run) {
    Map<String, Integer> hashes = new TreeMap<>();
    Safetensors.read(run.resolve("model.safetensors"))
        .entries()
        .forEach((name, entry) -> hashes.put(name, Arrays.hashCode(entry.floats())));
    return hashes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hm4sr", "unisrec", "tedrec", "missrec"})
  void aModelOfContentRecommendsThemAndNothingElseChanges(String model) throws IOException {
    Path cold = ofOneEpoch(with, model);
    Path plain = ofOneEpoch(without, model);
    assertThat(weights(cold)).isEqualTo(weights(plain));
    List<JsonNode> all = answers(cold, LEFT_OUT, "--top=48");
    List<JsonNode> expected = answers(plain, "", "--top=48");
    for (int i = 0; i < RawShop.ITEMS; i++) {
      Map<String, Double> scores = scores(all.get(i));
      scores.keySet().removeAll(Set.of("twin", "novel"));
      assertThat(scores).hasSizeGreaterThan(40);
      Map<String, Double> plainly = scores(expected.get(i));
      scores.forEach((item, score) -> assertThat(score).isCloseTo(plainly.get(item), within(1e-5)));
    }
    assertThat(recommended(answers(cold, LEFT_OUT, "--top=100")))
        .contains("twin", "novel")
        .doesNotContain("nothing");
    assertThat(all).allMatch(answer -> answer.path("source").asText().equals("model"));
    assertThat(done("evaluate", cold).out())
        .isEqualTo(
            done("evaluate", plain).out()
                + "cold items, which have no events, are not ranked: 3\n");
  }

  @Test
  void theTwinOfAnItemIsRecommendedWhereThatItemIs() throws IOException {
    Path run = trained(with, "cold-twin", "train.epochs=4");
    List<JsonNode> answers = answers(run, LEFT_OUT, "--top=5");
    assertThat(recommended(answers)).contains("twin").doesNotContain("nothing");
    for (JsonNode answer : answers) {
      for (JsonNode item : answer.path("items")) {
        boolean cold = Set.of("twin", "novel").contains(item.path("item").asText());
        assertThat(item.path("reason").asText("")).isEqualTo(cold ? Reply.COLD : "");
        assertThat(item.path("source").asText()).isEqualTo("model");
      }
      assertThat(answer.path("reason").isNull()).isTrue();
    }
  }

  @Test
  void aRunWhoseDataSetIsGoneRecommendsThemAndMarksThemInEveryFormat() throws IOException {
    Path data = shop.copy(with, "cold-data-gone");
    Path trained = trained(data, "cold-original", "train.epochs=1");
    Path run = shop.copy(trained, "cold-copy");
    TrainedShop.delete(data);
    TrainedShop.delete(trained);
    Object[] asked = {
      "recommend", run, "--history", WITH_COLD, AT, "--no-exclude-seen", "--top=50"
    };
    List<String> table = done(asked).out().lines().toList();
    assertThat(table.subList(0, 2)).containsExactly(LEFT_OUT.strip(), Reply.COLD);
    assertThat(table.get(2).split(" +")).containsExactly("", "score", "item", "title");
    assertThat(table.stream().filter(line -> line.matches(" *\\d+ .*")))
        .hasSize(50)
        .allMatch(line -> line.matches(".* (twin|novel) .*") == line.contains(" cold "));
    Object[] csv = Arrays.copyOf(asked, asked.length + 1);
    csv[asked.length] = "--format=csv";
    TrainedShop.Result lines = TrainedShop.horae(csv);
    assertThat(lines.err()).isEqualTo(LEFT_OUT);
    assertThat(lines.out().lines().filter(line -> line.contains(Reply.COLD)))
        .hasSize(2)
        .allMatch(line -> line.matches(",,\\d+,(twin|novel),.*,model,\"?cold: no .*,0,0,0"));
    assertThat(lines.out().lines().skip(1)).hasSize(50);
  }

  @Test
  void aHistoryWithAColdItemIsExplained() throws IOException {
    Path run = ofOneEpoch(with, "hm4sr");
    Object[] asked = {
      "recommend", run, "--history", WITH_COLD, AT, "--explain", "--no-exclude-seen", "--top=50"
    };
    String text = done(asked).out();
    assertThat(text).startsWith(LEFT_OUT + "history, oldest first\n").contains(Reply.COLD + "\n");
    assertThat(text.lines().filter(line -> line.matches(" *#2 +2023-12-01 +twin +.*"))).hasSize(1);
    assertThat(text.lines().filter(line -> line.matches(" *\\d+ .* cold +(twin|novel) .*")))
        .hasSize(2);
    JsonNode answer =
        ask(run, "--history", WITH_COLD, "--explain", "--no-exclude-seen", "--top=50");
    assertThat(answer.path("unknown")).isEmpty();
    assertThat(answer.path("history").findValuesAsText("item")).containsExactly("i3", "twin");
    for (JsonNode item : answer.path("items")) {
      double sum = 0;
      for (JsonNode share : item.path("shares")) {
        sum += share.asDouble();
      }
      assertThat(sum).isCloseTo(item.path("score").asDouble(), within(1e-4));
      assertThat(item.path("influence")).hasSize(2);
    }
  }

  @Test
  void seenColdItemsAreLeftOutAndThePopularOnesHaveEvents() throws IOException {
    Path run = ofOneEpoch(with, "hm4sr");
    assertThat(
            ask(run, "--history", WITH_COLD, "--exclude-seen", "--top=100")
                .path("items")
                .findValuesAsText("item"))
        .hasSize(RawShop.ITEMS)
        .contains("novel")
        .doesNotContain("twin", "i3");
    for (String history : List.of("", "nothing")) {
      JsonNode popular = ask(run, "--history", history, "--no-exclude-seen", "--top=100");
      assertThat(popular.path("source").asText()).isEqualTo("popular");
      assertThat(popular.path("items").findValuesAsText("item"))
          .hasSize(RawShop.ITEMS)
          .doesNotContain("twin", "novel", "nothing");
    }
    JsonNode coldOnly = ask(run, "--history", "twin", "--no-exclude-seen", "--top=3");
    assertThat(coldOnly.path("source").asText()).isEqualTo("model");
  }

  private static JsonNode ask(Path run, Object... words) throws IOException {
    List<Object> all = new ArrayList<>(List.of("recommend", run, AT, "--json"));
    all.addAll(List.of(words));
    TrainedShop.Result result = TrainedShop.horae(all.toArray());
    assertThat(result.err()).isEqualTo(LEFT_OUT);
    return json(result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.type=sasrec", "model.type=dif-sr"})
  void modelsThatCannotScoreThemLeaveThemOut(String type) throws IOException {
    Path run = trained(with, "cold-" + type, type, "train.epochs=1");
    assertThat(recommended(answers(run, ALL_LEFT_OUT, "--top=100")))
        .hasSize(RawShop.ITEMS)
        .doesNotContain("twin", "novel", "nothing");
    assertThat(done("recommend", run, "--history", WITH_COLD, AT).out())
        .contains(ALL_LEFT_OUT + "unknown to the model, skipped: twin\n");
    assertThat(Files.readString(run.resolve("items.jsonl"))).doesNotContain("cold");
  }

  @Test
  void contentLeftOutIsNotScored() throws IOException {
    Path run = trained(with, "cold-ids", "text=none", "image=none", "train.epochs=1");
    assertThat(recommended(answers(run, ALL_LEFT_OUT, "--top=100")))
        .doesNotContain("twin", "novel", "nothing");
  }

  @Test
  void trainingGoesOnFromARunWithColdItems() throws IOException {
    Path run = shop.copy(ofOneEpoch(with, "hm4sr"), "cold-earlier");
    Path later = shop.folder().resolve("cold-later");
    TrainedShop.Result result = TrainedShop.train(with, later, "--from", run, "train.epochs=1");
    assertThat(result.out()).contains("48 items carried over\n");
    assertThat(recommended(answers(later, LEFT_OUT, "--top=100"))).contains("twin");
    TrainedShop.Result more = TrainedShop.horae("train", "--resume", run, "train.epochs=2");
    assertThat(more.err()).isEmpty();
    assertThat(recommended(answers(run, LEFT_OUT, "--top=100"))).contains("twin");
  }

  /** On equal batches: the bits of a product depend on its size. */
  @Test
  void coldItemsChangeNoBitOfOtherScores() {
    Path run = ofOneEpoch(with, "hm4sr");
    Path plain = ofOneEpoch(without, "hm4sr");
    TrainedRun cold = TrainedRun.open(RunDirectory.open(run));
    assertThat(cold.allItems().size()).isEqualTo(RawShop.ITEMS + 2);
    float[] expected = scores(TrainedRun.open(RunDirectory.open(plain)).scorer());
    assertThat(scores(cold.scorer())).isEqualTo(expected);
    assertThat(scores(cold.scorerOfAllItems())).isEqualTo(expected);
  }

  /** On equal batches, and on equal vectors of the new items. */
  @ParameterizedTest
  @ValueSource(strings = {"hm4sr", "horae"})
  void itemsThatCameLaterScoreAsThoseThatWereKept(String model) {
    TrainedRun kept = TrainedRun.open(RunDirectory.open(ofOneEpoch(with, model)));
    TrainedRun plain = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, model)));
    List<NewItem> more = new ArrayList<>();
    for (int i = RawShop.ITEMS + 1; i <= kept.allItems().size(); i++) {
      Map<String, float[]> vectors = new TreeMap<>();
      for (FeatureTable table : kept.allFeatures()) {
        vectors.put(table.modality(), row(table, i));
      }
      more.add(new NewItem(kept.allItems().item(i), vectors));
    }
    assertThat(more).hasSize(2);
    TrainedRun added = plain.with(more);
    assertThat(added.allItems().items()).isEqualTo(kept.allItems().items());
    assertThat(allScores(added)).isEqualTo(allScores(kept));
    int known = RawShop.ITEMS + 1;
    float[] before = allScores(plain);
    float[] after = allScores(added);
    for (int h = 0; h < 2; h++) {
      assertThat(Arrays.copyOfRange(after, h * (known + 2) + 1, h * (known + 2) + known))
          .containsExactly(
              Arrays.copyOfRange(before, h * known + 1, (h + 1) * known), within(1e-5f));
    }
  }

  private static float[] row(FeatureTable table, int item) {
    return Arrays.copyOfRange(table.values(), item * table.width(), (item + 1) * table.width());
  }

  private static float[] allScores(TrainedRun run) {
    Histories histories =
        new Histories(new int[] {0, 2, 4}, new int[] {1, 2, 5, 6}, new long[] {1, 2, 3, 4});
    int rows = run.allItems().size() + 1;
    float[] all = new float[2 * rows];
    try (Scorer scorer = run.scorerOfAllItems()) {
      assertThat(scorer.itemRows()).isEqualTo(rows);
      scorer.score(
          Windows.latest(histories, scorer.maxLength()),
          0,
          2,
          (history, scores) -> System.arraycopy(scores, 0, all, history * rows, rows));
    }
    return all;
  }

  @Test
  void anItemsTextIsEncodedAsEncodeDoes() {
    TrainedRun kept = TrainedRun.open(RunDirectory.open(ofOneEpoch(with, "hm4sr")));
    TrainedRun plain = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, "hm4sr")));
    FeatureTable table = kept.allFeatures().get(0);
    try (ContentEncoder encoder = plain.contentEncoder()) {
      assertThat(encoder.textProblem()).isEmpty();
      for (int i = 1; i <= kept.allItems().size(); i++) {
        assertThat(encoder.text(kept.allItems().item(i)).orElseThrow()).isEqualTo(row(table, i));
      }
      assertThat(encoder.text(new Item("mute", "", "", List.of(), ""))).isEmpty();
      assertThat(encoder.text("")).isEmpty();
      assertThat(encoder.text("Yellow kite of paper").orElseThrow()).hasSize(384);
    }
  }

  @Test
  void whatCannotBeScoredIsSaidWithItsReason() {
    TrainedRun plain = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, "hm4sr")));
    Item item = new Item("later", "A kite", "", List.of(), "");
    assertThat(plain.whyNoNewItems()).isEmpty();
    assertThat(new NewItem(item, Map.of()).problemIn(plain))
        .contains("it has no text or picture that the model reads");
    assertThat(new NewItem(item, Map.of("text", new float[] {1})).problemIn(plain))
        .contains("its text vector has 1 values, and those of the run have 384");
    float[] broken = new float[384];
    broken[3] = Float.NaN;
    assertThat(new NewItem(item, Map.of("text", broken)).problemIn(plain))
        .contains("its text vector has the value NaN");
    NewItem twice = new NewItem(plain.catalogue().item(1), Map.of());
    assertThatThrownBy(() -> plain.with(List.of(twice)))
        .isInstanceOf(DataException.class)
        .hasMessage("item 'i0': the run has an item of this id");
    TrainedRun ids = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, "sasrec")));
    assertThat(ids.whyNoNewItems())
        .contains(
            "sasrec was trained on ids alone, without texts or pictures, and knows nothing of an"
                + " item that is new");
    TrainedRun counts = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, "most-popular")));
    assertThat(new NewItem(item, Map.of()).problemIn(counts))
        .contains("most-popular counts events, and an item that is new has none");
    TrainedRun ours = TrainedRun.open(RunDirectory.open(ofOneEpoch(without, "horae")));
    assertThat(new NewItem(item, Map.of()).problemIn(ours)).isEmpty();
    assertThat(new NewItem(new Item("x", "", "", List.of(), ""), Map.of()).problemIn(ours))
        .contains("it has no text or picture that the model reads");
  }

  /** {@return the scores of the items that are not cold, after two histories} */
  private static float[] scores(Scorer scorer) {
    Histories histories =
        new Histories(new int[] {0, 2, 4}, new int[] {1, 2, 5, 6}, new long[] {1, 2, 3, 4});
    int known = RawShop.ITEMS + 1;
    float[] all = new float[2 * known];
    try (scorer) {
      scorer.score(
          Windows.latest(histories, scorer.maxLength()),
          0,
          2,
          (history, scores) -> System.arraycopy(scores, 0, all, history * known, known));
    }
    return all;
  }
}
