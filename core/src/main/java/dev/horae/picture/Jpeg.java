package dev.horae.picture;

import java.awt.image.Raster;
import java.util.Arrays;

/**
 * What Java's JPEG reader leaves to us. Samples become red, green and blue by the rules and the
 * fixed-point arithmetic of libjpeg and, where there are four channels, as in Pillow: CMYK as Adobe
 * writes it, inverted, turned to RGB without a colour profile. Java's own conversions take profiles
 * into account and give up on files that browsers show.
 */
final class Jpeg {

  private enum Space {
    GREY,
    RGB,
    YCC,
    CMYK,
    YCCK
  }

  /** More passes over a picture than any program writes: a file made to keep a reader busy. */
  private static final int MAX_SCANS = 100;

  private static final int SCAN = 0xDA;
  private static final int END = 0xD9;

  private Jpeg() {}

  /** {@return the file itself if it has an end mark after its last scan; else with one} */
  static byte[] ended(byte[] file) throws UnreadablePictureException {
    int scans = 0;
    boolean ended = false;
    for (int i = 2; i + 1 < file.length; i++) {
      if ((file[i] & 255) == 0xFF) {
        int marker = file[i + 1] & 255;
        scans += marker == SCAN ? 1 : 0;
        ended = marker == END || (ended && marker != SCAN);
      }
    }
    if (scans > MAX_SCANS) {
      throw UnreadablePictureException.broken(
          "has " + scans + " scans; at most " + MAX_SCANS + " are decoded");
    }
    if (ended) {
      return file;
    }
    byte[] whole = Arrays.copyOf(file, file.length + 2);
    whole[file.length] = (byte) 0xFF;
    whole[file.length + 1] = (byte) END;
    return whole;
  }

  /**
   * @param samples as they are stored, [height, width, 1, 3 or 4]
   * @param file the whole file, whose markers say what the samples mean
   */
  static RgbImage rgb(Raster samples, byte[] file) throws UnreadablePictureException {
    Space space = space(samples.getNumBands(), file);
    int bands = samples.getNumBands();
    int width = samples.getWidth();
    byte[] out = new byte[3 * width * samples.getHeight()];
    int[] row = new int[bands * width];
    for (int y = 0, to = 0; y < samples.getHeight(); y++) {
      samples.getPixels(samples.getMinX(), samples.getMinY() + y, width, 1, row);
      for (int i = 0; i < row.length; i += bands, to += 3) {
        switch (space) {
          case GREY -> put(out, to, row[i], row[i], row[i]);
          case RGB -> put(out, to, row[i], row[i + 1], row[i + 2]);
          case YCC -> ycc(out, to, row[i], row[i + 1] - 128, row[i + 2] - 128);
          case CMYK -> {
            put(out, to, row[i], row[i + 1], row[i + 2]);
            darken(out, to, row[i + 3]);
          }
          case YCCK -> {
            ycc(out, to, row[i], row[i + 1] - 128, row[i + 2] - 128);
            put(
                out,
                to,
                255 - (out[to] & 255),
                255 - (out[to + 1] & 255),
                255 - (out[to + 2] & 255));
            darken(out, to, row[i + 3]);
          }
        }
      }
    }
    return new RgbImage(width, samples.getHeight(), out);
  }

  private static void put(byte[] out, int to, int red, int green, int blue) {
    out[to] = (byte) red;
    out[to + 1] = (byte) green;
    out[to + 2] = (byte) blue;
  }

  /** libjpeg's jdcolor.c: 16 bits after the point, each product rounded. */
  private static void ycc(byte[] out, int to, int y, int cb, int cr) {
    put(
        out,
        to,
        clamp(y + ((91881 * cr + 32768) >> 16)),
        clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16)),
        clamp(y + ((116130 * cb + 32768) >> 16)));
  }

  /**
   * Pillow's CMYK to RGB, on Adobe's inverted inks: {@code key} is the light that black leaves, and
   * the bytes at {@code to} that which cyan, magenta and yellow leave.
   */
  private static void darken(byte[] out, int to, int key) {
    for (int c = 0; c < 3; c++) {
      int product = (255 - (out[to + c] & 255)) * key + 128;
      out[to + c] = (byte) clamp(key - ((product + (product >> 8)) >> 8));
    }
  }

  private static int clamp(int level) {
    return Math.max(0, Math.min(255, level));
  }

  /** libjpeg's default_decompress_parms. */
  private static Space space(int bands, byte[] file) throws UnreadablePictureException {
    boolean jfif = false;
    int adobe = -1;
    int firstComponent = -1;
    int secondComponent = -1;
    for (int at = 2; at + 4 < file.length && (file[at] & 255) == 0xFF; ) {
      int marker = file[at + 1] & 255;
      int length = (file[at + 2] & 255) << 8 | file[at + 3] & 255;
      if (marker == SCAN) {
        break;
      }
      if (marker == 0xE0 && has(file, at + 4, "JFIF\0")) {
        jfif = true;
      } else if (marker == 0xEE && has(file, at + 4, "Adobe") && at + 15 < file.length) {
        adobe = file[at + 15] & 255;
      } else if (marker >= 0xC0
          && marker <= 0xCF
          && marker != 0xC4
          && marker != 0xC8
          && marker != 0xCC
          && at + 13 < file.length) {
        firstComponent = file[at + 10] & 255;
        secondComponent = file[at + 13] & 255;
      }
      at += marker == 0xFF ? 1 : 2 + length;
    }
    return switch (bands) {
      case 1 -> Space.GREY;
      case 3 ->
          jfif || adobe > 0 || (adobe < 0 && !(firstComponent == 'R' && secondComponent == 'G'))
              ? Space.YCC
              : Space.RGB;
      case 4 -> adobe < 0 || adobe == 0 ? Space.CMYK : Space.YCCK;
      default ->
          throw UnreadablePictureException.broken("a JPEG of " + bands + " channels is no picture");
    };
  }

  private static boolean has(byte[] file, int at, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (at + i >= file.length || file[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
