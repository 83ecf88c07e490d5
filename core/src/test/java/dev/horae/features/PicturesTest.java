package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PicturesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif", "bmp"})
  void decodesByContentWhateverTheNameSays(String format)
      throws IOException, UnreadablePictureException {
    Files.write(folder.resolve("p.dat"), Drawn.file(Drawn.plain(30, 20, Color.RED), format));

    BufferedImage image = Pictures.decode(Pictures.read(folder, "p.dat"), 100);

    assertThat(image.getType()).isEqualTo(BufferedImage.TYPE_INT_RGB);
    assertThat(image.getWidth()).isEqualTo(30);
    assertThat(image.getHeight()).isEqualTo(20);
    Color middle = new Color(image.getRGB(15, 10));
    assertThat(middle.getRed()).isGreaterThan(250);
    assertThat(middle.getGreen() + middle.getBlue()).isLessThan(10);
  }

  @Test
  void decodesWebP() throws UnreadablePictureException {
    byte[] dot = Base64.getDecoder().decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==");
    assertThat(Pictures.decode(dot, 10).getWidth()).isEqualTo(1);
  }

  @Test
  void whatIsTransparentIsWhite() throws IOException, UnreadablePictureException {
    BufferedImage glass = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
    glass.setRGB(1, 1, 0xFF0000FF);
    BufferedImage image = Pictures.decode(Drawn.file(glass, "png"), 10);
    assertThat(image.getRGB(0, 0)).isEqualTo(0xFFFFFFFF);
    assertThat(image.getRGB(1, 1)).isEqualTo(0xFF0000FF);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_BYTE_BINARY
      })
  void decodesGreyDeepAndPalettePictures(int type) throws IOException, UnreadablePictureException {
    BufferedImage white = new BufferedImage(5, 5, type);
    white.createGraphics().fillRect(0, 0, 5, 5);
    assertThat(Pictures.decode(Drawn.file(white, "png"), 10).getRGB(2, 2)).isEqualTo(0xFFFFFFFF);
  }

  @ParameterizedTest
  @CsvSource({"1000, 40, 333, 40", "90, 2000, 90, 105", "199, 399, 199, 133"})
  void largePicturesAreReadInSteps(int width, int height, int readWidth, int readHeight)
      throws IOException, UnreadablePictureException {
    BufferedImage image =
        Pictures.decode(Drawn.file(Drawn.plain(width, height, Color.GRAY), "png"), 100);
    assertThat(image.getWidth()).isBetween(readWidth - 233, readWidth);
    assertThat(image.getWidth()).isGreaterThanOrEqualTo(Math.min(width, 100));
    assertThat(image.getHeight()).isBetween(Math.min(height, 100), readHeight);
  }

  private static byte[] bomb(int side) {
    byte[] chunk =
        ByteBuffer.allocate(17)
            .put("IHDR".getBytes(StandardCharsets.US_ASCII))
            .putInt(side)
            .putInt(side)
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
    assertThatThrownBy(() -> Pictures.decode(bomb(30_000), 100))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage("claims 30000 x 30000 pixels; at most 50000000 are decoded");
  }

  @Test
  void aWebPageIsNamedForWhatItIs() {
    byte[] page = "<!DOCTYPE html><title>404</title>".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> Pictures.decode(page, 100))
        .isInstanceOf(UnreadablePictureException.class)
        .hasMessage("not a picture: it begins with '<!DOCTYPE ht'");
  }

  @Test
  void whatIsNotThereIsMissingAndWhatIsEmptyIsBroken() throws IOException {
    Files.createFile(folder.resolve("empty.jpg"));
    assertReason("none.jpg", true, "no such file in " + folder);
    assertReason("a\0b.jpg", true, "the name is not a file name");
    assertReason("empty.jpg", false, "the file is empty");
    assertReason("../secret.jpg", false, "the name leads out of the picture folder");
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
        assertThat(Pictures.decode(damaged, 20).getWidth()).isPositive();
      } catch (UnreadablePictureException e) {
        assertThat(e.getMessage()).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
