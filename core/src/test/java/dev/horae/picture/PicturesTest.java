package dev.horae.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PicturesTest {

  @TempDir Path folder;

  /** {@code pictures/decode.py} made the files and says what Pillow reads from them. */
  private static JsonNode files() throws IOException {
    try (InputStream in = PicturesTest.class.getResourceAsStream("/pictures/decode.json")) {
      return Json.MAPPER.readTree(in);
    }
  }

  private static byte[] bytes(String name) throws IOException {
    for (JsonNode file : files()) {
      if (file.get("name").asText().equals(name)) {
        return file.get("file").binaryValue();
      }
    }
    throw new IllegalArgumentException(name);
  }

  @Test
  void readsWhatPillowReads() throws IOException, UnreadablePictureException {
    int compared = 0;
    for (JsonNode wanted : files()) {
      String name = wanted.get("name").asText();
      RgbImage ours = Pictures.decode(wanted.get("file").binaryValue());
      assertThat(ours.width()).as(name).isEqualTo(wanted.get("width").asInt());
      assertThat(ours.height()).as(name).isEqualTo(wanted.get("height").asInt());
      byte[] theirs = wanted.get("rgb").binaryValue();
      int difference = 0;
      for (int i = 0; i < theirs.length; i++) {
        difference = Math.max(difference, Math.abs((theirs[i] & 255) - (ours.values()[i] & 255)));
      }
      assertThat(difference).as(name).isZero();
      compared++;
    }
    assertThat(compared).isEqualTo(43);
  }

  @Test
  void decodesByContentWhateverTheNameSays() throws IOException, UnreadablePictureException {
    Files.write(folder.resolve("p.txt"), bytes("webp lossless"));
    assertThat(Pictures.decode(Pictures.read(folder, "p.txt"), 100).width()).isEqualTo(21);
  }

  @Test
  void whatIsTransparentIsWhiteOrWhatLiesUnderIt() throws IOException, UnreadablePictureException {
    BufferedImage glass = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
    glass.setRGB(1, 1, 0xFF0000FF);
    glass.setRGB(2, 1, 0x00FF8000);
    glass.setRGB(3, 1, 0x80000000);
    byte[] file = Drawn.file(glass, "png");
    assertThat(row(Pictures.decode(file, 10), 1))
        .isEqualTo("255 255 255, 0 0 255, 255 255 255, 127 127 127");
    assertThat(row(Pictures.decode(file), 1)).isEqualTo("0 0 0, 0 0 255, 255 128 0, 0 0 0");
  }

  private static String row(RgbImage image, int y) {
    List<String> pixels = new ArrayList<>();
    for (int i = 3 * y * image.width(); i < 3 * (y + 1) * image.width(); i += 3) {
      byte[] values = image.values();
      pixels.add((values[i] & 255) + " " + (values[i + 1] & 255) + " " + (values[i + 2] & 255));
    }
    return String.join(", ", pixels);
  }

  /** Java's own conversion would take 128 for linear light and give 188. */
  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void greyStaysAsItIs(int type) throws IOException, UnreadablePictureException {
    BufferedImage grey = new BufferedImage(2, 1, type);
    int deep = type == BufferedImage.TYPE_USHORT_GRAY ? 256 : 1;
    grey.getRaster().setSample(0, 0, 0, 128 * deep);
    grey.getRaster().setSample(1, 0, 0, 255 * deep);
    assertThat(row(Pictures.decode(Drawn.file(grey, "png")), 0))
        .isEqualTo("128 128 128, 255 255 255");
  }

  @ParameterizedTest
  @CsvSource({"1000, 40, 333, 40", "90, 2000, 90, 105", "199, 399, 199, 133"})
  void largePicturesAreReadInSteps(int width, int height, int readWidth, int readHeight)
      throws IOException, UnreadablePictureException {
    byte[] file = Drawn.file(Drawn.plain(width, height, Color.GRAY), "png");
    RgbImage image = Pictures.decode(file, 100);
    assertThat(image.width()).isBetween(readWidth - 233, readWidth);
    assertThat(image.width()).isGreaterThanOrEqualTo(Math.min(width, 100));
    assertThat(image.height()).isBetween(Math.min(height, 100), readHeight);
    assertThat(Pictures.decode(file).width()).isEqualTo(width);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg 4:2:0", "png rgb", "gif", "bmp", "tiff", "webp lossy"})
  void aTruncatedFileHasAReason(String name) throws IOException {
    byte[] whole = bytes(name);
    byte[] half = Arrays.copyOf(whole, whole.length - 60);
    assertThatThrownBy(() -> Pictures.decode(half))
        .isInstanceOfSatisfying(
            UnreadablePictureException.class, e -> assertThat(e.isMissing()).isFalse())
        .hasMessageMatching(
            name.startsWith("jpeg") ? "the file ends before the picture does" : "cannot be .+");
  }

  @Test
  void aProgressiveFileThatIsCutHasAReason() throws IOException {
    BufferedImage noise = Drawn.plain(120, 90, Color.GRAY);
    Random random = new Random(3);
    for (int i = 0; i < 120 * 90; i++) {
      noise.setRGB(i % 120, i / 120, random.nextInt());
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam progressive = writer.getDefaultWriteParam();
    progressive.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(noise, null, null), progressive);
    }
    writer.dispose();
    byte[] half = Arrays.copyOf(out.toByteArray(), out.size() / 2);
    assertThatThrownBy(() -> Pictures.decode(half))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage("the file ends before the picture does");
  }

  @Test
  void aMissingEndMarkIsForgiven() throws IOException, UnreadablePictureException {
    byte[] whole = bytes("jpeg 4:4:4");
    RgbImage image = Pictures.decode(Arrays.copyOf(whole, whole.length - 2));
    assertThat(image.values()).isEqualTo(Pictures.decode(whole).values());
  }

  @Test
  void aFileMadeToKeepUsBusyIsNotDecoded() throws IOException {
    byte[] whole = bytes("jpeg 4:4:4");
    byte[] busy = Arrays.copyOf(whole, whole.length + 400);
    for (int i = whole.length; i < busy.length; i += 2) {
      busy[i] = (byte) 0xFF;
      busy[i + 1] = (byte) 0xDA;
    }
    assertThatThrownBy(() -> Pictures.decode(busy))
        .hasMessage("has 201 scans; at most 100 are decoded");
  }

  private static byte[] bomb(int width, int height) {
    byte[] chunk =
        ByteBuffer.allocate(17)
            .put("IHDR".getBytes(StandardCharsets.US_ASCII))
            .putInt(width)
            .putInt(height)
            .put(new byte[] {8, 2, 0, 0, 0})
            .array();
    CRC32 crc = new CRC32();
    crc.update(chunk);
    return ByteBuffer.allocate(33)
        .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10})
        .putInt(13)
        .put(chunk)
        .putInt((int) crc.getValue())
        .array();
  }

  @Test
  void aBombIsNotLit() {
    assertThatThrownBy(() -> Pictures.decode(bomb(30_000, 30_000), 100))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage(
            "claims 30000 x 30000 pixels; at most 50000000, and 65535 per side, are decoded");
    assertThatThrownBy(() -> Pictures.decode(bomb(1, 70_000), 100))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage("claims 1 x 70000 pixels; at most 50000000, and 65535 per side, are decoded");
  }

  @Test
  void aWebPageIsNamedForWhatItIs() {
    byte[] page = "<!DOCTYPE html><title>404</title>".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> Pictures.decode(page, 100))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage("is a web page, not a picture");
  }

  @Test
  void whatIsNotThereIsMissingAndWhatIsEmptyIsBroken() throws IOException {
    Files.createFile(folder.resolve("empty.jpg"));
    assertReason("none.jpg", true, "no such file in " + folder);
    assertReason("a\0b.jpg", true, "the name is not a file name");
    assertReason("empty.jpg", false, "the file is empty");
    assertReason("../secret.jpg", false, "the name leads out of the picture folder");
  }

  /** As prepare finds it, where it has not looked: the longest end of a name that is a file. */
  @Test
  void aNameMayHaveMoreThanThePath() throws IOException, UnreadablePictureException {
    Files.createDirectories(folder.resolve("b"));
    Files.writeString(folder.resolve("b/main.png"), "b");
    Files.writeString(folder.resolve("main.png"), "root");
    for (String name :
        List.of(
            "b/main.png",
            "./b/main.png",
            "images/b/main.png",
            "/images/b/main.png",
            "C:\\images\\b\\main.png",
            "https://shop.example/p/b/main.png?w=9")) {
      assertThat(Pictures.read(folder, name)).as(name).asString().isEqualTo("b");
    }
    assertThat(Pictures.read(folder, "c/main.png")).asString().isEqualTo("root");
    assertReason("images/c/other.png", true, "no such file in " + folder);
  }

  private void assertReason(String name, boolean missing, String reason) {
    assertThatThrownBy(() -> Pictures.read(folder, name))
        .isInstanceOfSatisfying(
            UnreadablePictureException.class, e -> assertThat(e.isMissing()).isEqualTo(missing))
        .hasMessage(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif", "bmp", "webp"})
  void damageGivesAPictureOrAReason(String format) throws IOException {
    byte[] whole =
        format.equals("webp")
            ? Base64.getDecoder().decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
            : Drawn.file(Drawn.bands(40, Color.RED, Color.BLUE, 3, true), format);
    // WebP keeps its size there: larger sizes only cost time here.
    int from = format.equals("webp") ? 25 : 0;
    Random random = new Random(5);
    int refused = 0;
    int rounds = format.equals("webp") ? 20 : 150;
    for (int round = 0; round < rounds; round++) {
      byte[] damaged =
          Arrays.copyOf(
              whole, round % 2 == 0 ? whole.length : from + random.nextInt(whole.length - from));
      for (int i = random.nextInt(4); i >= 0 && damaged.length > from; i--) {
        damaged[from + random.nextInt(damaged.length - from)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(Pictures.decode(damaged, 20).width()).isPositive();
      } catch (UnreadablePictureException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"webp lossy", "webp lossy alpha", "webp animated lossy alpha"})
  void damageInWebPGivesAPictureOrAReason(String name) throws IOException {
    byte[] whole = bytes(name);
    Random random = new Random(5);
    int refused = 0;
    for (int round = 0; round < 150; round++) {
      byte[] damaged = Arrays.copyOf(whole, whole.length - round % 2 * random.nextInt(40));
      for (int i = random.nextInt(4); i >= 0; i--) {
        damaged[16 + random.nextInt(damaged.length - 16)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(Pictures.decode(damaged).width()).isPositive();
      } catch (UnreadablePictureException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
