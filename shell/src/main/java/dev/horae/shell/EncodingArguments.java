package dev.horae.shell;

import dev.horae.data.Item;
import dev.horae.encoder.Pooling;
import dev.horae.encoder.TextOptions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How {@code encode} makes texts and computes, on one machine or many. */
public final class EncodingArguments {

  @Option(
      names = "--text-fields",
      paramLabel = "FIELD",
      split = ",",
      description =
          "What a text is made of, in this order: title, categories, brand, and columns that"
              + " 'horae prepare --text-columns' kept. Default: title,categories,brand.")
  private List<String> fields = Item.TEXT_FIELDS;

  @Option(
      names = "--text-prefix",
      paramLabel = "TEXT",
      description = "Put before every text, for --text hf:NAME. Default: what the directory says.")
  private @Nullable String prefix;

  @Option(
      names = "--text-pooling",
      paramLabel = "HOW",
      description =
          "How tokens become a vector, for --text hf:NAME: ${COMPLETION-CANDIDATES}. Default: what"
              + " the directory says, else cls.")
  private @Nullable Pooling pooling;

  @Option(
      names = "--bf16",
      description =
          "Compute hf: encoders in 16 bits: less exact; twice as fast for models of BERT-base's"
              + " size, slower for small ones.")
  private boolean bfloat16;

  @Option(
      names = "--states",
      description =
          "Store the state of [CLS] in every layer of hf: encoders, not only their vector, for"
              + " models that read all layers. The table is named NAME-states.")
  private boolean states;

  /** {@return what a text is made of} */
  public List<String> fields() {
    return fields;
  }

  /** {@return how a text is made and becomes a vector} */
  public TextOptions options() {
    return new TextOptions(fields, Optional.ofNullable(pooling), Optional.ofNullable(prefix));
  }

  /** {@return whether encoders are to compute in 16 bits} */
  public boolean bfloat16() {
    return bfloat16;
  }

  /** {@return whether the states of all layers are wanted} */
  public boolean states() {
    return states;
  }
}
