package dev.horae.sequence;

import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.mapped;
import static dev.horae.tensor.Ops.scale;

import dev.horae.data.FeatureTable;
import dev.horae.tensor.Layer;
import dev.horae.tensor.Ops;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The feature vectors of all items inside a model, float32 or bfloat16 [N + 1, F]. They do not
 * learn, belong to the data set and not to the checkpoint, and stay in their file where they come
 * from one, so that a table may be larger than the memory.
 */
public final class FrozenFeatures extends Layer {

  private final Tensor values; // [N + 1, F]
  private final double factor;

  /**
   * @param rms root mean square to which {@link #factor} brings the values; 0 leaves them as they
   *     are
   */
  public FrozenFeatures(FeatureTable table, double rms) {
    Tensor read =
        table.vectors() instanceof FeatureTable.InFile stored
            ? mapped(stored.file(), stored.offset(), table.rows(), table.width())
            : float32(table.values(), table.rows(), table.width());
    values = addBuffer("weight", read);
    factor = rms == 0 ? 1 : rms / rootMeanSquare(table, rms);
  }

  /** {@return of the items that have a vector: a missing picture is not a small one} */
  private static double rootMeanSquare(FeatureTable table, double ofNone) {
    double[] squares = {0};
    long[] filled = {0};
    int[] left = {table.measured()};
    table.each(
        row -> {
          if (left[0]-- <= 0) {
            return;
          }
          double sum = 0;
          for (float value : row) {
            sum += (double) value * value;
          }
          squares[0] += sum;
          filled[0] += sum > 0 ? row.length : 0;
        });
    return filled[0] == 0 ? ofNone : Math.sqrt(squares[0] / filled[0]);
  }

  void useBfloat16() {
    values.set_data(values.to(ScalarType.BFloat16));
  }

  /** {@return F} */
  public long width() {
    return values.size(1);
  }

  /** {@return the vectors of some items as they are, [K, F]} */
  public Tensor at(ItemRows items) {
    return items.of(values);
  }

  /** {@return the vectors of {@code items} (int64, any shape) as they are, one more axis of F} */
  public Tensor at(Tensor items) {
    return torch.embedding(values, items);
  }

  /** {@return the values {@code from} to from + width - 1 of {@code items}, float [K, width]} */
  public Tensor slice(Tensor items, long from, long width) {
    return values.narrow(1, from, width).index_select(0, items).to(ScalarType.Float);
  }

  /** {@return what {@code rms} asks the values to be multiplied by} */
  public double factor() {
    return factor;
  }

  /**
   * The table, scaled and mapped to the width of a model. (s F) W^T = F (s W)^T, so no scaled copy
   * of the table is made.
   *
   * @param map F -> D
   */
  public record Projected(FrozenFeatures features, LinearImpl map) {

    /** {@return the vectors of some items, float [K, D]} */
    public Tensor at(ItemRows items) {
      return of(features.at(items));
    }

    /** {@return the vectors of {@code items} (int64, any shape), one more axis of D} */
    public Tensor at(Tensor items) {
      return of(features.at(items));
    }

    private Tensor of(Tensor vectors) {
      double factor = features.factor;
      Tensor weight = factor == 1 ? map.weight() : scale(map.weight(), factor);
      if (vectors.scalar_type().intern() != ScalarType.Float || vectors.dim() != 2) {
        return Ops.linear(vectors, weight, map.bias());
      }
      // Turned, because autograd then takes the weight's gradient as F^T g. As g^T F it takes
      // OpenBLAS twice as long, which copies F into another order first.
      return torch.addmm(map.bias(), vectors, weight.t().contiguous());
    }
  }
}
