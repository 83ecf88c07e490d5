package dev.horae.data;

/**
 * One vector per item for one modality.
 *
 * @param modality {@code text} or {@code image}
 * @param encoder what made it, such as {@code minilm}
 * @param width values per item, F
 * @param values row-major [N + 1, F]; row 0, padding, is zero, and so is an item without one
 */
public record FeatureTable(String modality, String encoder, int width, float[] values) {

  public FeatureTable {
    if (width <= 0 || values.length % width != 0) {
      throw new IllegalArgumentException(values.length + " values do not make rows of " + width);
    }
  }

  /** {@return N + 1} */
  public int rows() {
    return values.length / width;
  }
}
