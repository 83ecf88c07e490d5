package dev.horae.train;

import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;

/**
 * Adam over one flat buffer that all trainable parameters are views of: a step is one pass over
 * memory, and its state is three arrays that a checkpoint can hold.
 *
 * <p>Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; arithmetic as in
 * PyTorch's. Parameters must not be moved to another device afterwards.
 */
public final class Adam {

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final double learningRate;
  private final Tensor values; // [P]
  private final Tensor gradients; // [P]
  private final Tensor first; // [P], running mean of gradients
  private final Tensor second; // [P], running mean of their squares
  private int steps;

  /** Takes over the trainable parameters of {@code module}; outside any scope. */
  public Adam(Module module, double learningRate) {
    this.learningRate = learningRate;
    Scope.requireNone("Adam");
    Map<String, Tensor> parameters = Checkpoint.parameters(module);
    parameters.values().removeIf(p -> !p.requires_grad());
    long size = parameters.values().stream().mapToLong(Tensor::numel).sum();
    Tensor like = parameters.values().iterator().next().detach();
    values = like.new_zeros(size);
    gradients = like.new_zeros(size);
    first = like.new_zeros(size);
    second = like.new_zeros(size);
    long at = 0;
    for (Tensor p : parameters.values()) {
      Tensor view = values.narrow(0, at, p.numel()).view_as(p);
      view.copy_(p.detach());
      p.set_data(view);
      p.mutable_grad().put(gradients.narrow(0, at, p.numel()).view_as(p));
      at += p.numel();
    }
  }

  /** {@return how many values are trained, P} */
  long size() {
    return values.numel();
  }

  /** {@return the flat gradient, float [P], of which every parameter's is a view} */
  Tensor gradients() {
    return gradients;
  }

  /** Moves the parameters against the gradients; inside a scope without gradients. */
  public void step() {
    advance();
    update(0, size());
  }

  /** Begins a step; {@link #update} then does it. */
  void advance() {
    steps++;
  }

  /** Moves the flat parameters {@code from} to {@code to - 1}. */
  void update(long from, long to) {
    Ops.fusedAdam(
        values.narrow(0, from, to - from),
        gradients.narrow(0, from, to - from),
        first.narrow(0, from, to - from),
        second.narrow(0, from, to - from),
        steps,
        learningRate,
        BETA1,
        BETA2,
        EPSILON);
  }

  /** {@return views of the state: running means and step count; the parameters are the model's} */
  public Safetensors save(Map<String, String> metadata) {
    return new Safetensors(
        metadata,
        Map.of(
            "adam.first", Checkpoint.entry(first),
            "adam.second", Checkpoint.entry(second),
            "adam.steps", Safetensors.Entry.of(new long[] {steps}, 1)));
  }

  /** Restores what {@link #save} returned. */
  public void load(Safetensors state, Path source) {
    for (String name : new String[] {"adam.first", "adam.second", "adam.steps"}) {
      if (!state.entries().containsKey(name)) {
        throw new CheckpointException(source + ": lacks '" + name + "'; it is no optimiser state");
      }
    }
    long held = state.entries().get("adam.first").shape()[0];
    if (held != first.numel()) {
      throw new CheckpointException(
          source + ": holds " + held + " values where this model trains " + first.numel());
    }
    Checkpoint.copy(state.entries().get("adam.first"), first);
    Checkpoint.copy(state.entries().get("adam.second"), second);
    steps = Math.toIntExact(state.entries().get("adam.steps").longs()[0]);
  }
}
