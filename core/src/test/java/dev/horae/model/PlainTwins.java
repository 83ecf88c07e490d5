package dev.horae.model;

import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.scale;

import dev.horae.data.SequenceBatch;
import dev.horae.nn.Fourier;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Models as their papers write them, every place of every row: the plain twins of what the models
 * do in blocks. One example in each row, no dropout.
 */
final class PlainTwins {

  private final Map<String, Tensor> parameters;
  private final int heads;
  private final int layers;
  private final Tensor items; // int64 [R, L]
  private final Tensor last; // int64 [R], flat
  private final long rows;
  private final long length;

  PlainTwins(SequenceModel model, SequenceBatch batch, int heads, int layers) {
    parameters = Checkpoint.parameters(model);
    this.heads = heads;
    this.layers = layers;
    rows = batch.rows();
    length = batch.length();
    items = Ops.int64(batch.items(), rows, length);
    last = Ops.int64(batch.examples(), rows);
  }

  /**
   * DIF-SR with a gate.
   *
   * @param labels float [N + 1, C + 1]
   */
  Tensor difSr(Tensor labels) {
    Tensor x = norm("LayerNorm", torch.embedding(parameter("item_embedding.weight"), items));
    String table = "feature_embed_layer_list.0.token_seq_embedding_table.item.0.weight";
    Tensor categories = torch.embedding(labels, items).matmul(parameter(table)); // [R, L, A]
    Tensor positions = parameter("position_embedding.weight").unsqueeze(0);
    for (int i = 0; i < layers; i++) {
      String layer = "trm_encoder.layer." + i + ".";
      String attention = layer + "multi_head_attention.";
      Tensor[] scores = {
        scores(attention + "query_layers.0", attention + "key_layers.0", categories),
        scores(attention + "query", attention + "key", x),
        scores(attention + "query_p", attention + "key_p", positions)
            .expand(rows, heads, length, length)
      };
      Tensor[] energies = new Tensor[scores.length];
      String gate = attention + "fusion_layer.projection.";
      for (int s = 0; s < scores.length; s++) {
        energies[s] = linear(gate + "2", torch.relu(linear(gate + "0", scores[s])));
      }
      Tensor shares = concat(3, energies).softmax(-1); // [R, H, L, 3]
      Tensor fused = scores[0].mul(shares.narrow(3, 0, 1));
      for (int s = 1; s < scores.length; s++) {
        fused = fused.add(scores[s].mul(shares.narrow(3, s, 1)));
      }
      Tensor weights = masked(scale(fused, 1 / Math.sqrt(x.size(2) / (double) heads)));
      x = feedForward(layer, finish(attention, x, weights.matmul(byHead(attention + "value", x))));
    }
    return x.flatten(0, 1).index_select(0, last);
  }

  private Tensor scores(String query, String key, Tensor x) {
    return byHead(query, x).matmul(byHead(key, x).transpose(2, 3)); // [R, H, L, L]
  }

  /**
   * FEARec, with libtorch's transforms.
   *
   * @param together whether all rows keep the same delays
   */
  Tensor fearec(double globalRatio, int kept, double share, boolean limited, boolean together) {
    Tensor x =
        norm(
            "LayerNorm",
            torch
                .embedding(parameter("item_embedding.weight"), items, 0, false, false)
                .add(parameter("position_embedding.weight")));
    for (int i = 0; i < layers; i++) {
      String layer = "item_encoder.layer." + i + ".";
      String attention = layer + "hybrid_attention.";
      int[] window = Fearec.window((int) length, layers, globalRatio, i);
      Tensor[] qkv = new Tensor[3];
      String[] names = {"query_layer", "key_layer", "value_layer"};
      for (int n = 0; n < names.length; n++) {
        qkv[n] = linear(attention + names[n], x);
      }
      Tensor shifted = shifted(qkv, window, kept, together);
      Tensor mixed = shifted;
      if (share > 0) {
        Tensor[] parts = new Tensor[3];
        for (int n = 0; n < parts.length; n++) {
          parts[n] =
              split(limited ? inverse(window(transform(qkv[n]), window)) : qkv[n]); // [R, H, L, d]
        }
        Tensor scores = parts[0].matmul(parts[1].transpose(2, 3));
        Tensor weights = masked(scale(scores, 1 / Math.sqrt((double) parts[0].size(3))));
        Tensor seen = weights.matmul(parts[2]).transpose(1, 2).reshape(rows, length, x.size(2));
        mixed = shifted.mul(new Scalar(1 - share)).add(seen, new Scalar(share));
      }
      x =
          feedForward(
              layer, norm(attention + "LayerNorm", x.add(linear(attention + "dense", mixed))));
    }
    return x.flatten(0, 1).index_select(0, last);
  }

