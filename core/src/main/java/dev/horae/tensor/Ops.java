package dev.horae.tensor;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LayerNormOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.NumberType;
import org.bytedeco.pytorch.OptionalType;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;
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

  /**
   * {@return float32 values of a file as a tensor of shape {@code shape} in main memory, without a
   * copy} Pages are read when they are first used, the system may take them back, and libtorch
   * unmaps the file when the last tensor over it is gone. What is written to the tensor does not
   * reach the file. The file may be replaced meanwhile, but not made shorter.
   *
   * @param offset where the little-endian values begin, in bytes; a multiple of 4
   * @throws CheckpointException when the file is not there, too short, or not aligned so
   */
  public static Tensor mapped(Path file, long offset, long... shape) {
    long bytes = 4;
    for (long n : shape) {
      bytes = Math.multiplyExact(bytes, n);
    }
    if (offset % 4 != 0) {
      throw new CheckpointException(
          file
              + ": its float32 values begin at byte "
              + offset
              + ", which is no multiple of 4, so it cannot be mapped; write it anew");
    }
    // Handles of the steps between would each keep the file mapped.
    try (Tensor whole =
            torch.from_file(
                file.toString(),
                new BoolOptional(false),
                new LongOptional(offset + bytes),
                new TensorOptions(ScalarType.Byte));
        Tensor part = whole.narrow(0, offset, bytes);
        Tensor values = part.view(ScalarType.Float)) {
      return values.view(shape);
    } catch (RuntimeException e) { // libtorch's, with a C++ stack below its first line
      throw new CheckpointException(
          file
              + ": cannot be mapped: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
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

  /**
   * {@return the memory of a tensor, row-major, in blocks as those of {@link Safetensors.Entry}}
   * Views: the tensor must outlive them.
   *
   * @param x contiguous, float32, in main memory
   */
  static List<ByteBuffer> memory(Tensor x) {
    long size = 4 * x.numel();
    List<ByteBuffer> blocks = new ArrayList<>();
    if (size > 0) {
      BytePointer bytes = new BytePointer(x.data_ptr());
      for (long at = 0; at < size; at += Safetensors.BLOCK) {
        long length = Math.min(Safetensors.BLOCK, size - at);
        blocks.add(bytes.getPointer(at).limit(length).asByteBuffer());
      }
    }
    return blocks;
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

  /** As {@link #concat(long, Tensor...)}. */
  public static Tensor concat(long axis, List<Tensor> parts) {
    return concat(axis, parts.toArray(Tensor[]::new));
  }

  /** {@return what each of the maps makes of x [..., any], behind one another; one product} */
  public static Tensor linear(Tensor x, List<LinearImpl> maps) {
    Tensor weights = concat(0, maps.stream().map(LinearImpl::weight).toList());
    Tensor biases = concat(0, maps.stream().map(LinearImpl::bias).toList());
    return torch.linear(x, weights, new TensorOptional(biases));
  }

  /**
   * x times the transpose of {@code weight}, plus {@code bias}, in float32; the product is taken in
   * the precision of {@code x}.
   */
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    if (x.scalar_type().intern() == ScalarType.Float) {
      return torch.linear(x, weight, new TensorOptional(bias));
    }
    return x.matmul(weight.to(x.scalar_type()).t()).to(ScalarType.Float).add(bias);
  }

  /**
   * {@return x times the transpose of {@code matrix}, [M, N], without a record for autograd} By
   * oneDNN for float32 in main memory where libtorch has it, which unlike OpenBLAS does not copy x
   * first. {@code mm} cannot be told to, and only libtorch's dispatcher offers what can.
   *
   * @param x [M, K]
   * @param matrix [N, K], or that laid out by {@link PackedMatrix}
   */
  public static Tensor product(Tensor x, Tensor matrix) {
    boolean can =
        torch.hasMKLDNN()
            && x.is_cpu()
            && x.scalar_type().intern() == ScalarType.Float
            && x.numel() > 0
            && matrix.numel() > 0;
    if (!can) {
      return x.mm(matrix.t());
    }
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(x));
    stack.push_back(new IValue(matrix));
    stack.push_back(new IValue()); // no bias
    stack.push_back(new IValue("none")); // nothing is done to the result: no activation,
    Type number = new Type(NumberType.getNumberIntTypePtr().get());
    stack.push_back( // none of its parameters,
        new IValue(
            new GenericList(new Type.TypePtr(OptionalType.create(new Type.TypePtr(number))))));
    stack.push_back(new IValue("")); // and no variant of it
    Dispatcher.singleton().findSchemaOrThrow("mkldnn::_linear_pointwise", "").callBoxed(stack);
    return new Tensor(stack.get(0).toTensor()); // a handle of its own: the stack's ends with it
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

  /**
   * A step of Adam in one pass over memory, in place. libtorch has it, but only its dispatcher
   * offers it here.
   *
   * @param values float [P]
   * @param gradients float [P]
   * @param first float [P], running mean of the gradients
   * @param second float [P], running mean of their squares
   * @param steps how many steps there are with this one, from 1
   * @param decoupled whether decay shrinks the values themselves, as AdamW has it, instead of
   *     adding to their gradients
   */
  public static void fusedAdam(
      Tensor values,
      Tensor gradients,
      Tensor first,
      Tensor second,
      int steps,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled) {
    IValueVector arguments = new IValueVector();
    for (Tensor x : new Tensor[] {values, gradients, first, second}) {
      arguments.push_back(list(x));
    }
    arguments.push_back(list()); // of maxima, which AMSGrad keeps
    arguments.push_back(
        list(torch.full(new long[0], new Scalar((double) steps), values.options())));
    for (double x : new double[] {learningRate, beta1, beta2, weightDecay, epsilon}) {
      arguments.push_back(new IValue(x));
    }
    arguments.push_back(new IValue(false)); // no AMSGrad
    arguments.push_back(new IValue(false)); // minimise
    arguments.push_back(new IValue()); // no scale of gradients
    arguments.push_back(new IValue());
    String name = decoupled ? "aten::_fused_adamw_" : "aten::_fused_adam_";
    Dispatcher.singleton().findSchemaOrThrow(name, "").callBoxed(arguments);
  }

  private static IValue list(Tensor... tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor x : tensors) {
      list.push_back(new IValue(x));
    }
    return new IValue(list);
  }
}
