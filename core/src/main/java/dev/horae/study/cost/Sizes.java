package dev.horae.study.cost;

import dev.horae.page.Numbers;

/**
 * All sizes of one measurement.
 *
 * @param items N
 * @param length events of every history, L
 * @param width hidden size; 0 for a model without such a setting
 * @param experts of each mixture; 0 for a model without
 * @param batch examples per step
 */
public record Sizes(int items, int length, int width, int experts, int batch) {

  int of(Dimension dimension) {
    return switch (dimension) {
      case ITEMS -> items;
      case LENGTH -> length;
      case WIDTH -> width;
      case EXPERTS -> experts;
      case BATCH -> batch;
    };
  }

  /** {@return the same with one changed} */
  Sizes with(Dimension dimension, int size) {
    return new Sizes(
        dimension == Dimension.ITEMS ? size : items,
        dimension == Dimension.LENGTH ? size : length,
        dimension == Dimension.WIDTH ? size : width,
        dimension == Dimension.EXPERTS ? size : experts,
        dimension == Dimension.BATCH ? size : batch);
  }

  /** {@return such as {@code items 11,924, length 50, width 64, experts 4, batch 1,024}} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Dimension dimension : Dimension.values()) {
      if (of(dimension) > 0) {
        text.append(text.isEmpty() ? "" : ", ")
            .append(dimension)
            .append(' ')
            .append(Numbers.grouped(of(dimension)));
      }
    }
    return text.toString();
  }
}
