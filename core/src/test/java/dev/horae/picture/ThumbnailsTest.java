package dev.horae.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThumbnailsTest {

  @TempDir Path folder;

  private BufferedImage thumbnail(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, 0xC02040);
    }
    ImageIO.write(image, "png", folder.resolve("p.png").toFile());
    String uri = Thumbnails.dataUri(folder, "p.png", 50).orElseThrow();
    assertThat(uri).startsWith("data:image/jpeg;base64,");
    byte[] bytes = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
    return ImageIO.read(new ByteArrayInputStream(bytes));
  }

  @Test
  void thePictureKeepsItsShapeAndColour() throws IOException {
    BufferedImage wide = thumbnail(400, 100);
    assertThat(new int[] {wide.getWidth(), wide.getHeight()}).containsExactly(50, 13);
    int colour = wide.getRGB(25, 6);
    assertThat(colour >> 16 & 255).isBetween(0xB8, 0xC8);
    assertThat(colour & 255).isBetween(0x38, 0x48);

    BufferedImage small = thumbnail(3, 20);
    assertThat(new int[] {small.getWidth(), small.getHeight()}).containsExactly(3, 20);
    assertThat(thumbnail(1, 600).getWidth()).as("never less than a pixel").isEqualTo(1);
  }

  @Test
  void whatCannotBeReadIsLeftOut() throws IOException {
    Files.writeString(folder.resolve("broken.jpg"), "<html>");
    assertThat(Thumbnails.dataUri(folder, "broken.jpg", 50)).isEmpty();
    assertThat(Thumbnails.dataUri(folder, "missing.jpg", 50)).isEmpty();
    assertThat(Thumbnails.dataUri(folder, "../../etc/passwd", 50)).isEmpty();
    assertThat(Thumbnails.dataUri(folder, "https://shop.example/a.jpg", 50)).isEmpty();
  }
}
