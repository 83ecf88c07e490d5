package dev.horae.tensor;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix that many small ones are multiplied with, laid out once as oneDNN wants it. Otherwise it
 * is laid out anew at every product, which costs more than the product itself where the other
 * matrix has few rows. Among these a row of the result has the same bits whatever other rows there
 * are.
 *
 * <p>Takes as much memory again. Where libtorch has no oneDNN, or the matrix is not float32 in main
 * memory, there is no other layout and products are {@link Ops#product}'s, as they are where they
 * have many rows.
 *
 * @param matrix float [N, D], without a gradient
 * @param packed the same in oneDNN's layout; null where there is none
 */
public record PackedMatrix(Tensor matrix, @Nullable Tensor packed) {

  private static final long FEW = 64; // rows; above, oneDNN's own choice of layout is faster

  /** Packs a matrix where that can be done. */
  public static PackedMatrix of(Tensor matrix) {
    boolean can =
        torch.hasMKLDNN()
            && matrix.is_cpu()
            && matrix.scalar_type().intern() == ScalarType.Float
            && matrix.numel() > 0;
    return new PackedMatrix(matrix, can ? reordered(matrix) : null);
  }

  /** libtorch has it, but only its dispatcher offers it here. */
  private static Tensor reordered(Tensor matrix) {
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(matrix));
    stack.push_back(new IValue()); // for any number of rows
    Dispatcher.singleton().findSchemaOrThrow("mkldnn::_reorder_linear_weight", "").callBoxed(stack);
    return new Tensor(stack.get(0).toTensor()); // a handle of its own: the stack's ends with it
  }

  /**
   * {@return x times the transpose of the matrix, [M, N]}
   *
   * @param x float [M, D]
   */
  public Tensor product(Tensor x) {
    return packed == null || x.size(0) > FEW ? Ops.product(x, matrix) : Ops.product(x, packed);
  }

  /** {@return what is to be closed} */
  public List<Tensor> tensors() {
    return packed == null ? List.of(matrix) : List.of(matrix, packed);
  }
}
