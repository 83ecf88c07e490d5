package dev.horae.sequence;

/** What a model says so that its weights can be carried over to another catalogue. */
public interface Transferable {

  /** What the rows of a parameter belong to: these can be carried over to another catalogue. */
  enum Rows {
    ITEMS,
    CATEGORIES,
    OTHER
  }

  /** {@return what the rows of the parameter of that name belong to} */
  default Rows rows(String parameter) {
    return parameter.equals("item_embedding.weight") ? Rows.ITEMS : Rows.OTHER;
  }

  /**
   * Called when items were added behind those that a model was trained on, and their rows are
   * filled: gives them what is no mean of the rows of other items.
   *
   * @param first row of the added items
   */
  default void placeItemsFrom(long first) {}
}
