package dev.horae.data;

/** How histories lie in the rows of a batch. */
public enum RowLayout {
  /** Several to a row of up to L, one behind the other: almost no padding. */
  PACKED,
  /** One to a row, and rows as long as the longest history of the batch. */
  SINGLE,
  /** One to a row of L, for models whose result depends on the padding. */
  FULL
}
