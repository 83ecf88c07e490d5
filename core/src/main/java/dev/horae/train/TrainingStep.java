package dev.horae.train;

import static dev.horae.sequence.SoftmaxLoss.InBatch.group;

import dev.horae.data.SequenceBatch;
import dev.horae.data.Team;
import dev.horae.nn.BlockedSoftmax;
import dev.horae.nn.Negatives;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.SoftmaxLoss.InBatch;
import dev.horae.sequence.SoftmaxLoss.OverItems;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A step of training spread over workers, one thread and one core each, with the mathematics of the
 * whole batch: every example still meets every item, or all of a sample of them, and every other
 * example of the batch.
 *
 * <p>Each worker makes the vectors of its share of the items, encodes its share of the batch, takes
 * the softmax losses of its own examples against everybody's candidates, runs backward from the
 * gradients that all of them found, and updates its share of the parameters. Between these stages
 * they wait for one another. Sums over workers are taken in a fixed order, so that equal seeds and
 * worker counts give equal bits.
 */
final class TrainingStep {

  /**
   * A batch in parts.
   *
   * @param shards one per worker; the last may be empty
   * @param draws of each shard
   * @param weight {@link SequenceBatch#weight} of the whole
   * @param examples of the whole
   * @param sample the items with which targets are compared; null = all
   */
  record Shards(
      List<SequenceBatch> shards,
      List<Draws> draws,
      double weight,
      long examples,
      @Nullable ItemSample sample) {

    /** Compares with all items. */
    static Shards of(List<SequenceBatch> shards, List<Draws> draws) {
      return of(shards, draws, null);
    }

    static Shards of(List<SequenceBatch> shards, List<Draws> draws, @Nullable ItemSample sample) {
      return new Shards(
          shards,
          draws,
          shards.stream().mapToDouble(SequenceBatch::weight).sum(),
          shards.stream().mapToLong(shard -> shard.examples().length).sum(),
          sample);
    }
  }

  static final String GRADIENT = "norm of the gradients";

  private final SequenceModel model;
  private final Adam adam;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Tensor> parameters; // of Adam's flat buffer
  private final List<Adam.Table> tables;
  private final List<Tensor> learning; // both, one behind the other
  private final Tensor like; // [1, D], an item's vector
  private final boolean reducedPrecision; // whether large products are taken in bfloat16
  private final Team team;
  private final @Nullable StepItems everything; // null when each step takes a sample

  /**
   * Outside any scope.
   *
   * @param sampled whether each step takes a sample of the items
   * @param reducedPrecision whether the products with items are taken in bfloat16
   */
  TrainingStep(
      SequenceModel model, Adam adam, int workers, boolean sampled, boolean reducedPrecision) {
    this.model = model;
    this.adam = adam;
    parameters = adam.parameters();
    tables = adam.tables();
    learning = new ArrayList<>(parameters);
    tables.forEach(table -> learning.add(table.parameter()));
    like = model.itemVectors(0, 1, Draws.NONE).detach();
    this.reducedPrecision = reducedPrecision;
    everything = sampled ? null : items(workers, null);
    for (int w = 0; w < workers; w++) {
      this.workers.add(new Worker(w, w == 0 ? adam.gradients() : like.new_zeros(adam.size())));
    }
    team = new Team(workers, "horae-train");
  }

  /**
   * One step of Adam; none when a gradient is not finite.
   *
   * @param seed of the dropout masks
   * @return the parts of the loss, and {@link #GRADIENT} when it is not finite
   */
  Map<String, Double> run(Shards batch, long seed) {
    adam.advance();
    if (everything != null) {
      return run(batch, seed, everything);
    }
    try (Scope scope = Scope.inference()) {
      return run(batch, seed, items(workers.size(), Objects.requireNonNull(batch.sample())));
    }
  }

  private StepItems items(int workers, @Nullable ItemSample sample) {
    long rows = model.trainsOnAllItems() ? model.itemRows() : 0;
    return StepItems.of(like, sample, rows, workers, reducedPrecision);
  }

  private Map<String, Double> run(Shards batch, long seed, StepItems items) {
    Batch all = new Batch(batch, seed, items, workers.size());
    // Others use what a worker has made: its scope stays open until all have ended.
    team.run(Scope::training, number -> workers.get(number).work(all));
    return all.values(workers.size());
  }

