package dev.horae.picture;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import dev.horae.data.Hashes;
import dev.horae.data.PictureFormat;
import dev.horae.data.Reasons;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Picture files as they lie in shops' folders: JPEG (also CMYK), PNG, GIF, BMP and WebP by content,
 * whatever the name's ending says. WebP is read by libwebp itself, the others by Java and a library
 * in Java. What cannot be read has a reason and never stops the work.
 */
public final class Pictures {

  /** Larger files are not opened. */
  static final long MAX_BYTES = 64L << 20;

  /** Pictures whose header claims more pixels are not decoded. */
  static final int MAX_PIXELS = 50_000_000;

  /** As large as a JPEG can be; a longer thread of pixels is no picture. */
  static final int MAX_SIDE = 65_535;

  /** What all workers decode at one time has no more pixels than one picture may have. */
  private static final Semaphore DECODING = new Semaphore(MAX_PIXELS, true);

  static {
    ImageIO.setUseCache(false);
    ImageIO.scanForPlugins(); // once, before workers ask for readers at the same time
  }

  private Pictures() {}

  /**
   * {@return whether a picture is named by its address, so that it lies in the folder only when it
   * was fetched}
   */
  static boolean isAddress(String name) {
    return name.startsWith("http://") || name.startsWith("https://");
  }

  /**
   * {@return the path in the folder by which a picture lies there: of what the name or address ends
   * with, the longest that is one; empty when it is not there}
   */
  static Optional<String> in(Path folder, String name) {
    if (isFile(folder, name)) {
      return Optional.of(name);
    }
    String path = name.replaceFirst("^https?://[^/]*", "").replaceFirst("[?#].*", "");
    String slashed = path.replace('\\', '/');
    int from = 0;
    do {
      String end = slashed.substring(from);
      if (isFile(folder, end)) {
        return Optional.of(end);
      }
      from = slashed.indexOf('/', from) + 1;
    } while (from > 0);
    return Optional.empty();
  }

