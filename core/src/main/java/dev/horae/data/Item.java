package dev.horae.data;

import java.util.List;

/**
 * One row of the catalogue, as the shop wrote it.
 *
 * @param id the shop's identifier
 * @param title empty when there is none
 * @param brand empty when there is none
 * @param categories names from the root down, of the first path that the shop gives; may be empty
 * @param images pictures in the shop's order: file names relative to the picture folder, or http
 *     addresses; may be empty
 */
public record Item(
    String id, String title, String brand, List<String> categories, List<String> images) {

  public Item {
    categories = List.copyOf(categories);
    images = List.copyOf(images);
  }

  /** An item of one picture; of none when {@code image} is empty. */
  public Item(String id, String title, String brand, List<String> categories, String image) {
    this(id, title, brand, categories, image.isEmpty() ? List.of() : List.of(image));
  }

  /** {@return the first picture; empty when there is none} */
  public String image() {
    return images.isEmpty() ? "" : images.get(0);
  }
}
