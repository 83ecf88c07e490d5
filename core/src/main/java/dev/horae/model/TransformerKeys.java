package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.nn.Transformer;

/** The keys of a configuration with a transformer, and what is asked of them. */
interface TransformerKeys {

  int layers();

  int hiddenSize();

  int heads();

  int innerSize();

  double dropout();

  double attentionDropout();

  default Transformer.Shape shape() {
    return new Transformer.Shape(
        layers(), hiddenSize(), heads(), innerSize(), dropout(), attentionDropout());
  }

  static void check(
      int layers,
      int hiddenSize,
      int heads,
      int innerSize,
      double dropout,
      double attentionDropout) {
    unless(hiddenSize > 0, "hiddenSize", hiddenSize, "is not positive", "64 is the paper's");
    unless(
        heads > 0 && hiddenSize % Math.max(1, heads) == 0,
        "heads",
        heads,
        "does not divide hidden_size = " + hiddenSize,
        "use a divisor of " + hiddenSize);
    unless(layers > 0, "layers", layers, "is not positive", "2 is the paper's");
    unless(innerSize > 0, "innerSize", innerSize, "is not positive", "256 is the paper's");
    share("dropout", dropout);
    share("attentionDropout", attentionDropout);
  }

  /** Of values that dropout zeroes. */
  static void share(String key, double value) {
    unless(value >= 0 && value < 1, key, value, "is not in [0, 1)", "try 0.5");
  }

  /**
   * {@return about how many values the passes through the layers keep per event, for {@link
   * NetworkConfig#valuesPerEvent}}
   */
  static long valuesPerEvent(int layers, int hiddenSize, int heads, int innerSize, int length) {
    return layers * (16L * hiddenSize + 4L * innerSize + 4L * heads * length);
  }
}
