package dev.horae.tensor;

import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LayerNormOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The few libtorch calls that read badly in Java, named once. Anything else: call Tensor itself.
 */
public final class Ops {

  private Ops() {}

  /** Copies {@code values} into an int64 tensor of shape {@code shape} in main memory. */
  public static Tensor int64(long[] values, long... shape) {
    return torch.tensor(values).view(shape);
  }

  /** Copies {@code values} into a float32 tensor of shape {@code shape} in main memory. */
  public static Tensor float32(float[] values, long... shape) {
    return torch.tensor(values).view(shape);
  }

  /** {@return a copy of a float32 tensor's values in row-major order} */
  public static float[] floats(Tensor x) {
    Tensor plain = x.detach().cpu().to(ScalarType.Float).contiguous();
    float[] values = new float[Math.toIntExact(plain.numel())];
    plain.data_ptr_float().get(values);
    return values;
  }

  /**
   * {@return a float32 tensor's values in row-major order, where they lie when that is main memory}
   * For tensors of less than 2 GiB, and only until the scope ends.
   */
  public static FloatBuffer view(Tensor x) {
    Tensor plain = x.detach().cpu().to(ScalarType.Float).contiguous();
    return plain.data_ptr_float().capacity(plain.numel()).asBuffer();
  }

  /** {@return a copy of an int64 tensor's values in row-major order} */
  public static long[] longs(Tensor x) {
    Tensor plain = x.detach().cpu().to(ScalarType.Long).contiguous();
    long[] values = new long[Math.toIntExact(plain.numel())];
    plain.data_ptr_long().get(values);
    return values;
  }

  /** {@return the single value of a tensor of one element} */
  public static double value(Tensor x) {
    return x.detach().item_double();
  }

  public static Tensor scale(Tensor x, double by) {
    return x.mul(new Scalar(by));
  }

  /** {@return the sum over {@code axis}, which goes away} */
  public static Tensor sumOver(Tensor x, long axis) {
    return x.sum(new long[] {axis}, false, new ScalarTypeOptional());
  }

  /** {@return the tensors behind one another along {@code axis}} */
  public static Tensor concat(long axis, Tensor... parts) {
    return parts.length == 1 ? parts[0] : torch.cat(new TensorVector(parts), axis);
  }

  /** {@return the tensors, all of one shape, along a new first axis} */
  public static Tensor stack(List<Tensor> parts) {
    return torch.stack(new TensorVector(parts.toArray(Tensor[]::new)), 0);
  }

  /** Sets one column of {@code scores} to minus infinity, in place. */
  public static Tensor forbid(Tensor scores, long column) {
    scores.select(-1, column).fill_(new Scalar(Double.NEGATIVE_INFINITY));
    return scores;
  }

  public static LayerNormImpl layerNorm(long width, double epsilon) {
    LongVector shape = new LongVector(new long[] {width}); // LongVector(long) would mean a size
    LayerNormOptions options = new LayerNormOptions(shape);
    options.eps().put(epsilon);
    return new LayerNormImpl(options);
  }

  /**
   * Scaled dot-product attention. q, k, v: [B, H, L, D/H]; mask: added, broadcast to [B, H, L, L].
   */
  public static Tensor attention(Tensor q, Tensor k, Tensor v, Tensor mask, double dropout) {
    return torch.scaled_dot_product_attention(
        q, k, v, new TensorOptional(mask), dropout, false, new DoubleOptional(), false);
  }
}
