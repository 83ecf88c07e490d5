package dev.horae.demo;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Draws a product, 96 by 96 pixels: the kind as a shape, the style as a palette, the season as a
 * pattern on it, and what nobody cares about: tint and specks behind it, tilt, size, stripes.
 */
final class Painter {

  static final int SIZE = 96;

  /** Per style: body, detail, pattern. */
  private static final int[][] PALETTES = {
    {0x2B2D5B, 0xD9A521, 0xE8E4FF},
    {0x2F7FC1, 0x0B3C5D, 0xF4FAFF},
    {0x2E7D4F, 0x8BBF5A, 0xF1F7E4},
    {0xA9713F, 0x5B3A21, 0xFFF3DC},
    {0xE4572E, 0xF2A541, 0xFFF1D6},
    {0xE86AA6, 0x56C5C2, 0xFFF0F8}
  };

  private Painter() {}

  static void write(Product product, Random random, Path file) {
    try {
      ImageIO.write(paint(product, random), "png", file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  static BufferedImage paint(Product product, Random random) {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    pen.scale(SIZE / 100.0, SIZE / 100.0);
    background(pen, random);
    pen.translate(50 + 4 * random.nextGaussian(), 50 + 3 * random.nextGaussian());
    pen.rotate(Math.toRadians(7 * random.nextGaussian()));
    double scale = .72 + .16 * random.nextDouble();
    pen.scale(scale, scale);
    pen.translate(-50, -50);
    Shapes shapes = Shapes.of(product.kind());
    int[] palette = PALETTES[product.style()];
    pen.setColor(near(palette[0], random));
    pen.fill(shapes.body());
    pen.clip(shapes.body());
    if (product.shown()) {
      pen.setColor(new Color(palette[2]));
      pattern(pen, Shapes.motif(product.season()), random);
    } else if (random.nextDouble() < .3) {
      pen.setColor(new Color(0, 0, 0, 36));
      stripes(pen, random);
    }
    pen.setClip(null);
    pen.setColor(near(palette[1], random));
    pen.fill(shapes.detail());
    pen.dispose();
    return image;
  }

  private static void background(Graphics2D pen, Random random) {
    pen.setColor(
        Color.getHSBColor(
            random.nextFloat(),
            .02f + .09f * random.nextFloat(),
            .93f + .06f * random.nextFloat()));
    pen.fill(new Rectangle2D.Double(0, 0, 100, 100));
    for (int speck = 0; speck < 18; speck++) {
      int grey = 150 + random.nextInt(90);
      double size = 1 + 2 * random.nextDouble();
      pen.setColor(new Color(grey, grey, grey));
      pen.fill(
          new Ellipse2D.Double(100 * random.nextDouble(), 100 * random.nextDouble(), size, size));
    }
  }

  /** Repeats the motif in staggered rows. */
  private static void pattern(Graphics2D pen, Shape motif, Random random) {
    double shift = 10 * random.nextDouble();
    for (int row = 0; row < 6; row++) {
      for (int column = 0; column < 6; column++) {
        AffineTransform place =
            AffineTransform.getTranslateInstance(
                shift + 22 * column - (row % 2) * 11, shift + 19 * row - 2);
        place.rotate(random.nextDouble() * .6);
        pen.fill(place.createTransformedShape(motif));
      }
    }
  }

  private static void stripes(Graphics2D pen, Random random) {
    boolean upright = random.nextBoolean();
    for (int stripe = 0; stripe < 9; stripe++) {
      pen.fill(
          upright
              ? new Rectangle2D.Double(12 * stripe, 0, 5, 100)
              : new Rectangle2D.Double(0, 12 * stripe, 100, 5));
    }
  }

  private static Color near(int rgb, Random random) {
    int[] channels = {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
    for (int c = 0; c < 3; c++) {
      channels[c] = Math.max(0, Math.min(255, channels[c] + random.nextInt(25) - 12));
    }
    return new Color(channels[0], channels[1], channels[2]);
  }
}
