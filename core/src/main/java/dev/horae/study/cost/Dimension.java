package dev.horae.study.cost;

/**
 * A size that is varied, and what appendix A.2 and A.3 of the HM4SR paper say of it: the exponents
 * of its terms, for HM4SR and M3SRec alike.
 */
public enum Dimension {
  /** N. The paper leaves out the scores of all items, which training has. */
  ITEMS("items", "0", "1"),
  /** n, events of a history; time of a history. */
  LENGTH("length", "1 to 2", "1"),
  /** d, the hidden size. */
  WIDTH("width", "1 to 2", "1 to 2"),
  /** k1 and k2, together. */
  EXPERTS("experts", "1", "1"),
  /** B. Memory of a step is not in the paper, which counts what is learnt. */
  BATCH("batch", "1", "0");

  private final String text;
  private final String time;
  private final String space;

  Dimension(String text, String time, String space) {
    this.text = text;
    this.time = time;
    this.space = space;
  }

  /** {@return the exponents of time in the paper's sum} */
  String time() {
    return time;
  }

  /** {@return the exponents of space in the paper's sum} */
  String space() {
    return space;
  }

  /** {@return what time is measured of} */
  String unit() {
    return this == LENGTH ? "1,000 histories" : "step";
  }

  @Override
  public String toString() {
    return text;
  }
}
