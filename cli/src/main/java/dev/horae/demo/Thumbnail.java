package dev.horae.demo;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Pictures small enough to be carried inside a page. */
final class Thumbnail {

  /** Twice what the page shows, for dense screens. */
  private static final int LONGEST = 192;

  private Thumbnail() {}

  /** {@return the picture as a data URI; empty when the file is missing or cannot be decoded} */
  static Optional<String> dataUri(Path file) {
    BufferedImage image;
    try {
      image = ImageIO.read(file.toFile());
    } catch (IOException | RuntimeException e) { // decoders throw both on broken files
      return Optional.empty();
    }
    if (image == null) {
      return Optional.empty();
    }
    double scale = Math.min(1, (double) LONGEST / Math.max(image.getWidth(), image.getHeight()));
    boolean photograph = scale < 1; // JPEG for what had to shrink, PNG for what is small and drawn
    String format = photograph ? "jpeg" : "png";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(scaled(image, scale), format, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode " + file, e);
    }
    String text = Base64.getEncoder().encodeToString(bytes.toByteArray());
    return Optional.of("data:image/" + format + ";base64," + text);
  }

  private static BufferedImage scaled(BufferedImage image, double scale) {
    int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
    int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = small.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, width, height);
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    pen.drawImage(image, 0, 0, width, height, null);
    pen.dispose();
    return small;
  }
}
