package dev.horae.model;

import static dev.horae.tensor.Ops.int64;

import dev.horae.config.ConfigException;
import dev.horae.sequence.DataSpec;
import dev.horae.tensor.Ops;
import java.util.Arrays;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The categories of items as tensors: one batch's at a time. */
final class Categories {

  private static final long SUM = 0; // libtorch's number of that way to pool

  private final DataSpec.Labels labels;
  private final int count; // C

  Categories(DataSpec dataSpec) {
    labels = dataSpec.labels();
    count = dataSpec.categories();
  }

  /** Of a model that is nothing without them; what a catalogue has, only the data set knows. */
  static Categories required(DataSpec dataSpec, String setting, String repair) {
    if (dataSpec.categories() == 0) {
      throw new ConfigException(
          setting + " needs categories, and no item of the data set has any; " + repair);
    }
    return new Categories(dataSpec);
  }

  /** {@return C} */
  int count() {
    return count;
  }

  /**
   * {@return how badly scores tell the categories of each item, float [..., C]}
   *
   * @param logits float [..., C]
   * @param items int64 [...], 0 = padding
   * @param clamp whether a category that stands twice in a path counts once
   */
  Tensor crossEntropy(Tensor logits, Tensor items, boolean clamp) {
    return torch.binary_cross_entropy_with_logits(
        logits, counts(items, clamp), new TensorOptional(), new TensorOptional(), 0);
  }

  private Tensor counts(Tensor items, boolean clamp) {
    Device device = items.device();
    long[] found = labels.places(Ops.longs(items), count);
    Tensor places = int64(found, found.length).to(device, ScalarType.Long);
    Tensor counts = torch.zeros(shape(items, count)).to(device, ScalarType.Float);
    if (clamp) {
      counts.view(-1).index_fill_(0, places, new Scalar(1));
    } else {
      counts.view(-1).index_add_(0, places, torch.ones_like(places).to(ScalarType.Float));
    }
    return counts;
  }

  /**
   * {@return the sum of the vectors of each item's categories, float [..., D]; 0 without any}
   *
   * @param items int64 [...], 0 = padding
   * @param table float [C + 1, D]; row 0, "no category", is never read
   */
  Tensor sums(Tensor items, Tensor table) {
    Device device = items.device();
    long[] all = Ops.longs(items);
    long[] found = labels.places(all, 0); // in a table of one row: the categories themselves
    Arrays.setAll(found, i -> found[i] + 1);
    Tensor rows = int64(found, found.length).to(device, ScalarType.Long);
    Tensor begins = int64(labels.bags(all), all.length + 1).to(device, ScalarType.Long);
    boolean endsToo = true;
    return torch
        .embedding_bag(table, rows, begins, false, SUM, false, new TensorOptional(), endsToo)
        .get0()
        .view(shape(items, table.size(1)));
  }

  private static long[] shape(Tensor items, long width) {
    long[] shape = Arrays.copyOf(items.sizes().vec().get(), (int) items.dim() + 1);
    shape[shape.length - 1] = width;
    return shape;
  }
}
