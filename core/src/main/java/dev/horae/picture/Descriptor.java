package dev.horae.picture;

import java.util.Arrays;

/**
 * The embedded picture encoder: what classical image retrieval measured before networks did. A
 * picture, brought to 96 x 96 pixels, is described by where its colours lie (means over a grid),
 * which colours it has (a soft histogram) and where its edges run (histograms of gradient
 * orientations, after Dalal and Triggs, CVPR 2005). Colours are in Oklab (Ottosson, 2020), where
 * distances are about those that people see.
 *
 * <p>{@link #describe} gives these raw values, one picture at a time; {@link Whitening} turns those
 * of a whole catalogue into vectors of length 1. All in plain Java with a fixed order of
 * operations, so that every machine gives the same bits.
 */
public final class Descriptor {

  /** Names the raw description in the cache: change it whenever a value would change. */
  public static final String ID = "descriptor-2";

  static final int SIDE = 96;

  /** Pixels per side that a picture should be decoded with: twice what it is brought to. */
  public static final int ENOUGH = 2 * SIDE;

  private static final int PIXELS = SIDE * SIDE;

  private static final int GRID = 8;
  static final int LAYOUT = GRID * GRID * 3;

  private static final int SHADES = 4;
  private static final int HUES = 6;
  static final int COLOURS = SHADES * HUES * HUES;

  private static final int CELLS = 6;
  private static final int ORIENTATIONS = 9;
  private static final int EDGES = CELLS * CELLS * ORIENTATIONS;

  /** Values of a raw description: colour layout, colour histogram, gradient orientations. */
  public static final int RAW_WIDTH = LAYOUT + COLOURS + EDGES;

  /** Most values of a whitened vector, F; small catalogues give fewer. */
  public static final int MAX_WIDTH = 128;

  /** sRGB levels as linear light, so that averages of pixels are averages of light. */
  private static final double[] LINEAR = new double[256];

  static {
    for (int i = 0; i < 256; i++) {
      double level = i / 255.0;
      LINEAR[i] = level <= 0.04045 ? level / 12.92 : StrictMath.pow((level + 0.055) / 1.055, 2.4);
    }
  }

  private Descriptor() {}

  /** {@return [{@link #RAW_WIDTH}], every value finite} */
  public static float[] describe(RgbImage image) {
    double[][] lab = oklab(resize(image));
    float[] raw = new float[RAW_WIDTH];
    layout(lab, raw);
    histogram(lab, raw);
    gradients(lab[0], raw);
    return raw;
  }

  /** Averages the light of the pixels under each of 96 x 96 boxes: [3, 96 * 96]. */
  private static double[][] resize(RgbImage image) {
    int width = image.width();
    int height = image.height();
    int[] firstColumn = firsts(width);
    int[] firstRow = firsts(height);
    byte[] levels = image.values();
    double[][] small = new double[3][PIXELS];
    double[][] line = new double[3][SIDE];
    for (int y = 0; y < height; y++) {
      for (double[] channel : line) {
        Arrays.fill(channel, 0);
      }
      for (int x = 0, at = 3 * y * width; x < width; x++, at += 3) {
        double red = LINEAR[levels[at] & 255];
        double green = LINEAR[levels[at + 1] & 255];
        double blue = LINEAR[levels[at + 2] & 255];
        for (int box = firstColumn[x]; box < SIDE && (long) box * width < (x + 1L) * SIDE; box++) {
          double share = overlap(x, box, width);
          line[0][box] += red * share;
          line[1][box] += green * share;
          line[2][box] += blue * share;
        }
      }
      for (int box = firstRow[y]; box < SIDE && (long) box * height < (y + 1L) * SIDE; box++) {
        double share = overlap(y, box, height);
        for (int c = 0; c < 3; c++) {
          for (int i = 0; i < SIDE; i++) {
            small[c][box * SIDE + i] += line[c][i] * share;
          }
        }
      }
    }
    return small;
  }

