package dev.horae.train;

import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.TrainingHooks.Tuning;
import dev.horae.sequence.Transferable;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Adam over one flat buffer that all trainable parameters are views of: a step is one pass over
 * memory, and its state is three arrays that a checkpoint can hold.
 *
 * <p>Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; with decoupled decay
 * Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; arithmetic as in
 * PyTorch's. Parameters must not be moved to another device afterwards.
 *
 * <p>Where a step reads a sample of the items, parameters with a row per item lie outside that
 * buffer: a step moves the rows that it read, and the others keep their values and means, as with
 * PyTorch's SparseAdam. A pass over a million rows for some thousand gradients would take longer
 * than all the rest of the step.
 */
public final class Adam {

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;

  /**
   * @param epsilon added to the root of the mean square
   * @param weightDecay of the parameters that decay
   * @param decoupled whether decay shrinks the parameter itself (AdamW) instead of adding to its
   *     gradient
   * @param gradientClip global gradient-norm clip; 0 = any
   */
  public record Rule(
      double learningRate,
      double epsilon,
      double weightDecay,
      boolean decoupled,
      double gradientClip) {

    /** The paper's. */
    public static Rule of(double learningRate) {
      return new Rule(learningRate, 1e-8, 0, false, 0);
    }
  }

  /**
   * Neighbours in the flat buffer that are trained alike: values {@code from} to {@code to - 1}.
   */
  private record Stretch(long from, long to, Tuning tuning) {}

  /**
   * A parameter of which a step moves some rows.
   *
   * @param parameter [N + 1, any], or [N + 1]
   * @param first running mean of gradients, of the same shape
   * @param second running mean of their squares, likewise
   */
  record Table(String name, Tensor parameter, Tensor first, Tensor second, Tuning tuning) {}

  private final Rule rule;
  private final List<Tensor> parameters = new ArrayList<>(); // of the flat buffer, in its order
  private final List<Stretch> stretches = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();
  private final Tensor values; // [P]
  private final Tensor gradients; // [P]
  private final Tensor first; // [P], running mean of gradients
  private final Tensor second; // [P], running mean of their squares
  private int steps;

  /** Takes over the trainable parameters of {@code model}; outside any scope. */
  public Adam(SequenceModel model, LoopConfig loop) {
    this(
        model,
        new Rule(
            loop.learningRate(),
            loop.adamEpsilon(),
            loop.weightDecay(),
            loop.decoupledDecay(),
            loop.gradientClip()),
        model::tuning,
        name -> loop.samples(model.itemRows() - 1) && model.rows(name) == Transferable.Rows.ITEMS);
  }

  /** Takes over the trainable parameters of {@code module}, all alike; outside any scope. */
  public Adam(Module module, Rule rule) {
    this(module, rule, name -> Tuning.PLAIN, name -> false);
  }

  /**
   * @param tuning of a parameter by name
   * @param byRows whether only those rows of a parameter are moved that a step read, by name
   */
  Adam(Module module, Rule rule, Function<String, Tuning> tuning, Predicate<String> byRows) {
    this.rule = rule;
    Scope.requireNone("Adam");
    Map<String, Tensor> learning = Checkpoint.parameters(module);
    learning.values().removeIf(p -> !p.requires_grad());
    Tensor like = learning.values().iterator().next().detach();
    learning.forEach(
        (name, p) -> {
          if (byRows.test(name)) {
            tables.add(
                new Table(
                    name,
                    p,
                    torch.zeros_like(p.detach()),
                    torch.zeros_like(p.detach()),
                    tuning.apply(name)));
          }
        });
    learning.keySet().removeIf(byRows);
    parameters.addAll(learning.values());
    long size = parameters.stream().mapToLong(Tensor::numel).sum();
    values = like.new_zeros(size);
    gradients = like.new_zeros(size);
    first = like.new_zeros(size);
    second = like.new_zeros(size);
    long at = 0;
    for (Map.Entry<String, Tensor> named : learning.entrySet()) {
      Tensor p = named.getValue();
      Tensor view = values.narrow(0, at, p.numel()).view_as(p);
      view.copy_(p.detach());
      p.set_data(view);
      p.mutable_grad().put(gradients.narrow(0, at, p.numel()).view_as(p));
      append(at, at + p.numel(), tuning.apply(named.getKey()));
      at += p.numel();
    }
  }

  private void append(long from, long to, Tuning tuning) {
    int last = stretches.size() - 1;
    if (last >= 0 && stretches.get(last).tuning().equals(tuning)) {
      stretches.set(last, new Stretch(stretches.get(last).from(), to, tuning));
    } else {
      stretches.add(new Stretch(from, to, tuning));
    }
  }

  /** {@return what lies in the flat buffer, in its order} */
  List<Tensor> parameters() {
    return parameters;
  }

  /** {@return what is moved row by row} */
  List<Table> tables() {
    return tables;
  }

  /** {@return how many values the flat buffer has, P} */
  long size() {
    return values.numel();
  }

  /** {@return the flat values, float [P], of which every parameter there is a view} */
  Tensor values() {
    return values;
  }

  /** {@return running means of the flat gradients and of their squares, float [P] each} */
  List<Tensor> flatState() {
    return List.of(first, second);
  }

  /** {@return the flat gradient, float [P], of which every parameter's is a view} */
  Tensor gradients() {
    return gradients;
  }

