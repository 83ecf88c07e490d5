package dev.horae.features;

/**
 * A decoded picture.
 *
 * @param values red, green and blue of each pixel, 0..255 as unsigned bytes, row-major [height,
 *     width, 3]
 */
record RgbImage(int width, int height, byte[] values) {

  RgbImage {
    if (width < 1 || height < 1 || values.length != 3L * width * height) {
      throw new IllegalArgumentException(
          values.length + " values for " + width + " x " + height + " pixels");
    }
  }
}
