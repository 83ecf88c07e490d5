package dev.horae.features;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Picture files as they lie in shops' folders: JPEG (also CMYK), PNG, GIF, BMP and WebP by content,
 * whatever the name's ending says. What cannot be read has a reason and never stops the work.
 */
final class Pictures {

  /** Larger files are not opened. */
  static final long MAX_BYTES = 64L << 20;

  /** Pictures whose header claims more pixels are not decoded. */
  static final long MAX_PIXELS = 50_000_000;

  static {
    ImageIO.setUseCache(false);
    ImageIO.scanForPlugins(); // once, before workers ask for readers at the same time
  }

  private Pictures() {}

  /** {@return the bytes of a picture of the folder} */
  static byte[] read(Path folder, String name) throws UnreadablePictureException {
    try {
      Path file = folder.resolve(name).normalize();
      if (!file.startsWith(folder.normalize())) {
        throw UnreadablePictureException.broken("the name leads out of the picture folder");
      }
      if (!Files.isRegularFile(file)) {
        throw UnreadablePictureException.missing("no such file in " + folder);
      }
      long size = Files.size(file);
      if (size == 0 || size > MAX_BYTES) {
        throw UnreadablePictureException.broken(
            size == 0
                ? "the file is empty"
                : "the file has " + size + " bytes; at most " + MAX_BYTES + " are read");
      }
      return Files.readAllBytes(file);
    } catch (InvalidPathException e) {
      throw UnreadablePictureException.missing("the name is not a file name");
    } catch (IOException e) {
      throw UnreadablePictureException.broken("the file cannot be read: " + e.getMessage());
    }
  }

  /**
   * Decodes the first picture of a file onto white.
   *
   * @param enough pixels per side that the caller needs: larger pictures are read in steps, each
   *     side keeping at least this many where it has them
   * @return an opaque picture of type {@link BufferedImage#TYPE_INT_RGB}
   */
  static BufferedImage decode(byte[] bytes, int enough) throws UnreadablePictureException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw UnreadablePictureException.broken("not a picture: it begins with " + begin(bytes));
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        return opaque(read(reader, enough));
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with any unchecked exception; each is a damaged file.
      throw UnreadablePictureException.broken(
          "cannot be decoded: "
              + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
    } catch (OutOfMemoryError e) {
      throw UnreadablePictureException.broken("does not fit into memory");
    }
  }

  private static BufferedImage read(ImageReader reader, int enough)
      throws IOException, UnreadablePictureException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if (width <= 0 || height <= 0 || (long) width * height > MAX_PIXELS) {
      throw UnreadablePictureException.broken(
          "claims " + width + " x " + height + " pixels; at most " + MAX_PIXELS + " are decoded");
    }
    ImageReadParam every = reader.getDefaultReadParam();
    every.setSourceSubsampling(Math.max(1, width / enough), Math.max(1, height / enough), 0, 0);
    return reader.read(0, every);
  }

  private static BufferedImage opaque(BufferedImage image) {
    if (image.getType() == BufferedImage.TYPE_INT_RGB) {
      return image;
    }
    BufferedImage white =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = white.createGraphics();
    graphics.drawImage(image, 0, 0, Color.WHITE, null);
    graphics.dispose();
    return white;
  }

  private static String begin(byte[] bytes) {
    StringBuilder begin = new StringBuilder("'");
    for (int i = 0; i < Math.min(12, bytes.length); i++) {
      begin.append(bytes[i] >= ' ' && bytes[i] < 127 ? (char) bytes[i] : '?');
    }
    return begin.append('\'').toString();
  }
}
