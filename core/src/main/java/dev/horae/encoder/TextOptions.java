package dev.horae.encoder;

import dev.horae.data.Item;
import java.util.List;
import java.util.Optional;

/**
 * How texts are put together and read.
 *
 * @param fields of {@link Item#text}, in this order
 * @param pooling in place of what the pre-trained encoder's directory says
 * @param prefix put before every text, such as {@code "query: "}, in place of the directory's
 */
public record TextOptions(List<String> fields, Optional<Pooling> pooling, Optional<String> prefix) {

  /** The paper's text, by the encoder as it was published. */
  public static final TextOptions DEFAULT =
      new TextOptions(Item.TEXT_FIELDS, Optional.empty(), Optional.empty());

  public TextOptions {
    fields = List.copyOf(fields);
  }
}
