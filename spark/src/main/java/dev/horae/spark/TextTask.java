package dev.horae.spark;

import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.encoder.MiniLm;
import dev.horae.encoder.Pooling;
import dev.horae.encoder.PretrainedText;
import dev.horae.encoder.TextEncoder;
import dev.horae.encoder.TextOptions;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encodes some texts on an executor.
 *
 * @param directory of a pre-trained encoder; null for the embedded one
 * @param pooling of a pre-trained encoder, in place of what its directory says, or null
 * @param prefix likewise
 */
record TextTask(
    @Nullable SharedDirectory directory,
    @Nullable Pooling pooling,
    @Nullable String prefix,
    boolean bfloat16,
    boolean states)
    implements Serializable {

  /** {@return the vector of each text} */
  float[][] encode(List<String> texts) {
    return Executor.computing(
        () -> {
          TextEncoder encoder = Executor.once(this, this::open);
          float[][] vectors = new float[texts.size()][];
          encoder.encode(texts, Progress.SILENT, (i, vector) -> vectors[i] = vector);
          return vectors;
        });
  }

  private TextEncoder open() {
    if (directory == null) {
      return new MiniLm();
    }
    TextOptions options =
        new TextOptions(
            Item.TEXT_FIELDS, Optional.ofNullable(pooling), Optional.ofNullable(prefix));
    return new PretrainedText(directory.path(), options, bfloat16, states);
  }
}
