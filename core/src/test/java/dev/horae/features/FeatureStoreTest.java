package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.tensor.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureStoreTest {

  private static final List<Item> ITEMS =
      List.of(Catalogues.item("a", "A", ""), Catalogues.item("b", "B", ""));

  @TempDir Path directory;

  private Dataset shop(String hash) {
    return Catalogues.dataset(directory, hash, "", ITEMS);
  }

  private static FeatureTable table(String encoder) {
    return new FeatureTable("text", encoder, 2, new float[] {0, 0, 1, 2, 3, 4});
  }

  @Test
  void whatWasWrittenIsRead() {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    FeatureStore.write(shop("11"), table("bert"));

    FeatureTable read = FeatureStore.read(shop("11"), "text", "minilm");

    assertThat(file).isEqualTo(directory.resolve("features/text-minilm.safetensors"));
    assertThat(read.encoder()).isEqualTo("minilm");
    assertThat(read.modality()).isEqualTo("text");
    assertThat(read.width()).isEqualTo(2);
    assertThat(read.values()).containsExactly(0, 0, 1, 2, 3, 4);
    assertThat(FeatureStore.names(shop("11"), "text")).containsExactly("bert", "minilm");
    assertThat(FeatureStore.names(shop("11"), "image")).isEmpty();
  }

  @Test
  void aTableOfAnotherCatalogueIsRefused() {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    assertThatThrownBy(() -> FeatureStore.read(shop("22"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": made for the catalogue 11, but the data set now has 22; run 'horae encode "
                + directory
                + "' again");
  }

  @Test
  void aTableThatIsNotThereIsNamedWithThoseThatAre() {
    assertThat(FeatureStore.names(shop("11"), "text")).isEmpty();
    FeatureStore.write(shop("11"), table("minilm"));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "bert"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("features/text-bert.safetensors")
                + ": there are no text vectors named 'bert' (but minilm); make them with 'horae"
                + " encode "
                + directory
                + " --text ...'");
  }

  @Test
  void aDamagedTableIsRefused() throws IOException {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ");

    bytes[bytes.length - 1] = (byte) 0x7F; // the last value is now 0x7F80.. : not finite
    bytes[bytes.length - 2] = (byte) 0x80;
    Files.write(file, bytes);
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not finite");
  }
}