  /** What the workers of a step share. */
  private static final class Batch {
    private final Shards parts;
    private final long seed;
    private final StepItems items;
    private final TrainingOutput[] forwards; // null where a shard is empty
    private final Tensor[][] candidateGradients; // [worker][softmax]
    private final Tensor[][] rowGradients; // [worker][table], [K, any] of a sample's rows
    private final double[] squares; // of each worker's share of the gradients
    private final List<Map<String, Double>> losses = new ArrayList<>(); // by worker

    Batch(Shards parts, long seed, StepItems items, int workers) {
      this.parts = parts;
      this.seed = seed;
      this.items = items;
      forwards = new TrainingOutput[workers];
      candidateGradients = new Tensor[workers][];
      rowGradients = new Tensor[workers][];
      squares = new double[workers];
      for (int w = 0; w < workers; w++) {
        losses.add(new LinkedHashMap<>());
      }
    }

    /** {@return how many queries of softmax {@code k} all workers have} */
    long queries(int k) {
      return Arrays.stream(forwards)
          .filter(Objects::nonNull)
          .mapToLong(forward -> forward.softmaxes().get(k).size())
          .sum();
    }

    /** {@return the square of the norm of all gradients} */
    double squares() {
      return Arrays.stream(squares).sum();
    }

    Map<String, Double> values(int workers) {
      Map<String, Double> values = new LinkedHashMap<>();
      for (int w = 0; w < workers; w++) {
        losses.get(w).forEach((name, value) -> values.merge(name, value, Double::sum));
      }
      if (!Double.isFinite(squares())) {
        values.put(GRADIENT, Math.sqrt(squares()));
      }
      return values;
    }
  }

  /** One thread's part of each step. */
  private final class Worker {
    private final int number;
    private final Tensor gradients; // [P]
    private final List<Tensor> views = new ArrayList<>(); // of gradients, one per parameter

    Worker(int number, Tensor gradients) {
      this.number = number;
      this.gradients = gradients;
      long at = 0;
      for (Tensor p : parameters) {
        views.add(gradients.narrow(0, at, p.numel()).view_as(p));
        at += p.numel();
      }
    }

    void work(Batch batch) {
      torch.set_num_threads(1);
      Dropout.seed(batch.seed + number);
      try {
        step(batch);
      } finally {
        StageTimer.begin(null);
      }
    }

    /** Waits for the other workers. */
    private void await() {
      StageTimer.begin("waiting");
      team.await();
    }

    private void step(Batch batch) {
      StageTimer.begin("projection");
      long from = share(number, batch.items.count());
      long to = share(number + 1, batch.items.count());
      Tensor vectors = null;
      if (to > from) {
        vectors = model.itemVectors(batch.items.rows(from, to), batch.parts.draws().get(number));
        batch.items.vectors().narrow(0, from, to - from).copy_(vectors.detach());
        if (reducedPrecision) {
          batch.items.forProducts().narrow(0, from, to - from).copy_(vectors.detach());
        }
      }
      batch.items.gradients().get(number).zero_();
      batch.rowGradients[number] =
          tables.stream().map(batch.items::noGradients).toArray(Tensor[]::new);
      await();

      StageTimer.begin("batching");
      SequenceBatch shard = batch.parts.shards().get(number);
      RecordedItemVectors items = new RecordedItemVectors(batch.items);
      if (shard.rows() > 0) {
        SequenceTensors in =
            SequenceTensors.of(shard, model.device(), batch.parts.weight(), batch.parts.examples());
        batch.forwards[number] = model.forward(in, items, batch.parts.draws().get(number));
      }
      await();

      List<Tensor> queryGradients = new ArrayList<>();
      if (shard.rows() > 0) {
        StageTimer.begin("softmax");
        softmaxes(batch, queryGradients);
      }
      await();

      StageTimer.begin("backward");
      List<Tensor> encoderGradients =
          shard.rows() > 0 ? backward(batch, items, queryGradients) : List.of();
      await();

      StageTimer.begin("projection");
      List<Tensor> ofItems = vectors == null ? List.of() : itemGradients(batch, vectors, from, to);
      for (int i = 0; i < views.size(); i++) {
        store(views.get(i), encoderGradients.isEmpty() ? null : encoderGradients.get(i));
        if (!ofItems.isEmpty() && ofItems.get(i).defined()) {
          views.get(i).add_(ofItems.get(i));
        }
      }
      for (int t = 0; t < tables.size(); t++) {
        for (List<Tensor> found : List.of(encoderGradients, ofItems)) {
          if (!found.isEmpty() && found.get(views.size() + t).defined()) {
            batch.items.addRows(batch.rowGradients[number][t], found.get(views.size() + t));
          }
        }
      }
      await();
      update(batch);
    }

