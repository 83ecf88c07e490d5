package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.encoder.MiniLm;
import dev.horae.features.TextTemplate;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sixteen items of a shop whose users take two neighbours after each other. */
class SimilarSearchTest {

  private static final List<String> TITLES =
      List.of(
          "Wooden train",
          "Steam locomotive of wood",
          "Doll with a red dress",
          "Fashion doll",
          "Jigsaw puzzle of a castle",
          "Puzzle with 500 pieces",
          "Water pistol",
          "Garden hose",
          "Chess set",
          "Draughts",
          "Kite",
          "Paper plane",
          "Teddy bear",
          "Plush rabbit",
          "Drum",
          "");

  private static final BitSet NONE = new BitSet();

  @TempDir private static Path folder;
  private static Store store;
  private static LoadedModel model;
  private static LoadedModel ids;
  private static SimilarSearch search;

  @BeforeAll
  static void train() {
    List<Item> items = new ArrayList<>();
    float[] vectors = new float[(TITLES.size() + 1) * MiniLm.WIDTH];
    try (MiniLm encoder = new MiniLm()) {
      for (int i = 1; i <= TITLES.size(); i++) {
        Item item = new Item("i" + i, TITLES.get(i - 1), "", List.of(), "");
        items.add(item);
        String text = TextTemplate.text(item, Item.TEXT_FIELDS);
        if (!text.isEmpty()) {
          System.arraycopy(encoder.encode(text), 0, vectors, i * MiniLm.WIDTH, MiniLm.WIDTH);
        }
      }
    }
    Dataset dataset = dataset(items);
    store = Store.open("sqlite:" + folder.resolve("horae.db"));
    FeatureTable table = new FeatureTable("text", "minilm", MiniLm.WIDTH, vectors);
    model = model("with", dataset, List.of(table), "model.type=horae", "model.tower=none");
    ids = model("ids", dataset, List.of(), "model.type=most-popular");
    search = new SimilarSearch();
  }

  private static LoadedModel model(
      String name, Dataset dataset, List<FeatureTable> tables, String... settings) {
    RunConfig config = ConfigReader.read(null, List.of(settings), RunConfig.class);
    Path path = folder.resolve(name);
    Training.of(config, dataset, tables).run(RunDirectory.create(path, config), Progress.SILENT);
    TrainedRun run = LoadedModel.open(path);
    Items items = new Items(store, new Pictures(), id -> 0);
    return LoadedModel.of(name, run, run.allItems().size(), items, 1, 10);
  }

  /** User u takes items u, u + 1 twice over, and more; nobody takes the last two. */
  private static Dataset dataset(List<Item> items) {
    int users = 40;
    int[] starts = new int[users + 1];
    List<Integer> taken = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int u = 0; u < users; u++) {
      names.add("u" + u);
      int pair = u % 7 * 2;
      for (int step = 0; step < 6; step++) {
        taken.add(1 + (step < 4 ? pair + step % 2 : (pair + step) % 14));
      }
      starts[u + 1] = taken.size();
    }
    int[] all = taken.stream().mapToInt(item -> item).toArray();
    long[] times = new long[all.length];
    for (int e = 0; e < times.length; e++) {
      times[e] = 1_700_000_000L + e % 6 * 86_400L;
    }
    Manifest manifest =
        new Manifest(
            "small",
            1,
            6,
            1,
            1,
            "removed",
            "file",
            null,
            true,
            Map.of(),
            Map.of("events.parquet", "e", "items.parquet", "i"),
            "",
            Map.of());
    return new Dataset(
        Path.of("small"), manifest, new Catalogue(items), names, new Histories(starts, all, times));
  }

  @AfterAll
  static void close() {
    search.close();
    model.release();
    ids.release();
    store.close();
  }

  private static SimilarSearch.Result find(Similarity by, String... items) {
    return search.find(model, List.of(items), null, null, by, NONE, 3);
  }

  @Test
  void eachViewSpeaksForItself() {
    assertThat(find(Similarity.BEHAVIOUR, "i7").items().get(0).item()).isEqualTo(8);
    assertThat(find(Similarity.TEXT, "i1").items().get(0).item()).isEqualTo(2);
    assertThat(find(Similarity.TEXT, "i5").items().get(0).item()).isEqualTo(6);
    assertThat(find(Similarity.MIXED, "i1").items().get(0).item()).isEqualTo(2);
    assertThat(find(Similarity.MIXED, "i1").reason()).isNull();
  }

  @Test
  void whatIsMaskedIsNeverFound() {
    BitSet masked = new BitSet();
    masked.set(2);
    SimilarSearch.Result found =
        search.find(model, List.of("i1"), null, null, Similarity.MIXED, masked, 16);
    assertThat(found.items()).isNotEmpty().noneMatch(each -> each.item() == 2);
  }

  @Test
  void aTextFindsItemsWithoutOne() {
    SimilarSearch.Result found =
        search.find(model, List.of(), "a railway toy", null, Similarity.MIXED, NONE, 2);
    assertThat(found.items()).extracting(SimilarItems.Found::item).containsExactlyInAnyOrder(1, 2);
    assertThat(found.reason()).isNull();
  }

  @Test
  void whatHadNoSayIsSaid() {
    SimilarSearch.Result unknown = find(Similarity.MIXED, "i1", "nowhere");
    assertThat(unknown.unknown()).containsExactly("nowhere");
    assertThat(find(Similarity.IMAGE, "i1").reason()).isEqualTo("the model has no picture vectors");
    assertThat(find(Similarity.BEHAVIOUR, "i15").reason())
        .isEqualTo("nobody took what was asked for in training");
    assertThat(find(Similarity.TEXT, "i16").reason())
        .isEqualTo("what was asked for has no text vector");
    assertThat(find(Similarity.MIXED, "i16").reason())
        .isEqualTo("nothing is known of what was asked for by behaviour, text");
    assertThat(search.find(ids, List.of("i1"), "a train", null, Similarity.MIXED, NONE, 1).reason())
        .isEqualTo("the text was left out: the model was trained without text vectors");
    assertThat(
            search
                .find(model, List.of("i1"), null, new byte[] {1}, Similarity.MIXED, NONE, 1)
                .reason())
        .startsWith("the picture was left out: the vectors of pictures are fitted");
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    assertThatThrownBy(() -> find(Similarity.MIXED, "nowhere"))
        .isInstanceOf(Refusal.class)
        .hasMessage("there is no item 'nowhere'");
    assertThatThrownBy(() -> search.find(ids, List.of(), "a train", null, Similarity.TEXT, NONE, 1))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "text = a train cannot be compared: the model was trained without text vectors");
    assertThatThrownBy(
            () -> search.find(model, List.of(), null, new byte[] {1}, Similarity.IMAGE, NONE, 1))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("image = (a picture) cannot be compared: the vectors of pictures");
  }
}
