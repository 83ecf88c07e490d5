package dev.horae.picture;

import dev.horae.data.Item;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Pictures of a shop's folder, small enough to be carried inside a page. */
public final class Thumbnails {

  private Thumbnails() {}

  /**
   * {@return the first picture of an item that can be read, as {@link #dataUri}; empty where none
   * can}
   */
  public static Optional<String> of(Item item, Path folder, int longest) {
    return item.images().stream()
        .flatMap(name -> dataUri(folder, name, longest).stream())
        .findFirst();
  }

  /**
   * {@return a JPEG as a {@code data:} URI; empty where the picture cannot be read}
   *
   * @param name as {@link Pictures#read} takes it
   * @param longest pixels of its longer side, at most
   */
  public static Optional<String> dataUri(Path folder, String name, int longest) {
    try {
      // whole: what is read in steps has lost its shape
      RgbImage image = Pictures.decode(Pictures.read(folder, name), Integer.MAX_VALUE);
      return Optional.of(dataUri(image, longest));
    } catch (UnreadablePictureException e) {
      return Optional.empty(); // a page shows the item without
    }
  }

  private static String dataUri(RgbImage image, int longest) {
    double scale = Math.min(1, (double) longest / Math.max(image.width(), image.height()));
    int width = Math.max(1, (int) Math.round(image.width() * scale));
    int height = Math.max(1, (int) Math.round(image.height() * scale));
    byte[] values = Resampling.BICUBIC.resize(image, width, height).values();
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      int rgb =
          (values[3 * i] & 255) << 16 | (values[3 * i + 1] & 255) << 8 | values[3 * i + 2] & 255;
      small.setRGB(i % width, i / width, rgb);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(small, "jpeg", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a picture", e); // into memory
    }
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
