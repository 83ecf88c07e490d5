package dev.horae.train;

import static dev.horae.sequence.SoftmaxLoss.InBatch.group;
import static java.util.Objects.requireNonNull;

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
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
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
 * they wait for one another.
 *
 * <p>The workers may be spread over the processes of a {@link Group}, as many in each. What one
 * makes that all need then travels: vectors and gradients of items, candidates of in-batch
 * softmaxes and their gradients, gradients and parameters, each by shares. Of a sample of the items
 * only the rows of these travel. Vectors of items that are the rows of a parameter travel as that
 * parameter, and not a second time.
 *
 * <p>Sums over workers are sums of pairs of neighbours, then of pairs of these, and so on. Equal
 * seeds and worker counts give equal bits, however many processes the workers are spread over, if
 * each process has 1, 2, 4, 8, ... of them; else the order of the sums differs.
 */
final class TrainingStep {

  /**
   * A batch in parts.
   *
   * @param shards one per worker of all processes; the last may be empty
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
  private final Group group;
  private final List<Worker> workers = new ArrayList<>(); // of this process
  private final List<Tensor> parameters; // of Adam's flat buffer
  private final List<Adam.Table> tables;
  private final List<Tensor> learning; // both, one behind the other
  private final Tensor like; // [1, D], an item's vector
  private final int itemParameter; // which of the parameters has them as rows; -1: none
  private final int itemTable; // which of the tables
  private final boolean reducedPrecision; // whether large products are taken in bfloat16
  private final Team team;
  private final @Nullable StepItems everything; // null when each step takes a sample

  /**
   * Outside any scope.
   *
   * @param workers of this process, and of each other
   * @param sampled whether each step takes a sample of the items
   * @param reducedPrecision whether the products with items are taken in bfloat16
   */
  TrainingStep(
      SequenceModel model,
      Adam adam,
      int workers,
      boolean sampled,
      boolean reducedPrecision,
      Group group) {
    this.model = model;
    this.adam = adam;
    this.group = group;
    parameters = adam.parameters();
    tables = adam.tables();
    learning = new ArrayList<>(parameters);
    tables.forEach(table -> learning.add(table.parameter()));
    like = model.itemVectors(0, 1, Draws.NONE).detach();
    Tensor rows = model.trainsOnAllItems() ? model.itemParameter() : null;
    itemParameter = sampled ? -1 : place(rows, parameters);
    itemTable = !sampled ? -1 : place(rows, tables.stream().map(Adam.Table::parameter).toList());
    this.reducedPrecision = reducedPrecision;
    everything = sampled ? null : items(workers, null);
    for (int w = 0; w < workers; w++) {
      this.workers.add(
          new Worker(
              w,
              group.rank() * workers + w,
              w == 0 ? adam.gradients() : like.new_zeros(adam.size())));
    }
    team = new Team(workers, "horae-train");
  }

  private static int place(@Nullable Tensor parameter, List<Tensor> among) {
    return IntStream.range(0, among.size())
        .filter(i -> parameter != null && among.get(i).data_ptr().equals(parameter.data_ptr()))
        .findFirst()
        .orElse(-1);
  }

