package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.encoder.MiniLm;
import dev.horae.encoder.Pooling;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.encoder.PretrainedText;
import dev.horae.encoder.TextOptions;
import dev.horae.encoder.TinyEncoders;
import dev.horae.encoder.Vit;
import dev.horae.picture.Drawn;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodingTest {

  @TempDir Path directory;

  private Dataset shop(List<Item> items) {
    return Catalogues.dataset(directory, "11", directory.resolve("images").toString(), items);
  }

  private static Encoding.Options options(String text, String image) {
    return Encoding.Options.of(text, image);
  }

  private static Encoding.Options states(String text, String image, Optional<Pooling> pooling) {
    return new Encoding.Options(
        text,
        image,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new TextOptions(Item.TEXT_FIELDS, pooling, Optional.empty()),
        false,
        true);
  }

  private static Encoding.Part run(Dataset dataset, String text, String image) {
    return Encoding.run(dataset, options(text, image), Progress.SILENT).get(0);
  }

  private static List<Item> titles(int n) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      items.add(Catalogues.item("id" + i, "Toy number " + i, ""));
    }
    return items;
  }

  /** {@return what was kept of how pictures were encoded} */
  private static PictureEncoder kept(Dataset shop, String name) {
    FeatureTable whole = FeatureStore.readAll(shop, "image", name);
    return PictureEncoderFile.open(PictureEncoderFile.of(whole).orElseThrow());
  }

  private static float[] row(FeatureTable table, int item) {
    return Arrays.copyOfRange(table.values(), item * table.width(), (item + 1) * table.width());
  }

  @Test
  void textsBecomeATableOnceAndOnlyNewOnesLater() throws IOException {
    List<Item> items = titles(5);
    items.add(Catalogues.item("twin", "Toy number 0", ""));
    items.add(Catalogues.item("mute", "", ""));
    Encoding.Part first = run(shop(items), "minilm", "none");

    assertThat(first.encoded()).isEqualTo(5);
    assertThat(first.vectors()).isEqualTo(6);
    assertThat(first.shared()).isEqualTo(1);
    assertThat(first.warnings()).isEmpty();
    assertThat(first.problems().counts()).containsExactly(Map.entry("empty text", 1));
    FeatureTable table = FeatureStore.read(shop(items), "text", "minilm");
    assertThat(row(table, 0)).containsOnly(0);
    assertThat(row(table, 7)).containsOnly(0);
    assertThat(row(table, 6)).isEqualTo(row(table, 1)).isNotEqualTo(row(table, 2));
    try (MiniLm model = new MiniLm()) {
      assertThat(row(table, 3)).isEqualTo(model.encode("Toy number 2. "));
    }
    byte[] bytes = Files.readAllBytes(first.table());

    Encoding.Part again = run(shop(items), "minilm", "none");
    assertThat(again.encoded()).isZero();
    assertThat(Files.readAllBytes(again.table())).isEqualTo(bytes);

    items.add(1, Catalogues.item("new", "Something else", ""));
    assertThat(run(shop(items), "minilm", "none").encoded()).isEqualTo(1);
  }

  /** The cache is a courtesy: without it the same bytes come out. */
  @Test
  void anInterruptedEncodingContinuesAndEndsInTheSameBytes() throws IOException {
    Dataset shop = shop(titles(40));
    Progress untilHalf =
        (what, done, total, detail) -> {
          if (what.equals("encode text") && done >= 16) {
            throw new IllegalStateException("pulled the plug");
          }
        };
    assertThatThrownBy(() -> Encoding.run(shop, options("minilm", "none"), untilHalf))
        .hasMessage("pulled the plug");
    assertThat(FeatureStore.names(shop, "text")).isEmpty();

    Encoding.Part rest = run(shop, "minilm", "none");
    assertThat(rest.encoded()).isBetween(1, 24);
    byte[] resumed = Files.readAllBytes(rest.table());

    Files.delete(directory.resolve("features/cache/" + MiniLm.ID + ".bin"));
    Encoding.Part whole = run(shop, "minilm", "none");
    assertThat(whole.encoded()).isEqualTo(40);
    assertThat(Files.readAllBytes(whole.table())).isEqualTo(resumed);
  }

  @Test
  void picturesBecomeATableAndBrokenOnesAReport() throws Exception {
    Path images = Files.createDirectories(directory.resolve("images"));
    List<Item> items = new ArrayList<>();
    Color[] colours = {Color.RED, Color.BLUE, Color.GREEN, Color.YELLOW, Color.PINK};
    for (int i = 0; i < colours.length; i++) {
      Files.write(
          images.resolve(i + ".jpg"),
          Drawn.file(Drawn.bands(60, colours[i], Color.BLACK, 2 + i, true), "jpg"));
      items.add(Catalogues.item("id" + i, "", i + ".jpg"));
    }
    Files.writeString(images.resolve("page.jpg"), "<html>\"gone\"</html>");
    items.add(Catalogues.item("page", "", "page.jpg"));
    items.add(Catalogues.item("gone", "", "gone.jpg"));
    items.add(Catalogues.item("bare", "", ""));

    Encoding.Part part = run(shop(items), "none", "descriptor");

    assertThat(part.encoded()).isEqualTo(5);
    assertThat(part.vectors()).isEqualTo(5);
    assertThat(part.problems().counts())
        .containsExactly(
            Map.entry("broken picture", 1),
            Map.entry("missing picture", 1),
            Map.entry("no picture named", 1));
    assertThat(Files.readString(part.problemsFile()))
        .isEqualTo(
            """
            item,kind,content,reason
            "page",broken picture,"page.jpg","is a web page, not a picture"
            "gone",missing picture,"gone.jpg","no such file in %s"
            "bare",no picture named,"","the catalogue names no picture for the item"
            """
                .formatted(images));
    FeatureTable table = FeatureStore.read(shop(items), "image", "descriptor");
    for (int missing : new int[] {0, 6, 7, 8}) {
      assertThat(row(table, missing)).containsOnly(0);
    }
    assertThat(row(table, 1)).isNotEqualTo(row(table, 2));
    try (PictureEncoder kept = kept(shop(items), "descriptor")) {
      for (int i = 0; i < colours.length; i++) {
        byte[] picture = Files.readAllBytes(images.resolve(i + ".jpg"));
        assertThat(kept.encode(picture)).isEqualTo(row(table, i + 1));
      }
    }

    byte[] bytes = Files.readAllBytes(part.table());
    Encoding.Part again = Encoding.image(shop(items), "descriptor");
    assertThat(again.encoded()).isZero();
    assertThat(Files.readAllBytes(again.table())).isEqualTo(bytes);
  }

  /**
   * Ids and names may be what a spreadsheet would compute; the report page shows them as they are.
   */
  @Test
  void noProblemBeginsLikeAFormula() throws IOException {
    Files.createDirectories(directory.resolve("images"));
    Files.write(directory.resolve("images/a.png"), Drawn.file(Drawn.plain(9, 9, Color.RED), "png"));
    List<Item> items =
        List.of(
            Catalogues.item("a", "", "a.png"),
            Catalogues.item("=1+\"1\"", "", "+cmd.jpg"),
            Catalogues.item("-5", "", "@x"),
            Catalogues.item("'quoted", "", "'=x"));
    Encoding.Part part = run(shop(items), "none", "descriptor");
    String none = "no such file in " + directory.resolve("images");
    assertThat(Files.readString(part.problemsFile()))
        .isEqualTo(
            """
            item,kind,content,reason
            "'=1+""1""\",missing picture,"'+cmd.jpg","NONE"
            "-5",missing picture,"'@x","NONE"
            "'quoted",missing picture,"'=x","NONE"
            """
                .replace("NONE", none));
    assertThat(Problems.read(part.problemsFile()).subList(0, 2))
        .isEqualTo(part.problems().all().subList(0, 2));
  }

  @Test
  void vectorsThatTellNothingAreWarnedAbout() throws IOException {
    Path file = directory.resolve("v.safetensors");
    String ids = "[\"id0\", \"id1\", \"id2 \"]";
    Files.write(file, tensor(new float[] {0, 0, 1, 2, 0, 0}, ids));
    assertThat(run(shop(titles(4)), file.toString(), "none").warnings())
        .containsExactly("2 of the 3 vectors are zero: to a model such items have none");
    Files.write(file, tensor(new float[] {1, 2, 1, 2, 1, 2}, ids));
    assertThat(run(shop(titles(3)), file.toString(), "none").warnings())
        .containsExactly("all 3 vectors are equal: they tell no items apart");
    Files.write(file, tensor(new float[6], ids));
    assertThat(run(shop(titles(3)), file.toString(), "none").warnings())
        .containsExactly("3 of the 3 vectors are zero: to a model such items have none");
    Files.write(file, tensor(new float[] {1, 2, 1, 3, 1, 2}, ids));
    assertThat(run(shop(titles(3)), file.toString(), "none").warnings()).isEmpty();
    Files.write(file, tensor(new float[] {1, 2, 1, 3, 1, 2}, "[\"id0\", \"id0 \", \"id1\"]"));
    assertRefused(
        shop(titles(3)),
        options(file.toString(), "none"),
        file + ": the id 'id0' stands for rows 0 and 1 (from 0); give each id one row");
  }

  @Test
  void vectorsOfAFileFindTheirItems() throws IOException {
    Path file = directory.resolve("my vectors.safetensors");
    Files.write(file, tensor(new float[] {1, 2, 3, 4, 5, 6}, "[\"id2\", \"stranger\", \"id0\"]"));

    Encoding.Part part = run(shop(titles(3)), file.toString(), "none");

    assertThat(part.encoder()).isEqualTo("my_vectors");
    assertThat(part.vectors()).isEqualTo(2);
    assertThat(part.problems().counts())
        .containsExactly(Map.entry("unknown id", 1), Map.entry("no vector", 1));
    assertThat(FeatureStore.read(shop(titles(3)), "text", "my_vectors").values())
        .containsExactly(0, 0, 5, 6, 0, 0, 1, 2);
  }

  private static byte[] tensor(float[] values, String ids) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors(
            Map.of("ids", ids), Map.of("x", Safetensors.Entry.of(values, values.length / 2, 2)))
        .write(out);
    return out.toByteArray();
  }

  @Test
  void whatCannotBeDoneIsSaidAndLeavesNothing() throws IOException {
    Dataset shop = shop(titles(2));
    assertRefused(
        shop,
        options("none", "none"),
        ConfigException.class,
        "there is nothing to encode; ask for texts (``text`` minilm), pictures (``image``"
            + " descriptor) or both\n"
            + "1 problem; nothing was run");
    for (String[] wrong :
        new String[][] {
          {
            "bert",
            "none",
            "``text`` bert: is neither 'minilm', 'none', hf:NAME nor a file of vectors"
          },
          {
            "minilmm",
            "none",
            "``text`` minilmm: is neither 'minilm', 'none', hf:NAME nor a file of vectors (did you"
                + " mean 'minilm'?)"
          },
          {
            "none",
            "Descripter",
            "``image`` Descripter: is neither 'descriptor', 'none', hf:NAME nor a file of vectors"
                + " (did you mean 'descriptor'?)"
          },
          {
            "descriptor",
            "none",
            "``text`` descriptor: is the encoder of pictures; ask for ``image`` descriptor"
          },
          {"none", "minilm", "``image`` minilm: is the encoder of texts; ask for ``text`` minilm"}
        }) {
      assertRefused(
          shop,
          options(wrong[0], wrong[1]),
          ConfigException.class,
          wrong[2] + "\n1 problem; nothing was run");
    }
    assertRefused(
        shop,
        options("none", "descriptor"),
        directory.resolve("images")
            + ": is not a folder of pictures; name the right one with ``images`` DIR");
    Files.createDirectories(directory.resolve("images"));
    assertRefused(
        shop,
        options("none", "descriptor"),
        directory
            + ": none of the 2 items would have a picture vector; item 'id0': the catalogue names"
            + " no picture for the item");
    assertRefused(
        Catalogues.dataset(directory, "11", "", titles(2)),
        options("none", "descriptor"),
        directory
            + ": the data set was prepared without a picture folder; name it with ``images`` DIR");
    assertThat(FeatureStore.names(shop, "text")).isEmpty();
    assertThat(FeatureStore.names(shop, "image")).isEmpty();
  }

  private static void assertRefused(Dataset shop, Encoding.Options options, String message) {
    assertRefused(shop, options, DataException.class, message);
  }

  private static void assertMisused(Dataset shop, Encoding.Options options, String message) {
    assertRefused(shop, options, ConfigException.class, message + "\n1 problem; nothing was run");
  }

  private static void assertRefused(
      Dataset shop,
      Encoding.Options options,
      Class<? extends RuntimeException> type,
      String message) {
    assertThatThrownBy(() -> Encoding.run(shop, options, Progress.SILENT))
        .isInstanceOf(type)
        .hasMessage(message);
  }

  @Test
  void aPretrainedTextEncoderFillsATableAndCodesOnlyWhatIsNew() {
    String encoder = "hf:" + TinyEncoders.path("bert");
    List<Item> items = titles(20);
    items.add(Catalogues.item("long", "toy ".repeat(40), ""));
    Encoding.Part first = run(shop(items), encoder, "none");
    assertThat(first.encoded()).isEqualTo(21);
    assertThat(first.cut()).isEqualTo(1);
    assertThat(first.encoder()).isEqualTo("bert");
    FeatureTable table = FeatureStore.read(shop(items), "text", "bert");
    try (PretrainedText bert =
        new PretrainedText(TinyEncoders.path("bert"), TextOptions.DEFAULT, false, false)) {
      bert.encode(
          List.of("Toy number 2. "),
          Progress.SILENT,
          (i, vector) -> TinyEncoders.assertAgree(row(table, 3), vector));
    }

    float[] before = row(table, 3);
    items.add(1, Catalogues.item("new", "Something else", ""));
    assertThat(run(shop(items), encoder, "none").encoded()).isEqualTo(1);
    assertThat(row(FeatureStore.read(shop(items), "text", "bert"), 4)).isEqualTo(before);
  }

  @Test
  void aPretrainedPictureEncoderFillsATable() throws Exception {
    Path images = Files.createDirectories(directory.resolve("images"));
    byte[] picture = Drawn.file(Drawn.bands(40, Color.RED, Color.BLUE, 5, true), "png");
    Files.write(images.resolve("a.png"), picture);
    Files.writeString(images.resolve("b.png"), "no picture");
    List<Item> items =
        List.of(Catalogues.item("a", "", "a.png"), Catalogues.item("b", "", "b.png"));
    Encoding.Part part = run(shop(items), "none", "hf:" + TinyEncoders.path("vit"));
    assertThat(part.encoded()).isEqualTo(1);
    assertThat(part.problems().counts()).containsExactly(Map.entry("broken picture", 1));
    FeatureTable table = FeatureStore.read(shop(items), "image", "vit");
    try (PretrainedPictures vit = new PretrainedPictures(TinyEncoders.path("vit"), false, false)) {
      assertThat(row(table, 1)).isEqualTo(vit.encode(picture));
    }
    try (PictureEncoder kept = kept(shop(items), "vit")) {
      assertThat(kept.width()).isEqualTo(table.width());
      assertThat(kept.encode(picture)).isEqualTo(row(table, 1));
    }
    assertThat(row(table, 2)).containsOnly(0);
    assertThat(run(shop(items), "none", "hf:" + TinyEncoders.path("vit")).encoded()).isZero();
  }

  @Test
  void refusesOptionsThatWouldNotBeUsed() {
    Dataset shop = shop(titles(2));
    TextOptions prefixed =
        new TextOptions(Item.TEXT_FIELDS, Optional.empty(), Optional.of("query: "));
    assertMisused(
        shop,
        new Encoding.Options(
            "minilm",
            "none",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            prefixed,
            false,
            false),
        "``pooling`` and ``prefix`` are for pre-trained encoders (``text`` hf:NAME); leave them"
            + " out with ``text`` minilm");
    assertMisused(
        shop,
        new Encoding.Options(
            "minilm",
            "none",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            TextOptions.DEFAULT,
            true,
            false),
        "``bfloat16`` is for pre-trained encoders (``text`` hf:NAME, ``image`` hf:NAME); leave it"
            + " out");
    assertMisused(
        shop,
        states("hf:" + TinyEncoders.path("bert"), "descriptor", Optional.empty()),
        "``states`` is for pre-trained encoders (``text`` hf:NAME, ``image`` hf:NAME); encode by"
            + " others without it");
    assertMisused(
        shop,
        states("hf:" + TinyEncoders.path("bert"), "none", Optional.of(Pooling.MEAN)),
        "``states`` stores [CLS] of every layer, whatever the pooling; leave ``pooling`` out");
  }

  @Test
  void theStatesOfAllLayersFillTablesOfTheirOwn() throws Exception {
    Path images = Files.createDirectories(directory.resolve("images"));
    byte[] picture = Drawn.file(Drawn.bands(40, Color.RED, Color.BLUE, 5, true), "png");
    Files.write(images.resolve("a.png"), picture);
    List<Item> items = List.of(Catalogues.item("a", "Toy", "a.png"), Catalogues.item("b", "", ""));
    String bert = "hf:" + TinyEncoders.path("sentence"); // it pools by the mean and normalises
    String vit = "hf:" + TinyEncoders.path("vit");
    Encoding.run(shop(items), options(bert, vit), Progress.SILENT);
    List<Encoding.Part> parts =
        Encoding.run(shop(items), states(bert, vit, Optional.empty()), Progress.SILENT);

    assertThat(parts)
        .extracting(Encoding.Part::encoder)
        .containsExactly("sentence-states", "vit-states");
    assertThat(parts).extracting(Encoding.Part::encoded).containsExactly(1, 1);
    for (Encoding.Part part : parts) {
      FeatureTable vectors = table(items, part.modality(), part.encoder().replace("-states", ""));
      FeatureTable states = table(items, part.modality(), part.encoder());
      assertThat(vectors.states()).isEqualTo(1);
      assertThat(states.states()).isEqualTo(part.states()).isEqualTo(3);
      assertThat(states.width()).isEqualTo(part.width()).isEqualTo(3 * vectors.width());
      assertThat(row(states, 2)).containsOnly(0);
    }
    FeatureTable states = table(items, "image", "vit-states");
    int width = states.width() / 3;
    float[] last = Arrays.copyOfRange(row(states, 1), 2 * width, 3 * width);
    try (PretrainedPictures encoder =
        new PretrainedPictures(TinyEncoders.path("vit"), false, true)) {
      Vit model = encoder.model();
      try (Scope scope = Scope.inference()) {
        TinyEncoders.assertAgree(
            Ops.floats(model.normed(Ops.float32(last, 1, width))),
            row(table(items, "image", "vit"), 1));
      }
    }
  }

  private FeatureTable table(List<Item> items, String modality, String name) {
    return FeatureStore.read(shop(items), modality, name);
  }
}
