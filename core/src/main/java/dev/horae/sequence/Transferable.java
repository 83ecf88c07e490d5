package dev.horae.sequence;

/** What a model says so that its weights can be carried over to another catalogue or log. */
public interface Transferable {

  /** What the rows of a parameter belong to: these can be carried over to another catalogue. */
  enum Rows {
    ITEMS,
    CATEGORIES,
    /**
     * Each means the same whatever the log, which has as many as it needs; the last, all beyond.
     */
    BUCKETS,
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

  /**
   * Called when weights were carried over: lets them read a time as they did before.
   *
   * @param seconds by which this model's log begins later than the one that they learnt from
   */
  default void moveStart(long seconds) {}
}
