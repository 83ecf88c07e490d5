package dev.horae.report;

import java.util.List;

/** A row of items with their pictures, such as a history or the top five of a model. */
public record Items(String title, List<Shown> items) implements Block {

  public Items {
    items = List.copyOf(items);
  }

  /**
   * @param name title of the item, or its id where it has none
   * @param small below the name, such as a date or a score; empty for none
   * @param picture a {@code data:} URI of a thumbnail; empty for none
   * @param marked whether it stands out, such as the item that was taken next
   */
  public record Shown(String id, String name, String small, String picture, boolean marked) {}
}
