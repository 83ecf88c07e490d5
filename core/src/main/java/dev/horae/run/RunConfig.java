package dev.horae.run;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.config.Conditional;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.features.Encoding;
import dev.horae.model.ModelConfig;
import dev.horae.model.NetworkConfig;
import dev.horae.train.LoopConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decides a training run; {@code run.yaml} in a run directory is one of these.
 *
 * @param data the prepared data set
 */
public record RunConfig(
    @Default("") @Doc("prepared data set") String data,
    @Default("auto")
        @Doc("table of text features; auto takes the only one there is, none takes none")
        String text,
    @Default("auto") @Doc("table of image features, likewise") String image,
    @Default("2025") @Doc("seed of initial weights, order, dropout and draws") long seed,
    @Default("0")
        @Doc("seed of the order of a user's events of equal time; 0 leaves the data set's order")
        long tieSeed,
    @Default("auto") @Doc("where to compute: auto, cpu or cuda:N") String device,
    @Default("float32")
        @Doc("numeric precision of the item softmax and feature projections: float32 or bfloat16")
        Precision precision,
    @Default("type: hm4sr") @Doc("the model and its settings") ModelConfig model,
    @Default("") @Doc("the training loop") LoopConfig train)
    implements Conditional {

  /** In place of a feature table. */
  static final String NONE = "none";

  public RunConfig {
    unless(
        device.matches("auto|cpu|cuda:\\d+"),
        "device",
        device,
        "is not a device",
        "use auto, cpu or cuda:0");
    unless(tieSeed >= 0, "tie_seed", tieSeed, "is negative", "0 leaves the data set's order");
  }

  /** What is counted needs no loop: it reads how many threads there are, and nothing else of it. */
  @Override
  public Optional<String> whyUnread(String key) {
    boolean ofTraining =
        key.equals("precision") || key.startsWith("train.") && !key.equals("train.workers");
    return ofTraining && !model.seeded()
        ? Optional.of("is for the training of a network, and " + model.name() + " trains none here")
        : Optional.empty();
  }

  /**
   * {@return the feature table of each modality that is to have one, text first; {@code auto} until
   * it is {@link #settled}}
   */
  public Map<String, String> tables() {
    Map<String, String> tables = new LinkedHashMap<>();
    tables.put(Encoding.TEXT, text);
    tables.put(Encoding.IMAGE, image);
    tables.values().removeIf(NONE::equals);
    return tables;
  }

  /** {@return whether the model reads features of a modality, where there are any} */
  public boolean reads(String modality) {
    return model.modalities().contains(modality);
  }

  /** {@return these settings with what {@code auto} stood for} */
  public RunConfig settled(String data, String text, String image) {
    return new RunConfig(data, text, image, seed, tieSeed, device, precision, model, train);
  }

  /** {@return whether the large products are bfloat16} */
  public boolean reducedPrecision() {
    return precision == Precision.BFLOAT16;
  }

  /** {@return the settings of the model, which must be a network} */
  NetworkConfig network() {
    return (NetworkConfig) model;
  }

  /** {@return these settings for another device} */
  RunConfig on(String other) {
    return new RunConfig(data, text, image, seed, tieSeed, other, precision, model, train);
  }

  /** Of the large products; everything else is float32. */
  public enum Precision {
    FLOAT32,
    BFLOAT16
  }
}
