package dev.horae.sequence;

import dev.horae.data.SequenceBatch;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Neighbouring rows of a batch that holds one history in each row. What a model makes of a block
 * stays in the cache, and where padding at the end of rows does not matter, only the columns up to
 * the block's longest history need be computed: the parts of a batch come sorted by length.
 *
 * @param from the first row
 * @param rows how many
 * @param events of the longest history
 * @param firstExample how many examples lie in the rows before
 * @param examples how many lie in these
 */
public record RowBlock(int from, int rows, int events, int firstExample, int examples) {

  /** {@return the rows of {@code batch} in blocks of at most {@code most}} */
  public static List<RowBlock> of(SequenceBatch batch, int most) {
    List<RowBlock> blocks = new ArrayList<>();
    int example = 0;
    for (int from = 0; from < batch.rows(); from += most) {
      int rows = Math.min(most, batch.rows() - from);
      int events = 0;
      int examples = 0;
      for (int r = from; r < from + rows; r++) {
        for (int c = 0; c < batch.length(); c++) {
          int place = r * batch.length() + c;
          events = batch.items()[place] == 0 ? events : Math.max(events, c + 1);
          examples += batch.targets()[place] == 0 ? 0 : 1;
        }
      }
      blocks.add(new RowBlock(from, rows, events, example, examples));
      example += examples;
    }
    return blocks;
  }

  /** {@return these rows of x [R, ...]} For what has no gradient: that of a part is whole. */
  public Tensor of(Tensor x) {
    return x.narrow(0, from, rows);
  }

  /** {@return flat places of the examples in these rows, int64} */
  public Tensor examples(SequenceTensors in) {
    return in.examples()
        .narrow(0, firstExample, examples)
        .sub(new Scalar((long) from * in.items().size(1)));
  }
}