  /** {@return whether the vectors of items are rows of a parameter that learns} */
  private boolean learnsVectors() {
    return itemParameter >= 0 || itemTable >= 0;
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
      return run(batch, seed, items(workers.size(), requireNonNull(batch.sample())));
    }
  }

  private StepItems items(int workers, @Nullable ItemSample sample) {
    long rows = model.trainsOnAllItems() ? model.itemRows() : 0;
    return StepItems.of(like, sample, rows, workers, reducedPrecision);
  }

  private Map<String, Double> run(Shards batch, long seed, StepItems items) {
    Batch all = new Batch(batch, seed, items, workers.size(), group.size());
    // Others use what a worker has made: its scope stays open until all have ended.
    team.run(Scope::training, place -> workers.get(place).work(all));
    return all.values();
  }

  /**
   * Completes the optimiser's state, of which each process has moved its share: before it is saved.
   */
  void gatherState() {
    long[] starts = byProcess(starts(adam.size()));
    adam.flatState().forEach(state -> group.allGather(state, starts));
  }

  /** {@return where the share of each worker of all processes begins, and the end} */
  private long[] starts(long size) {
    long all = (long) workers.size() * group.size();
    return LongStream.rangeClosed(0, all).map(w -> size * w / all).toArray();
  }

  /** {@return where the share of each process begins, and the end} */
  private long[] byProcess(long[] starts) {
    return IntStream.rangeClosed(0, group.size())
        .mapToLong(p -> starts[p * workers.size()])
        .toArray();
  }

  /** What the workers of a step share; those of this process, or of all where it says so. */
  private static final class Batch {
    private final Shards parts;
    private final long seed;
    private final StepItems items;
    private final Shown[] shown; // by worker of all
    private final Tensor[][] candidateGradients; // [worker][softmax], null over items
    private final Tensor[][] rowGradients; // [worker][table], [K, any] of a sample's rows
    private final double[] squares; // of the share of the gradients of each worker of all
    private final List<Map<String, Double>> losses = new ArrayList<>(); // by worker of all
    private List<Tensor> received = List.of(); // by process, what is to be added up

    Batch(Shards parts, long seed, StepItems items, int workers, int processes) {
      this.parts = parts;
      this.seed = seed;
      this.items = items;
      shown = new Shown[workers * processes];
      candidateGradients = new Tensor[workers][];
      rowGradients = new Tensor[workers][];
      squares = new double[workers * processes];
      for (int w = 0; w < workers * processes; w++) {
        shown[w] = Shown.NOTHING;
        losses.add(new LinkedHashMap<>());
      }
    }

    /** {@return how many softmaxes there are} */
    int softmaxes() {
      return Arrays.stream(shown).mapToInt(s -> s.parts().size()).max().orElse(0);
    }

    /**
     * {@return the place of the first query of softmax {@code k} of each worker among those of all,
     * and how many all have}
     */
    long[] starts(int k) {
      long[] starts = new long[shown.length + 1];
      for (int w = 0; w < shown.length; w++) {
        starts[w + 1] = starts[w] + (shown[w].isEmpty() ? 0 : shown[w].parts().get(k).queries());
      }
      return starts;
    }

    /** {@return one worker's after the other's, along the examples} */
    Tensor joined(int k, Function<Shown.Part, @Nullable Tensor> what) {
      List<Tensor> tensors =
          Arrays.stream(shown)
              .filter(s -> !s.isEmpty())
              .map(s -> requireNonNull(what.apply(s.parts().get(k))))
              .toList();
      return Ops.concat(tensors.get(0).dim() == 3 ? 1 : 0, tensors);
    }

    /** {@return whether softmax {@code k} is one over the batch, and not over the items} */
    boolean inBatch(int k) {
      return Arrays.stream(shown)
          .anyMatch(s -> !s.isEmpty() && s.parts().get(k).candidates() != null);
    }

    /** Tells other processes what the workers here show, and is told of theirs. */
    void exchangeShown(Group group) {
      int here = shown.length / group.size();
      List<Tensor> mine = new ArrayList<>();
      for (int w = 0; w < here; w++) {
        shown[group.rank() * here + w].write(mine);
      }
      Iterator<Tensor> all = group.gather(mine).stream().flatMap(List::stream).iterator();
      for (int w = 0; w < shown.length; w++) {
        shown[w] = Shown.read(all);
      }
    }

    /** Tells other processes the losses and squares of the workers here, and is told theirs. */
    void exchangeValues(Group group) {
      int here = shown.length / group.size();
      StringBuilder mine = new StringBuilder();
      for (int w = group.rank() * here; w < (group.rank() + 1) * here; w++) {
        int worker = w;
        mine.append(w).append('\t').append(squares[w]).append('\n');
        losses
            .get(w)
            .forEach((name, value) -> mine.append(worker + "\t" + value + "\t" + name + "\n"));
      }
      for (String said : group.gather(mine.toString())) {
        for (String line : said.lines().toList()) {
          String[] words = line.split("\t", -1);
          int w = Integer.parseInt(words[0]);
          double value = Double.parseDouble(words[1]);
          if (words.length > 2) {
            losses.get(w).put(words[2], value);
          } else {
            squares[w] = value;
          }
        }
      }
    }

    /** {@return the square of the norm of all gradients} */
    double squares() {
      return Arrays.stream(squares).sum();
    }

    Map<String, Double> values() {
      Map<String, Double> values = new LinkedHashMap<>();
      losses.forEach(
          ofWorker -> ofWorker.forEach((name, value) -> values.merge(name, value, Double::sum)));
      if (!Double.isFinite(squares())) {
        values.put(GRADIENT, Math.sqrt(squares()));
      }
      return values;
    }
  }

  /** One thread's part of each step. */
  private final class Worker {
    private final int place; // among the workers of this process
    private final int number; // among all
    private final Tensor gradients; // [P]
    private final List<Tensor> views = new ArrayList<>(); // of gradients, one per parameter

    Worker(int place, int number, Tensor gradients) {
      this.place = place;
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

    /** Waits for the other workers of this process. */
    private void await() {
      StageTimer.begin("waiting");
      team.await();
    }

    /** Waits for the other workers; one of each process then exchanges what is between them. */
    private void join(Runnable exchange) {
      await();
      if (group.hasOthers()) {
        if (place == 0) {
          exchange.run();
        }
        await();
      }
    }

    /**
     * {@return this worker's share of the sum over all workers, after an {@link #await}} Overwrites
     * what was found.
     *
     * @param found by worker of this process, of the same shape everywhere
     * @param starts of the shares along {@code axis}, one per worker of all processes, and the end
     */
    private Tensor reduce(Batch batch, List<Tensor> found, int axis, long[] starts) {
      long size = starts[number + 1] - starts[number];
      if (!group.hasOthers()) {
        return sum(found, axis, starts[number], size);
      }
      long from = starts[starts.length - 1] * place / workers.size();
      long to = starts[starts.length - 1] * (place + 1) / workers.size();
      Tensor unused = sum(found, axis, from, to - from);
      long[] processes = byProcess(starts);
      join(() -> batch.received = group.allToAll(found.get(0), axis, processes));
      return sum(batch.received, axis, starts[number] - processes[group.rank()], size);
    }

    /** Adds up neighbours, then their sums, and so on; into the first. */
    private static Tensor sum(List<Tensor> found, int axis, long from, long size) {
      List<Tensor> parts = found.stream().map(all -> all.narrow(axis, from, size)).toList();
      for (int step = 1; step < parts.size(); step *= 2) {
        for (int i = 0; i + step < parts.size(); i += 2 * step) {
          parts.get(i).add_(parts.get(i + step));
        }
      }
      return parts.get(0);
    }

    private void step(Batch batch) {
      StageTimer.begin("projection");
      StepItems items = batch.items;
      long[] itemStarts = starts(items.count());
      items.gradients().get(place).zero_();
      batch.rowGradients[place] = tables.stream().map(items::noGradients).toArray(Tensor[]::new);
      Tensor vectors = null; // of this worker's share, where they are made
      if (learnsVectors()) { // each process has all
        long from = items.count() * place / workers.size();
        makeVectors(batch, from, items.count() * (place + 1) / workers.size());
        await();
      } else {
        vectors = makeVectors(batch, itemStarts[number], itemStarts[number + 1]);
        join(
            () -> {
              group.allGather(items.vectors(), byProcess(itemStarts));
              if (reducedPrecision) {
                items.forProducts().copy_(items.vectors());
              }
            });
      }

      StageTimer.begin("batching");
      SequenceBatch shard = batch.parts.shards().get(number);
      RecordedItemVectors lookups = new RecordedItemVectors(items);
      TrainingOutput forward = null;
      if (shard.rows() > 0) {
        SequenceTensors in =
            SequenceTensors.of(shard, model.device(), batch.parts.weight(), batch.parts.examples());
        forward = model.forward(in, lookups, batch.parts.draws().get(number));
        batch.shown[number] = Shown.of(forward);
      }
      join(() -> batch.exchangeShown(group));

      StageTimer.begin("softmax");
      List<@Nullable Tensor> candidates = candidates(batch);
      batch.candidateGradients[place] =
          candidates.stream()
              .map(all -> all == null ? null : torch.zeros_like(all))
              .toArray(Tensor[]::new);
      List<Tensor> queryGradients =
          forward == null ? List.of() : softmaxes(batch, forward, candidates);
      await();

      StageTimer.begin("backward");
      List<Tensor> candidateGradients = candidateGradients(batch);
      List<Tensor> encoderGradients =
          forward == null
              ? List.of()
              : backward(items, forward, lookups, queryGradients, candidateGradients);
      List<Tensor> ofItems = learnsVectors() ? List.of() : ofItems(batch, vectors, itemStarts);
      StageTimer.begin("projection");
      for (int i = 0; i < views.size(); i++) {
        store(views.get(i), encoderGradients.isEmpty() ? null : encoderGradients.get(i));
        if (!ofItems.isEmpty() && ofItems.get(i).defined()) {
          views.get(i).add_(ofItems.get(i));
        }
      }
      for (int t = 0; t < tables.size(); t++) {
        for (List<Tensor> found : List.of(encoderGradients, ofItems)) {
          if (!found.isEmpty() && found.get(views.size() + t).defined()) {
            items.addRows(batch.rowGradients[place][t], found.get(views.size() + t));
          }
        }
      }
      if (learnsVectors()) { // what was found about them is the parameter's as it is
        Tensor rows =
            itemTable < 0 ? views.get(itemParameter) : batch.rowGradients[place][itemTable];
        rows.add_(items.gradients().get(place));
      }
      await();
      update(batch);
    }

    /** {@return the vectors of some of the step's items, which it keeps; null of none} */
    private @Nullable Tensor makeVectors(Batch batch, long from, long to) {
      if (from == to) {
        return null;
      }
      StepItems items = batch.items;
      Tensor vectors = model.itemVectors(items.rows(from, to), batch.parts.draws().get(number));
      items.vectors().narrow(0, from, to - from).copy_(vectors.detach());
      if (reducedPrecision) {
        items.forProducts().narrow(0, from, to - from).copy_(vectors.detach());
      }
      return vectors;
    }

    /**
     * {@return gradients of all that learns, by what everybody found about this worker's share of
     * the items}
     *
     * @param vectors that the worker has made; null of none
     */
    private List<Tensor> ofItems(Batch batch, @Nullable Tensor vectors, long[] itemStarts) {
      await();
      StageTimer.begin("projection");
      Tensor found = reduce(batch, batch.items.gradients(), 0, itemStarts);
      return vectors == null ? List.of() : gradients(List.of(vectors), List.of(found), learning);
    }

    /** Adds up this worker's share of the gradients, and moves the parameters by it. */
    private void update(Batch batch) {
      StageTimer.begin("optimiser");
      long[] starts = starts(adam.size());
      long first = starts[number];
      long last = starts[number + 1];
      List<Tensor> found = workers.stream().map(worker -> worker.gradients).toList();
      put(reduce(batch, found, 0, starts), adam.gradients().narrow(0, first, last - first));
      long[] rowStarts = starts(batch.items.count());
      List<Tensor> ofRows = new ArrayList<>(); // of the tables, the gradients of this share
      for (int t = 0; t < tables.size(); t++) {
        Tensor mine = share(batch.rowGradients[0][t], rowStarts, number);
        put(reduce(batch, rowGradients(batch, t), 0, rowStarts), mine);
        ofRows.add(mine);
      }
      batch.squares[number] =
          adam.squares(first, last) + ofRows.stream().mapToDouble(Adam::squares).sum();
      join(() -> batch.exchangeValues(group));

      StageTimer.begin("optimiser");
      double squares = batch.squares();
      if (!Double.isFinite(squares)) {
        return;
      }
      if (adam.clips()) {
        adam.clip(first, last, squares);
        ofRows.forEach(gradient -> adam.clip(gradient, squares));
      }
      adam.update(first, last);
      join(
          () -> {
            group.allGather(adam.values(), byProcess(starts));
            for (Tensor ofTable : batch.rowGradients[0]) {
              group.allGather(ofTable, byProcess(rowStarts));
            }
          });
      StageTimer.begin("optimiser");
      for (int t = 0; t < tables.size(); t++) {
        // Every process moves the rows of all, in the shares of all: which it moves next is drawn.
        for (int worker = place; worker < rowStarts.length - 1; worker += workers.size()) {
          adam.update(
              tables.get(t),
              batch.items.rows(rowStarts[worker], rowStarts[worker + 1]).indices(),
              share(batch.rowGradients[0][t], rowStarts, worker));
        }
      }
    }

    private static List<Tensor> rowGradients(Batch batch, int table) {
      return Arrays.stream(batch.rowGradients).map(ofWorker -> ofWorker[table]).toList();
    }

    private static Tensor share(Tensor rows, long[] starts, int worker) {
      return rows.narrow(0, starts[worker], starts[worker + 1] - starts[worker]);
    }

    /** Copies a sum to where it belongs, if it is not there: it was added up into the first. */
    private void put(Tensor sum, Tensor into) {
      if (group.rank() > 0) {
        into.copy_(sum);
      }
    }

    /** Own queries against everybody's candidates. */
    private List<Tensor> softmaxes(
        Batch batch, TrainingOutput forward, List<@Nullable Tensor> candidates) {
      List<SoftmaxLoss> mine = forward.softmaxes();
      List<Tensor> queryGradients = new ArrayList<>();
      for (int k = 0; k < mine.size(); k++) {
        SoftmaxLoss loss = mine.get(k);
        StageTimer.begin(loss instanceof OverItems ? "softmax" : "auxiliary");
        long[] starts = batch.starts(k);
        long count = Math.max(1, starts[starts.length - 1]); // nobody may have any
        double factor = loss.weight() / count;
        Tensor queries = loss.queries().detach();
        Tensor gradient = torch.empty_like(queries);
        queryGradients.add(gradient);
        double sum =
            loss instanceof OverItems overItems
                ? overItems(batch.items, overItems, queries, gradient, factor)
                : inBatch(
                    batch,
                    k,
                    requireNonNull(candidates.get(k)),
                    starts[number],
                    (InBatch) loss,
                    gradient,
                    factor);
        batch.losses.get(number).merge(loss.name(), sum / count, Double::sum);
      }
      for (Loss loss : forward.sums()) {
        batch.losses.get(number).put(loss.name(), Ops.value(loss.value()));
      }
      return queryGradients;
    }

    private double overItems(
        StepItems items, OverItems loss, Tensor queries, Tensor gradient, double factor) {
      long skipped = loss.padding() ? 0 : 1;
      long candidates = items.candidates() - skipped;
      Tensor corrections = items.corrections();
      return new BlockedSoftmax(
              items.forProducts().narrow(0, skipped, candidates),
              items.gradients().get(place).narrow(0, skipped, candidates),
              1 / loss.temperature(),
              corrections == null ? null : corrections.narrow(0, skipped, candidates),
              factor)
          .rows(queries, items.places(loss.targets()).sub(new Scalar(skipped)), gradient);
    }

    private double inBatch(
        Batch batch,
        int k,
        Tensor candidates,
        long first,
        InBatch loss,
        Tensor gradient,
        double factor) {
      Negatives negatives =
          new Negatives(
              batch.joined(k, Shown.Part::targets),
              loss.negatives().duplicates(),
              loss.negatives().owners() == null ? null : batch.joined(k, Shown.Part::owners));
      Tensor queries = loss.queries().detach();
      Tensor all = batch.candidateGradients[place][k];
      double sum = 0;
      for (long g = 0; g < loss.groups(); g++) {
        sum +=
            new BlockedSoftmax(
                    group(candidates, g),
                    group(all, g),
                    1 / loss.temperature(),
                    factor / loss.groups())
                .rows(group(queries, g), first, group(gradient, g), negatives);
      }
      return sum / loss.groups();
    }

    /** {@return everybody's candidates, by softmax; null over items} */
    private static List<@Nullable Tensor> candidates(Batch batch) {
      List<@Nullable Tensor> candidates = new ArrayList<>();
      for (int k = 0; k < batch.softmaxes(); k++) {
        candidates.add(
            batch.inBatch(k) ? batch.joined(k, Shown.Part::candidates).contiguous() : null);
      }
      return candidates;
    }

    /**
     * {@return what all queries say about this worker's candidates, by softmax; null over items}
     */
    private List<Tensor> candidateGradients(Batch batch) {
      List<Tensor> sums = new ArrayList<>();
      for (int k = 0; k < batch.softmaxes(); k++) {
        int softmax = k;
        sums.add(
            batch.inBatch(k)
                ? reduce(
                    batch,
                    Arrays.stream(batch.candidateGradients).map(found -> found[softmax]).toList(),
                    batch.candidateGradients[place][k].dim() == 3 ? 1 : 0,
                    batch.starts(k))
                : null);
      }
      return sums;
    }

    /** {@return gradients of all that learns; those of lookups go into the items'} */
    private List<Tensor> backward(
        StepItems items,
        TrainingOutput forward,
        RecordedItemVectors lookups,
        List<Tensor> queryGradients,
        List<Tensor> candidateGradients) {
      List<Tensor> outputs = new ArrayList<>();
      List<Tensor> seeds = new ArrayList<>();
      for (int k = 0; k < forward.softmaxes().size(); k++) {
        SoftmaxLoss loss = forward.softmaxes().get(k);
        outputs.add(loss.queries());
        seeds.add(queryGradients.get(k));
        if (loss instanceof InBatch inBatch) {
          outputs.add(inBatch.candidates());
          seeds.add(candidateGradients.get(k));
        }
      }
      for (Loss loss : forward.sums()) {
        outputs.add(loss.value());
        seeds.add(torch.full_like(loss.value().detach(), new Scalar(loss.weight())));
      }
      List<Tensor> inputs = new ArrayList<>(learning);
      lookups.lookups().forEach(lookup -> inputs.add(lookup.vectors()));
      List<Tensor> found = gradients(outputs, seeds, inputs);
      for (int i = 0; i < lookups.lookups().size(); i++) {
        Tensor gradient = found.get(learning.size() + i);
        if (gradient.defined()) {
          lookups.lookups().get(i).addTo(items.gradients().get(place), gradient);
        }
      }
      return found.subList(0, learning.size());
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
