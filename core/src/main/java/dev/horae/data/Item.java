package dev.horae.data;

import java.util.List;

/**
 * One row of the catalogue, as the shop wrote it.
 *
 * @param id the shop's identifier
 * @param title empty when there is none
 * @param brand empty when there is none
 * @param categories names from the root down, of the first path that the shop gives; may be empty
 * @param image a picture's file name relative to the picture folder; empty when there is none
 */
public record Item(String id, String title, String brand, List<String> categories, String image) {

  public Item {
    categories = List.copyOf(categories);
  }
}