    /** Adds up this worker's share of the gradients, and moves the parameters by it. */
    private void update(Batch batch) {
      StageTimer.begin("optimiser");
      long first = share(number, adam.size());
      long last = share(number + 1, adam.size());
      Tensor sum = adam.gradients().narrow(0, first, last - first);
      for (Worker other : workers.subList(1, workers.size())) {
        sum.add_(other.gradients.narrow(0, first, last - first));
      }
      long from = share(number, batch.items.count());
      long rows = share(number + 1, batch.items.count()) - from;
      List<Tensor> ofRows = new ArrayList<>(); // of the tables, the gradients of this share
      for (int t = 0; t < tables.size(); t++) {
        Tensor ofTable = batch.rowGradients[0][t].narrow(0, from, rows);
        for (int w = 1; w < workers.size(); w++) {
          ofTable.add_(batch.rowGradients[w][t].narrow(0, from, rows));
        }
        ofRows.add(ofTable);
      }
      batch.squares[number] =
          adam.squares(first, last) + ofRows.stream().mapToDouble(Adam::squares).sum();
      await();
      StageTimer.begin("optimiser");
      double squares = batch.squares();
      if (Double.isFinite(squares)) {
        if (adam.clips()) {
          adam.clip(first, last, squares);
          ofRows.forEach(gradient -> adam.clip(gradient, squares));
        }
        adam.update(first, last);
        for (int t = 0; t < tables.size(); t++) {
          adam.update(tables.get(t), batch.items.rows(from, from + rows).indices(), ofRows.get(t));
        }
      }
    }

    private long share(int worker, long size) {
      return size * worker / workers.size();
    }

    /** {@return what all workers found about this worker's items, for the parameters} */
    private List<Tensor> itemGradients(Batch batch, Tensor vectors, long from, long to) {
      List<Tensor> found = batch.items.gradients();
      Tensor sum = found.get(number).narrow(0, from, to - from).clone();
      for (int w = 0; w < found.size(); w++) {
        if (w != number) {
          sum.add_(found.get(w).narrow(0, from, to - from));
        }
      }
      return gradients(List.of(vectors), List.of(sum), learning);
    }

    /** Own queries against everybody's candidates. */
    private void softmaxes(Batch batch, List<Tensor> queryGradients) {
      List<SoftmaxLoss> mine = batch.forwards[number].softmaxes();
      batch.candidateGradients[number] = new Tensor[mine.size()];
      for (int k = 0; k < mine.size(); k++) {
        SoftmaxLoss loss = mine.get(k);
        StageTimer.begin(loss instanceof OverItems ? "softmax" : "auxiliary");
        long count = Math.max(1, batch.queries(k)); // nobody may have any
        double factor = loss.weight() / count;
        Tensor queries = loss.queries().detach();
        Tensor gradient = torch.empty_like(queries);
        queryGradients.add(gradient);
        double sum =
            loss instanceof OverItems overItems
                ? overItems(batch.items, overItems, queries, gradient, factor)
                : inBatch(batch, k, (InBatch) loss, queries, gradient, factor);
        batch.losses.get(number).merge(loss.name(), sum / count, Double::sum);
      }
      for (Loss loss : batch.forwards[number].sums()) {
        batch.losses.get(number).put(loss.name(), Ops.value(loss.value()));
      }
    }

    private double overItems(
        StepItems items, OverItems loss, Tensor queries, Tensor gradient, double factor) {
      long skipped = loss.padding() ? 0 : 1;
      long candidates = items.candidates() - skipped;
      Tensor corrections = items.corrections();
      return new BlockedSoftmax(
              items.forProducts().narrow(0, skipped, candidates),
              items.gradients().get(number).narrow(0, skipped, candidates),
              1 / loss.temperature(),
              corrections == null ? null : corrections.narrow(0, skipped, candidates),
              factor)
          .rows(queries, items.places(loss.targets()).sub(new Scalar(skipped)), gradient);
    }

