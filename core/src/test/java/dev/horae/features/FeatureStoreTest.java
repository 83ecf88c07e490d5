package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.tensor.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  @Test
  void rowsStreamInTheirOrderWhateverTheBlocks() {
    int width = 100_000; // so that a block holds two rows
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      items.add(Catalogues.item("id" + i, "", ""));
    }
    Dataset shop = Catalogues.dataset(directory, "11", "", items);
    float[] values = new float[7 * width];
    for (int i = width; i < values.length; i++) {
      values[i] = i;
    }
    FeatureStore.write(shop, new FeatureTable("text", "wide", width, values));
    FeatureTable read = FeatureStore.read(shop, "text", "wide");
    assertThat(read.vectors()).isInstanceOf(FeatureTable.InFile.class);
    assertThat(read.values()).isEqualTo(values);
  }

  @Test
  void howManyStatesARowHoldsIsKept() throws IOException {
    float[] values = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    FeatureTable states =
        new FeatureTable("text", "bert-states", 3, 4, 2, new FeatureTable.InMemory(values));
    Path file = FeatureStore.write(shop("11"), states);
    FeatureTable read = FeatureStore.read(shop("11"), "text", "bert-states");
    assertThat(read.states()).isEqualTo(2);
    assertThat(read.width()).isEqualTo(4);
    assertThat(read.values()).isEqualTo(values);

    byte[] bytes = Files.readAllBytes(file);
    String header = new String(bytes, StandardCharsets.ISO_8859_1);
    header = header.replaceFirst("crc32c\":\"[0-9a-f]{8}", "crc32c\":\"00000000"); // none
    String spoilt = header.replace("\"states\":\"2\"", "\"states\":\"3\"");
    Files.write(file, spoilt.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "bert-states"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": says that 4 values are 3 states; run ``Encoding.run("
                + directory
                + ")`` again");
    String old = header.replace("\"states\":\"2\"", "\"static\":\"2\"");
    Files.write(file, old.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(FeatureStore.read(shop("11"), "text", "bert-states").states()).isEqualTo(1);
  }

  @Test
  void aTableOfTooFewRowsIsNotWritten() {
    assertThatThrownBy(
            () ->
                FeatureStore.write(
                    shop("11"), "text", "short", 2, 1, sink -> sink.accept(new float[2])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 rows for 2 items and padding");
    assertThat(FeatureStore.names(shop("11"), "text")).isEmpty();
    assertThat(directory.resolve("features")).isEmptyDirectory();
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
                + ": made for the catalogue 11, but the data set now has 22; run ``Encoding.run("
                + directory
                + ")`` again");
  }

  @Test
  void aTableThatIsNotThereIsNamedWithThoseThatAre() {
    assertThat(FeatureStore.names(shop("11"), "text")).isEmpty();
    FeatureStore.write(shop("11"), table("minilm"));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "bert"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("features/text-bert.safetensors")
                + ": there are no text vectors named 'bert' (but minilm); make them with"
                + " ``Encoding.text("
                + directory
                + ", ...)``");
  }

  @Test
  void aDamagedTableIsRefused() throws IOException {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ");

    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .hasMessage(
            file
                + ": tensor 'vectors' claims bytes 0 to 24 of 21; the file was cut short or is"
                + " damaged");

    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": is damaged, ");
  }

  @Test
  void aValueThatIsNotFiniteIsNeitherWrittenNorReadFromAnOlderTable() throws IOException {
    float[] values = {0, 0, 1, 2, Float.NaN, 4};
    assertThatThrownBy(
            () -> FeatureStore.write(shop("11"), new FeatureTable("text", "nan", 2, values)))
        .isInstanceOf(DataException.class)
        .hasMessage("the vector of item 2 has the value NaN; it must be finite");
    assertThat(directory.resolve("features")).isEmptyDirectory();

    Path file = FeatureStore.write(shop("11"), table("minilm"));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] = (byte) 0x7F; // the last value is now 0x7F80.. : not finite
    bytes[bytes.length - 2] = (byte) 0x80;
    String old =
        new String(bytes, StandardCharsets.ISO_8859_1)
            .replaceFirst("crc32c\":\"[0-9a-f]{8}", "crc32c\":\"00000000")
            .replace("\"sha256\"", "\"sha257\"");
    Files.write(file, old.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": holds a value that is not finite; run ``Encoding.run("
                + directory
                + ")`` again");
  }

  @Test
  void theHashOfATableIsThatOfItsValuesWhereverTheyLie() {
    FeatureStore.write(shop("11"), table("minilm"));
    FeatureTable read = FeatureStore.read(shop("11"), "text", "minilm");
    FeatureTable.InFile stored = (FeatureTable.InFile) read.vectors();
    assertThat(stored.sha256()).isEqualTo(table("minilm").sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void aCopyIsTheSameTable() {
    FeatureStore.write(shop("11"), table("minilm"));
    FeatureTable read = FeatureStore.read(shop("11"), "text", "minilm");
    for (FeatureTable table : List.of(read, table("minilm"))) {
      Path other = directory.resolve("other");
      FeatureStore.copy(table, other, "11");
      Path file = FeatureStore.file(other, "text", "minilm");
      FeatureTable copy = FeatureStore.read(file, "text", "minilm", 2, "; mend it");
      assertThat(copy.values()).isEqualTo(table.values());
      assertThat(copy.sha256()).isEqualTo(table.sha256());
      assertThatThrownBy(() -> FeatureStore.read(file, "text", "minilm", 3, "; mend it"))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(file + ": has no tensor 'vectors' of F32 [4, F]; mend it");
    }
  }

  @Test
  void aTableWhoseValuesAreNotAlignedIsRefused() throws IOException {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    byte[] bytes =
        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
            .replaceFirst("crc32c\":\"[0-9a-f]{8}", "crc32c\":\"00000000")
            .getBytes(StandardCharsets.ISO_8859_1);
    int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ByteBuffer shifted = ByteBuffer.allocate(bytes.length + 1).order(ByteOrder.LITTLE_ENDIAN);
    shifted.putLong(header + 1).put(bytes, 8, header).put((byte) ' ');
    shifted.put(bytes, 8 + header, bytes.length - 8 - header);
    Files.write(file, shifted.array());
    assertThatThrownBy(() -> FeatureStore.read(shop("11"), "text", "minilm"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": its values begin at byte "
                + (header + 9)
                + ", which is no multiple of 4, so the file cannot be mapped; run ``Encoding.run("
                + directory
                + ")`` again");
  }

  @Test
  void aTableThatIsCutShortWhileItIsInUseIsNoticed() throws IOException {
    Path file = FeatureStore.write(shop("11"), table("minilm"));
    FeatureTable open = FeatureStore.read(shop("11"), "text", "minilm");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
    assertThatThrownBy(open::values)
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": cannot be read: it ends before row 0 of 3");
  }
}