  /** {@return the first box under each of n pixels; pixel p covers [p, p + 1) * 96 / n boxes} */
  private static int[] firsts(int n) {
    int[] firsts = new int[n];
    for (int p = 0; p < n; p++) {
      firsts[p] = (int) ((long) p * SIDE / n);
    }
    return firsts;
  }

  /** {@return which part of the box the pixel covers; over all pixels these add up to 1} */
  private static double overlap(int p, int box, int n) {
    long from = Math.max((long) p * SIDE, (long) box * n);
    long to = Math.min((long) (p + 1) * SIDE, (long) (box + 1) * n);
    return (double) (to - from) / n;
  }

  private static double[][] oklab(double[][] rgb) {
    double[][] lab = new double[3][PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      double r = rgb[0][i];
      double g = rgb[1][i];
      double b = rgb[2][i];
      double l = StrictMath.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
      double m = StrictMath.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
      double s = StrictMath.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
      lab[0][i] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
      lab[1][i] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
      lab[2][i] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
    }
    return lab;
  }

  private static void layout(double[][] lab, float[] raw) {
    int cell = SIDE / GRID;
    double[] means = new double[LAYOUT];
    for (int i = 0; i < PIXELS; i++) {
      int at = (i / SIDE / cell * GRID + i % SIDE / cell) * 3;
      for (int c = 0; c < 3; c++) {
        means[at + c] += lab[c][i] / (cell * cell);
      }
    }
    for (int i = 0; i < LAYOUT; i++) {
      raw[i] = (float) means[i];
    }
  }

  /** Each pixel is shared by the eight bins around its colour; square roots tame the large bins. */
  private static void histogram(double[][] lab, float[] raw) {
    double[] bins = new double[COLOURS];
    for (int i = 0; i < PIXELS; i++) {
      double shade = position(lab[0][i], 0, 1, SHADES);
      double green = position(lab[1][i], -0.2, 0.25, HUES);
      double blue = position(lab[2][i], -0.25, 0.2, HUES);
      for (int corner = 0; corner < 8; corner++) {
        int s = Math.min((int) shade + (corner & 1), SHADES - 1);
        int g = Math.min((int) green + (corner >> 1 & 1), HUES - 1);
        int b = Math.min((int) blue + (corner >> 2), HUES - 1);
        double share =
            weight(shade, corner & 1) * weight(green, corner >> 1 & 1) * weight(blue, corner >> 2);
        bins[(s * HUES + g) * HUES + b] += share / PIXELS;
      }
    }
    for (int i = 0; i < COLOURS; i++) {
      raw[LAYOUT + i] = (float) Math.sqrt(bins[i]);
    }
  }

  /** {@return where the value lies between the centres of the first and last bin} */
  private static double position(double value, double from, double to, int bins) {
    return Math.max(0, Math.min(1, (value - from) / (to - from))) * (bins - 1);
  }

  private static double weight(double position, int upper) {
    double above = position - (int) position;
    return upper == 1 ? above : 1 - above;
  }

  /** Cells are not normalised by their surroundings: how stark a picture is tells something too. */
  private static void gradients(double[] light, float[] raw) {
    int cell = SIDE / CELLS;
    double[] cells = new double[EDGES];
    for (int y = 1; y < SIDE - 1; y++) {
      for (int x = 1; x < SIDE - 1; x++) {
        int i = y * SIDE + x;
        double dx = light[i + 1] - light[i - 1];
        double dy = light[i + SIDE] - light[i - SIDE];
        double strength = Math.sqrt(dx * dx + dy * dy);
        double turn = StrictMath.atan2(dy, dx) / Math.PI; // an edge and its negative are the same
        double bin = (turn < 0 ? turn + 1 : turn) * ORIENTATIONS;
        int lower = (int) bin;
        int at = (y / cell * CELLS + x / cell) * ORIENTATIONS;
        double above = bin - lower;
        cells[at + lower % ORIENTATIONS] += strength * (1 - above);
        cells[at + (lower + 1) % ORIENTATIONS] += strength * above;
      }
    }
    for (int i = 0; i < EDGES; i++) {
      raw[LAYOUT + COLOURS + i] = (float) Math.sqrt(cells[i]);
    }
  }
}