    private double inBatch(
        Batch batch, int k, InBatch loss, Tensor queries, Tensor gradient, double factor) {
      Tensor candidates = joined(batch, k, part -> part.candidates().detach()).contiguous();
      Negatives negatives =
          new Negatives(
              joined(batch, k, part -> part.negatives().targets()),
              loss.negatives().duplicates(),
              loss.negatives().owners() == null
                  ? null
                  : joined(batch, k, part -> part.negatives().owners()));
      Tensor all = torch.zeros_like(candidates);
      batch.candidateGradients[number][k] = all;
      double sum = 0;
      for (long g = 0; g < loss.groups(); g++) {
        sum +=
            new BlockedSoftmax(
                    group(candidates, g),
                    group(all, g),
                    1 / loss.temperature(),
                    factor / loss.groups())
                .rows(group(queries, g), offset(batch, k), group(gradient, g), negatives);
      }
      return sum / loss.groups();
    }

    /** How many queries of softmax {@code k} the workers before this one have. */
    private long offset(Batch batch, int k) {
      long offset = 0;
      for (int w = 0; w < number; w++) {
        offset += batch.forwards[w].softmaxes().get(k).size();
      }
      return offset;
    }

    /** One worker's after the other's, without those whose shard is empty; along the examples. */
    private static Tensor joined(Batch batch, int k, Function<InBatch, Tensor> part) {
      Tensor[] parts =
          Arrays.stream(batch.forwards)
              .filter(Objects::nonNull)
              .map(forward -> part.apply((InBatch) forward.softmaxes().get(k)))
              .toArray(Tensor[]::new);
      return Ops.concat(parts[0].dim() == 3 ? 1 : 0, parts);
    }

    /** {@return gradients of all that learns; those of lookups go into the items'} */
    private List<Tensor> backward(
        Batch batch, RecordedItemVectors items, List<Tensor> queryGradients) {
      TrainingOutput forward = batch.forwards[number];
      List<Tensor> outputs = new ArrayList<>();
      List<Tensor> seeds = new ArrayList<>();
      for (int k = 0; k < forward.softmaxes().size(); k++) {
        SoftmaxLoss loss = forward.softmaxes().get(k);
        outputs.add(loss.queries());
        seeds.add(queryGradients.get(k));
        if (loss instanceof InBatch inBatch) {
          outputs.add(inBatch.candidates());
          seeds.add(candidateGradient(batch, k, inBatch.size()));
        }
      }
      for (Loss loss : forward.sums()) {
        outputs.add(loss.value());
        seeds.add(torch.full_like(loss.value().detach(), new Scalar(loss.weight())));
      }
      List<Tensor> inputs = new ArrayList<>(learning);
      items.lookups().forEach(lookup -> inputs.add(lookup.vectors()));
      List<Tensor> found = gradients(outputs, seeds, inputs);
      for (int i = 0; i < items.lookups().size(); i++) {
        Tensor gradient = found.get(learning.size() + i);
        if (gradient.defined()) {
          items.lookups().get(i).addTo(batch.items.gradients().get(number), gradient);
        }
      }
      return found.subList(0, learning.size());
    }

    /** What all workers' queries say about this worker's candidates. */
    private Tensor candidateGradient(Batch batch, int k, long count) {
      Tensor sum = null;
      for (Tensor[] gradients : batch.candidateGradients) {
        if (gradients != null) {
          Tensor mine = gradients[k].narrow(-2, offset(batch, k), count);
          sum = sum == null ? mine.clone() : sum.add_(mine);
        }
      }
      return Objects.requireNonNull(sum); // this worker has queries itself
    }

    private static List<Tensor> gradients(
        List<Tensor> outputs, List<Tensor> seeds, List<Tensor> inputs) {
      TensorVector found =
          torch.grad(
              new TensorVector(outputs.toArray(Tensor[]::new)),
              new TensorVector(inputs.toArray(Tensor[]::new)),
              new TensorVector(seeds.toArray(Tensor[]::new)),
              new BoolOptional(),
              false,
              true);
      List<Tensor> list = new ArrayList<>();
      for (long i = 0; i < found.size(); i++) {
        list.add(found.get(i));
      }
      return list;
    }

    private static void store(Tensor view, @Nullable Tensor gradient) {
      if (gradient != null && gradient.defined()) {
        view.copy_(gradient);
      } else {
        view.zero_();
      }
    }
  }
}
