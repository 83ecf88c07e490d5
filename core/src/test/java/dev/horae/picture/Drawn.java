package dev.horae.picture;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Pictures and files of pictures for the tests, drawn on the spot. */
public final class Drawn {

  private Drawn() {}

  public static BufferedImage plain(int width, int height, Color colour) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(colour);
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return image;
  }

  /** Bands of two colours, {@code count} of each; lying ones when {@code lying}. */
  public static BufferedImage bands(int side, Color one, Color other, int count, boolean lying) {
    BufferedImage image = plain(side, side, one);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(other);
    for (int i = 0; i < count; i++) {
      int from = side * (2 * i + 1) / (2 * count);
      int size = side / (2 * count);
      graphics.fillRect(
          lying ? 0 : from, lying ? from : 0, lying ? side : size, lying ? size : side);
    }
    graphics.dispose();
    return image;
  }

  static RgbImage rgb(BufferedImage image) {
    byte[] values = new byte[3 * image.getWidth() * image.getHeight()];
    for (int i = 0; i < values.length; i++) {
      int pixel = image.getRGB(i / 3 % image.getWidth(), i / 3 / image.getWidth());
      values[i] = (byte) (pixel >> 16 - 8 * (i % 3));
    }
    return new RgbImage(image.getWidth(), image.getHeight(), values);
  }

  public static byte[] file(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IllegalArgumentException(format);
    }
    return out.toByteArray();
  }
}