  /** {@return values shifted by the delays at which queries and keys correlate most, [R, L, D]} */
  private Tensor shifted(Tensor[] qkv, int[] window, int kept, boolean together) {
    Tensor product = transform(qkv[0]).mul(torch.conj(transform(qkv[1])));
    Tensor correlations = inverse(window(product, window)).mean(new long[] {2}); // [R, L]
    Tensor average = together ? correlations.mean(new long[] {0}).unsqueeze(0) : correlations;
    Tensor best = average.topk(kept, 1, true, false).get1().expand(rows, kept);
    Tensor weights = correlations.gather(1, best).softmax(-1); // [R, kept]
    Tensor places = torch.arange(new Scalar(length)).to(ScalarType.Long).view(1, 1, length);
    Tensor from = places.add(best.unsqueeze(2)).remainder(new Scalar(length)); // [R, kept, L]
    long d = qkv[2].size(2);
    Tensor rolled =
        qkv[2]
            .unsqueeze(1)
            .expand(rows, kept, length, d)
            .gather(2, from.unsqueeze(3).expand(rows, kept, length, d));
    return rolled
        .mul(weights.view(rows, kept, 1, 1))
        .sum(new long[] {1}, false, new ScalarTypeOptional());
  }

  private Tensor transform(Tensor x) {
    return torch.fft_rfft(x, new LongOptional(length), 1, new StringViewOptional());
  }

  private Tensor inverse(Tensor spectrum) {
    return torch.fft_irfft(spectrum, new LongOptional(length), 1, new StringViewOptional());
  }

  private Tensor window(Tensor spectrum, int[] window) {
    float[] kept = new float[Fourier.frequencies((int) length)];
    Arrays.fill(kept, window[0], window[1], 1);
    return spectrum.mul(Ops.float32(kept, 1, kept.length, 1));
  }

  // ---- layers

  private Tensor parameter(String name) {
    return Objects.requireNonNull(parameters.get(name), name);
  }

  private Tensor linear(String name, Tensor x) {
    return torch.linear(
        x, parameter(name + ".weight"), new TensorOptional(parameter(name + ".bias")));
  }

  private Tensor norm(String name, Tensor x) {
    Tensor centred = x.sub(x.mean(new long[] {-1}).unsqueeze(-1));
    Tensor variance = centred.square().mean(new long[] {-1}).unsqueeze(-1);
    return centred
        .div(variance.add(new Scalar(1e-12)).sqrt())
        .mul(parameter(name + ".weight"))
        .add(parameter(name + ".bias"));
  }

  private Tensor byHead(String name, Tensor x) {
    return split(linear(name, x));
  }

  private Tensor split(Tensor x) { // [R, L, D] -> [R, H, L, D / H]
    return x.view(x.size(0), length, heads, -1).transpose(1, 2);
  }

  /** Every place sees the events at or before it. */
  private Tensor masked(Tensor scores) {
    Tensor seen = items.ne(new Scalar(0)).unsqueeze(1).expand(rows, length, length).tril();
    return scores
        .masked_fill(seen.logical_not().unsqueeze(1), new Scalar(SequenceTensors.HIDDEN))
        .softmax(-1);
  }

  private Tensor finish(String attention, Tensor x, Tensor seen) {
    Tensor merged = seen.transpose(1, 2).reshape(rows, length, x.size(2));
    return norm(attention + "LayerNorm", x.add(linear(attention + "dense", merged)));
  }

  private Tensor feedForward(String layer, Tensor x) {
    String part = layer + "feed_forward.";
    Tensor inner = torch.gelu(linear(part + "dense_1", x));
    return norm(part + "LayerNorm", x.add(linear(part + "dense_2", inner)));
  }

  /** {@return gradients of a loss of vectors, by parameter; zeros where there is none} */
  static Map<String, float[]> gradients(SequenceModel model, Tensor vectors) {
    Map<String, Tensor> all = new TreeMap<>(Checkpoint.parameters(model));
    Tensor[] inputs = all.values().stream().filter(Tensor::requires_grad).toArray(Tensor[]::new);
    all.values().removeIf(p -> !p.requires_grad());
    Tensor weights = torch.arange(new Scalar(vectors.numel())).sin().view_as(vectors);
    Tensor loss = vectors.mul(weights).sum();
    TensorVector found =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(inputs),
            new TensorVector(torch.ones_like(loss)),
            new BoolOptional(),
            false,
            true);
    Map<String, float[]> gradients = new TreeMap<>();
    int i = 0;
    for (String name : all.keySet()) {
      Tensor gradient = found.get(i);
      gradients.put(
          name, gradient.defined() ? Ops.floats(gradient) : new float[(int) inputs[i].numel()]);
      i++;
    }
    return gradients;
  }
}