  private static boolean isFile(Path folder, String name) {
    try {
      Path file = folder.resolve(name).normalize();
      return file.startsWith(folder.normalize()) && Files.isRegularFile(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** {@return where in the folder a fetched picture lies: its name is the hash of its address} */
  static Path fetched(Path folder, String address) {
    String hash = Hashes.sha256(("picture\n" + address).getBytes(StandardCharsets.UTF_8));
    return folder.resolve(hash.substring(0, 40));
  }

  /**
   * {@return the bytes of a picture of the folder}
   *
   * @param name a path in the folder, or an address from which {@link PictureDownloads} fetched
   */
  public static byte[] read(Path folder, String name) throws UnreadablePictureException {
    if (isAddress(name)) {
      Path file = fetched(folder, name);
      if (Files.exists(file)) {
        return read(folder, file.getFileName().toString());
      }
      Optional<String> here = in(folder, name);
      if (here.isPresent()) {
        return read(folder, here.get());
      }
      throw UnreadablePictureException.missing("was not fetched");
    }
    try {
      Path file = folder.resolve(in(folder, name).orElse(name)).normalize();
      if (!file.startsWith(folder.normalize())) {
        throw UnreadablePictureException.broken("the name leads out of the picture folder");
      }
      if (!Files.isRegularFile(file)) {
        throw UnreadablePictureException.missing("no such file in " + folder);
      }
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw UnreadablePictureException.broken("is a link that leads out of the picture folder");
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
      throw UnreadablePictureException.broken("the file cannot be read: " + Reasons.of(e));
    }
  }

  /**
   * Decodes the first picture of a file, upright, as Pillow's {@code exif_transpose} and {@code
   * convert("RGB")} do: transparency is dropped and shows what colour lies under it, colour
   * profiles are not applied.
   */
  public static RgbImage decode(byte[] bytes) throws UnreadablePictureException {
    return decode(bytes, Integer.MAX_VALUE, false);
  }

  /**
   * Decodes the first picture of a file, upright, onto white.
   *
   * @param enough pixels per side that the caller needs: larger pictures are read in steps, each
   *     side keeping at least this many where it has them
   */
  public static RgbImage decode(byte[] bytes, int enough) throws UnreadablePictureException {
    return decode(bytes, enough, true);
  }

  private static RgbImage decode(byte[] bytes, int enough, boolean white)
      throws UnreadablePictureException {
    PictureFormat format = requireRead(bytes);
    if (format == PictureFormat.WEBP && WebPFrame.isIn(bytes)) {
      WebPFrame first = WebPFrame.first(bytes);
      requireSize(first.width(), first.height());
      RgbImage frame = decode(first.still(), enough, white);
      return Orientation.upright(first.onto(frame, white ? 255 : 0), Orientation.of(format, bytes));
    }
    byte[] whole = format == PictureFormat.JPEG ? Jpeg.ended(bytes) : bytes;
    boolean cut = whole.length > bytes.length;
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(whole))) {
      ImageReader reader =
          format == PictureFormat.WEBP // whatever other readers an application brings
              ? new WebPImageReaderSpi().createReaderInstance()
              : ImageIO.getImageReadersByFormatName(format.name()).next();
      try {
        reader.setInput(in, true, true);
        RgbImage image = read(reader, format, whole, cut, enough, white);
        return Orientation.upright(image, Orientation.of(format, whole));
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with any unchecked exception; each is a damaged file.
      throw UnreadablePictureException.broken("cannot be decoded: " + Reasons.of(e));
    } catch (LinkageError e) {
      throw UnreadablePictureException.broken("libwebp cannot be loaded: " + Reasons.of(e));
    } catch (OutOfMemoryError e) {
      throw UnreadablePictureException.broken("does not fit into memory");
    }
  }

  private static RgbImage read(
      ImageReader reader,
      PictureFormat format,
      byte[] bytes,
      boolean cut,
      int enough,
      boolean white)
      throws IOException, UnreadablePictureException {
    int pixels = pixels(reader);
    ImageReadParam every = reader.getDefaultReadParam();
    every.setSourceSubsampling(
        Math.max(1, reader.getWidth(0) / enough), Math.max(1, reader.getHeight(0) / enough), 0, 0);
    DECODING.acquireUninterruptibly(pixels);
    try {
      if (format != PictureFormat.JPEG) {
        return rgb(reader.read(0, every), white);
      }
      AtomicBoolean warned = new AtomicBoolean();
      reader.addIIOReadWarningListener((source, warning) -> warned.set(true));
      RgbImage image = Jpeg.rgb(reader.readRaster(0, every), bytes);
      if (cut && warned.get()) { // as in Pillow; a missing end mark alone is forgiven
        throw UnreadablePictureException.broken("the file ends before the picture does");
      }
      return image;
    } finally {
      Reference.reachabilityFence(every); // its libwebp part would be freed while it is in use
      DECODING.release(pixels);
    }
  }

  private static int pixels(ImageReader reader) throws IOException, UnreadablePictureException {
    return requireSize(reader.getWidth(0), reader.getHeight(0));
  }

  /** {@return how many pixels there are} */
  private static int requireSize(int width, int height) throws UnreadablePictureException {
    long pixels = (long) width * height;
    if (width <= 0 || height <= 0 || pixels > MAX_PIXELS || Math.max(width, height) > MAX_SIDE) {
      throw UnreadablePictureException.broken(
          String.format(
              Locale.ROOT,
              "claims %d x %d pixels; at most %d, and %d per side, are decoded",
              width,
              height,
              MAX_PIXELS,
              MAX_SIDE));
    }
    return (int) pixels;
  }

  private static RgbImage rgb(BufferedImage image, boolean white) {
    int width = image.getWidth();
    Raster raster = image.getRaster();
    byte[] out = new byte[3 * width * image.getHeight()];
    int[] samples = new int[raster.getNumBands() * width];
    int[] argb = new int[width];
    boolean plain = image.getColorModel() instanceof ComponentColorModel;
    for (int y = 0, to = 0; y < image.getHeight(); y++) {
      if (plain) {
        // Not getRGB: it takes grey for linear light and applies colour profiles.
        raster.getPixels(0, y, width, 1, samples);
        argb(samples, raster.getNumBands(), raster.getSampleModel().getSampleSize(0) - 8, argb);
      } else {
        image.getRGB(0, y, width, 1, argb, 0, width);
      }
      for (int x = 0; x < width; x++) {
        int alpha = white ? argb[x] >>> 24 : 255;
        for (int shift = 16; shift >= 0; shift -= 8, to++) {
          int level = argb[x] >> shift & 255;
          out[to] = (byte) ((level * alpha + 255 * (255 - alpha) + 127) / 255);
        }
      }
    }
    return new RgbImage(width, image.getHeight(), out);
  }

  /**
   * @param samples of 1 (grey), 2 (and alpha), 3 (red, green, blue) or 4 (and alpha) bands
   * @param beyond bits of a sample beyond 8
   */
  private static void argb(int[] samples, int bands, int beyond, int[] argb) {
    int colours = bands < 3 ? 1 : 3;
    for (int x = 0; x < argb.length; x++) {
      int at = x * bands;
      int alpha = bands > colours ? samples[at + colours] >> beyond : 255;
      int red = samples[at] >> beyond;
      int green = colours == 1 ? red : samples[at + 1] >> beyond;
      int blue = colours == 1 ? red : samples[at + 2] >> beyond;
      argb[x] = alpha << 24 | red << 16 | green << 8 | blue;
    }
  }

  /** {@return the kind of the picture} Its bytes are never shown: they may be a secret. */
  static PictureFormat requireRead(byte[] bytes) throws UnreadablePictureException {
    PictureFormat format =
        PictureFormat.of(bytes)
            .orElseThrow(
                () ->
                    UnreadablePictureException.broken(
                        PictureFormat.isWebPage(bytes)
                            ? "is a web page, not a picture"
                            : "is not a picture"));
    if (!format.isRead()) {
      throw UnreadablePictureException.broken(format.repair());
    }
    return format;
  }
}
