package dev.horae.data;

import java.util.List;
import java.util.Map;

/**
 * One row of the catalogue, as the shop wrote it.
 *
 * @param id the shop's identifier
 * @param title empty when there is none
 * @param brand empty when there is none
 * @param categories names from the root down, of the first path that the shop gives; may be empty
 * @param images pictures in the shop's order: file names relative to the picture folder, or http
 *     addresses; may be empty
 * @param texts further columns of the catalogue by name, those that the data set was opened with;
 *     empty texts where the shop has none
 */
public record Item(
    String id,
    String title,
    String brand,
    List<String> categories,
    List<String> images,
    Map<String, String> texts) {

  /** The fields that every item has, in the paper's order. */
  public static final List<String> TEXT_FIELDS = List.of("title", "categories", "brand");

  public Item {
    categories = List.copyOf(categories);
    images = List.copyOf(images);
    texts = Map.copyOf(texts);
  }

  public Item(String id, String title, String brand, List<String> categories, List<String> images) {
    this(id, title, brand, categories, images, Map.of());
  }

  /** An item of one picture; of none when {@code image} is empty. */
  public Item(String id, String title, String brand, List<String> categories, String image) {
    this(id, title, brand, categories, image.isEmpty() ? List.of() : List.of(image));
  }

  /**
   * {@return what the shop wrote in a text field; categories joined by blanks}
   *
   * @throws IllegalArgumentException when the data set was opened without the field
   */
  public String text(String field) {
    return switch (field) {
      case "title" -> title;
      case "categories" -> String.join(" ", categories);
      case "brand" -> brand;
      default -> {
        if (!texts.containsKey(field)) {
          throw new IllegalArgumentException("opened without the text field " + field);
        }
        yield texts.get(field);
      }
    };
  }

  /** {@return whether it has any of {@link #TEXT_FIELDS}} */
  public boolean hasText() {
    return !title.isBlank() || !brand.isBlank() || !categories.isEmpty();
  }

  /** {@return the first picture; empty when there is none} */
  public String image() {
    return images.isEmpty() ? "" : images.get(0);
  }
}
