package dev.horae.picture;

/**
 * A decoded picture.
 *
 * @param values red, green and blue of each pixel, 0..255 as unsigned bytes, row-major [height,
 *     width, 3]
 */
public record RgbImage(int width, int height, byte[] values) {

  public RgbImage {
    if (width < 1 || height < 1 || values.length != 3L * width * height) {
      throw new IllegalArgumentException(
          values.length + " values for " + width + " x " + height + " pixels");
    }
  }
}
