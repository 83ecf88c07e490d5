package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.picture.Drawn;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureReportTest {

  @TempDir Path directory;

  /** Items 1 to 3 point one way, 4 and 5 another; 6 has no vector; 1 and 2 are twins. */
  private static final FeatureTable TABLE =
      new FeatureTable("image", "made", 2, new float[] {0, 0, 2, 0, 2, 0, 3, 1, 0, 1, 1, 4, 0, 0});

  private static Item item(int n, String... categories) {
    return new Item("id" + n, "<Title> " + n, "", List.of(categories), n + ".png");
  }

  private static final List<Item> ITEMS =
      List.of(
          item(1, "all", "red"),
          item(2, "all", "red"),
          item(3, "all", "red"),
          item(4, "all", "blue"),
          item(5, "all", "blue"),
          item(6, "all"));

  @Test
  void neighboursAreThoseOfTheLargestCosine() {
    Neighbours neighbours = new Neighbours(TABLE);
    assertThat(neighbours.nearest(1, 2, other -> true)).containsExactly(2, 3);
    assertThat(neighbours.nearest(3, 9, other -> other != 2)).containsExactly(1, 5, 4);
    assertThat(neighbours.nearest(4, 1, other -> true)).containsExactly(5);
    assertThat(neighbours.cosine(1, 3)).isCloseTo(3 / Math.sqrt(10), within(1e-9));
    assertThat(neighbours.norms()).containsExactly(1, 2, 2, Math.sqrt(10), Math.sqrt(17));
    assertThat(neighbours.identical()).containsExactly(List.of(1, 2));
  }

  /** With fewer than ten others all are neighbours, so that chance and neighbours agree. */
  @Test
  void categoriesOfMostItemsDoNotCount() {
    Neighbours.Lift lift = new Neighbours(TABLE).lift(new Catalogue(ITEMS), Progress.SILENT);
    // Of 20 ordered pairs 6 are red and 2 are blue.
    assertThat(lift.chance()).isCloseTo(0.4, within(1e-9));
    assertThat(lift.ratio()).isCloseTo(1, within(1e-9));
    assertThat(lift.queries()).isEqualTo(5);
  }

  @Test
  void neighboursOfOneKindAreMoreThanChance() {
    List<Item> items = new ArrayList<>();
    float[] values = new float[2 * 41];
    for (int i = 1; i <= 40; i++) {
      items.add(item(i, i % 4 == 0 ? "few" : "n" + i % 4));
      values[2 * i + (i % 4 == 0 ? 0 : 1)] = 1;
      values[2 * i + (i % 4 == 0 ? 1 : 0)] = i * 0.001f;
    }
    Neighbours.Lift lift =
        new Neighbours(new FeatureTable("text", "made", 2, values))
            .lift(new Catalogue(items), Progress.SILENT);
    assertThat(lift.chance()).isCloseTo(9 / 39.0, within(1e-9));
    assertThat(lift.ratio()).isGreaterThan(1.2);
  }

  /** Each comparison of two items would otherwise read the whole file. */
  @Test
  void aTableInAFileIsReadOnce() throws IOException {
    Dataset shop = shop();
    Path file = FeatureStore.write(shop, TABLE);
    FeatureTable stored = FeatureStore.read(shop, TABLE.modality(), TABLE.encoder());
    Neighbours neighbours = new Neighbours(stored);
    Files.delete(file);
    Neighbours inMemory = new Neighbours(TABLE);
    assertThat(neighbours.nearest(1, 4, i -> true)).isEqualTo(inMemory.nearest(1, 4, i -> true));
    assertThat(neighbours.identical()).isEqualTo(inMemory.identical()).isNotEmpty();
  }

  private Dataset shop() throws IOException {
    Path images = Files.createDirectories(directory.resolve("images"));
    Files.write(images.resolve("1.png"), Drawn.file(Drawn.plain(300, 100, Color.RED), "png"));
    Files.writeString(images.resolve("2.png"), "broken");
    return Catalogues.dataset(directory, "11", images.toString(), ITEMS);
  }

  @Test
  void thePageHoldsEverythingAndLoadsNothing() throws IOException {
    Dataset shop = shop();
    FeatureStore.write(shop, TABLE);
    Problems problems = new Problems();
    problems.add("id6", "broken picture", "6.png", "it \"says\" <html>,\nno more");
    Files.writeString(Problems.file(shop, TABLE.modality(), TABLE.encoder()), problems.csv());
    assertThat(Problems.read(Problems.file(shop, TABLE.modality(), TABLE.encoder())))
        .isEqualTo(problems.all());

    String page = Files.readString(FeatureReport.write(shop, Optional.empty(), Progress.SILENT));
    assertThat(page)
        .contains(
            "6 items, 1 feature table.",
            "<dd>5 (83.3 %)</dd>",
            "<dd>1.000, 2.000, 4.123</dd>",
            "<b>1.00 ×</b>",
            "&lt;Title&gt; 1",
            "2 items with one vector by made",
            "broken picture: 1",
            "<td>it &quot;says&quot; &lt;html&gt;,\nno more</td>",
            ".p1 { background-image: url(data:image/jpeg;base64,")
        .doesNotContain("<Title>", "<script", "http://", "https://", ".p2 {");
  }

  @Test
  void withoutTablesThereIsNothingToReport() throws IOException {
    Dataset shop = shop();
    assertThatThrownBy(() -> FeatureReport.write(shop, Optional.empty(), Progress.SILENT))
        .isInstanceOf(DataException.class)
        .hasMessage(directory + ": has no vectors to report on; encode with ``text`` or ``image``");
  }
}