  /** Moves the parameters against the gradients; inside a scope without gradients. */
  public void step() {
    advance();
    if (clips()) {
      clip(0, size(), squares(0, size()));
    }
    update(0, size());
  }

  /** Begins a step; {@link #clip} where {@link #clips} says so, and {@link #update} then do it. */
  void advance() {
    steps++;
  }

  /** {@return whether gradients that are too long are shortened} */
  boolean clips() {
    return rule.gradientClip() > 0;
  }

  /**
   * {@return the sum of the squares of the gradients {@code from} to {@code to - 1}} Finite when
   * they are: a LayerNorm on an item without features makes gradients whose squares no float holds.
   */
  double squares(long from, long to) {
    if (to == from) {
      return 0;
    }
    return squares(gradients.narrow(0, from, to - from));
  }

  /** {@return the sum of the squares of {@code part}, likewise} */
  static double squares(Tensor part) {
    double norm = Ops.value(part.norm());
    if (!Double.isFinite(norm)) {
      norm = Ops.value(part.to(ScalarType.Double).norm());
    }
    return norm * norm;
  }

  /**
   * Shortens the gradients {@code from} to {@code to - 1}.
   *
   * @param squares sum of the squares of all gradients
   */
  void clip(long from, long to, double squares) {
    clip(gradients.narrow(0, from, to - from), squares);
  }

  /** Shortens {@code part} of the gradients, likewise. */
  void clip(Tensor part, double squares) {
    double factor = rule.gradientClip() / (Math.sqrt(squares) + 1e-6); // as PyTorch has it
    if (factor < 1) {
      part.mul_(new Scalar(factor));
    }
  }

  /** Moves the flat parameters {@code from} to {@code to - 1}. */
  void update(long from, long to) {
    for (Stretch stretch : stretches) {
      long start = Math.max(from, stretch.from());
      long size = Math.min(to, stretch.to()) - start;
      if (size > 0) {
        move(
            values.narrow(0, start, size),
            gradients.narrow(0, start, size),
            first.narrow(0, start, size),
            second.narrow(0, start, size),
            stretch.tuning());
      }
    }
  }

  /**
   * Moves some rows of a table.
   *
   * @param rows which, int64 [K], each once
   * @param gradients of these rows, float [K, any]
   */
  void update(Table table, Tensor rows, Tensor gradients) {
    List<Tensor> state = List.of(table.parameter().detach(), table.first(), table.second());
    List<Tensor> moved = state.stream().map(all -> all.index_select(0, rows)).toList();
    move(moved.get(0), gradients, moved.get(1), moved.get(2), table.tuning());
    for (int i = 0; i < state.size(); i++) {
      state.get(i).index_copy_(0, rows, moved.get(i));
    }
  }

  private void move(Tensor values, Tensor gradients, Tensor first, Tensor second, Tuning tuning) {
    Ops.fusedAdam(
        values,
        gradients,
        first,
        second,
        steps,
        rule.learningRate() * tuning.rateFactor(),
        BETA1,
        BETA2,
        rule.epsilon(),
        tuning.decays() ? rule.weightDecay() : 0,
        rule.decoupled());
  }

  /** Gives all nodes the state of node 0; the parameters are the model's. */
  public void broadcast(Group group) {
    try (Scope scope = Scope.inference()) {
      List<Tensor> state = new ArrayList<>(flatState());
      tables.forEach(table -> state.addAll(List.of(table.first(), table.second())));
      state.forEach(group::broadcast);
      Tensor count = Ops.int64(new long[] {steps}, 1);
      group.broadcast(count);
      steps = Math.toIntExact(Ops.longs(count)[0]);
    }
  }

  /** {@return views of the state: running means and step count; the parameters are the model's} */
  public Safetensors save(Map<String, String> metadata) {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(); // a file's order is its bytes
    entries.put("adam.first", Checkpoint.entry(first));
    entries.put("adam.second", Checkpoint.entry(second));
    for (Table table : tables) {
      entries.put("adam.first." + table.name(), Checkpoint.entry(table.first()));
      entries.put("adam.second." + table.name(), Checkpoint.entry(table.second()));
    }
    entries.put("adam.steps", Safetensors.Entry.of(new long[] {steps}, 1));
    return new Safetensors(metadata, entries);
  }

  /** Restores what {@link #save} returned. */
  public void load(Safetensors state, Path source) {
    Safetensors.Entry count = entry(state, "adam.steps", source);
    restore(state, "adam.first", first, source);
    restore(state, "adam.second", second, source);
    for (Table table : tables) {
      restore(state, "adam.first." + table.name(), table.first(), source);
      restore(state, "adam.second." + table.name(), table.second(), source);
    }
    steps = Math.toIntExact(count.longs()[0]);
  }

  private static void restore(Safetensors state, String name, Tensor into, Path source) {
    Safetensors.Entry entry = entry(state, name, source);
    long held = LongStream.of(entry.shape()).reduce(1, Math::multiplyExact);
    if (held != into.numel()) {
      throw new CheckpointException(
          source + ": holds " + held + " values where this model trains " + into.numel());
    }
    Checkpoint.copy(entry, into);
  }

  private static Safetensors.Entry entry(Safetensors state, String name, Path source) {
    Safetensors.Entry entry = state.entries().get(name);
    if (entry == null) {
      throw new CheckpointException(
          source + ": lacks '" + name + "'; it is not an optimiser state");
    }
    return entry;
  }
}
