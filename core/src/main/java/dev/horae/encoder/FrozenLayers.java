package dev.horae.encoder;

import static dev.horae.tensor.Ops.concat;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Layers whose weights come from a file and never learn. They work on packed tokens, [T, D]: the
 * sequences of a batch behind one another, none padded.
 */
public final class FrozenLayers {

  private FrozenLayers() {}

  /** Neighbouring sequences of the same length in a batch. */
  public record Run(int sequences, int length) {
    int tokens() {
      return sequences * length;
    }
  }

  /**
   * @param weight [out, in]
   * @param bias [out], or null
   */
  record Linear(Tensor weight, @Nullable Tensor bias) {

    static Linear of(PretrainedWeights weights, String name, long in, long out) {
      return of(weights, List.of(name), in, out, true);
    }

    /** {@return several layers of the same input as one whose outputs stand side by side} */
    static Linear of(
        PretrainedWeights weights, List<String> names, long in, long out, boolean bias) {
      return new Linear(
          weights.take(names.stream().map(name -> name + ".weight").toList(), out, in),
          bias ? weights.take(names.stream().map(name -> name + ".bias").toList(), out) : null);
    }

    Tensor forward(Tensor x) {
      return bias == null ? torch.linear(x, weight) : torch.linear(x, weight, bias);
    }
  }

  record LayerNorm(Tensor weight, Tensor bias, double epsilon) {

    static LayerNorm of(PretrainedWeights weights, String name, long width, double epsilon) {
      return new LayerNorm(
          weights.take(name + ".weight", width), weights.take(name + ".bias", width), epsilon);
    }

    Tensor forward(Tensor x) {
      return torch.layer_norm(
          x,
          new long[] {weight.size(0)},
          new TensorOptional(weight),
          new TensorOptional(bias),
          epsilon,
          false);
    }
  }

  /**
   * Multi-head self-attention in which every token of a sequence sees all of it.
   *
   * @param in queries, keys and values side by side, [3 D, D]
   */
  record Attention(Linear in, Linear out, int heads) {

    Tensor forward(Tensor x, List<Run> runs) {
      // libtorch's attention in bfloat16 took ten times as long as in float32.
      Tensor all = in.forward(x).to(ScalarType.Float); // [T, 3 D]
      List<Tensor> seen = new ArrayList<>();
      long at = 0;
      for (Run run : runs) {
        Tensor split =
            all.narrow(0, at, run.tokens())
                .view(run.sequences(), run.length(), 3, heads, x.size(1) / heads)
                .permute(2, 0, 3, 1, 4); // [3, sequences, H, length, D/H]
        seen.add(
            torch
                .scaled_dot_product_attention(
                    split.select(0, 0), split.select(0, 1), split.select(0, 2))
                .transpose(1, 2)
                .reshape(run.tokens(), x.size(1)));
        at += run.tokens();
      }
      return out.forward(concat(0, seen).to(x.scalar_type()));
    }
  }

  record FeedForward(Linear up, Activation activation, Linear down) {
    Tensor forward(Tensor x) {
      return down.forward(activation.apply(up.forward(x)));
    }
  }
}
