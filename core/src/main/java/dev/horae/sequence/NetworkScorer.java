package dev.horae.sequence;

import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.forbid;

import dev.horae.config.Names;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Sizes;
import dev.horae.data.Windows;
import dev.horae.tensor.Ops;
import dev.horae.tensor.PackedMatrix;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Scores with a trained network and the vectors of all items, which are made once. */
public final class NetworkScorer implements Scorer {

  private final SequenceModel model;
  private final int maxLength;
  private final boolean owned;
  private final Device device;
  private final ItemTable items;
  private final List<Candidates> candidates; // those that have events, then the cold ones

  /**
   * Scores with the weights of now; the model is put into evaluation mode and stays the caller's.
   *
   * @param maxLength most events that the model sees, L
   */
  public NetworkScorer(SequenceModel model, int maxLength) {
    this(model, maxLength, model.itemRows(), false);
  }

  /** As the constructor, of a model that is released when the scorer is closed. */
  public static NetworkScorer owning(SequenceModel model, int maxLength) {
    return new NetworkScorer(model, maxLength, model.itemRows(), true);
  }

  /**
   * As {@link #owning(SequenceModel, int)}, of a model that scores cold items too.
   *
   * @param known rows of the items that have events, N + 1; cold ones follow
   */
  public static NetworkScorer owning(SequenceModel model, int maxLength, long known) {
    return new NetworkScorer(model, maxLength, known, true);
  }

  private NetworkScorer(SequenceModel model, int maxLength, long known, boolean owned) {
    this.model = model;
    this.maxLength = maxLength;
    this.owned = owned;
    model.eval();
    try (Scope scope = Scope.inference()) {
      device = scope.keep(model.device());
      items = ItemTable.of(model, known);
      scope.keep(items.table());
      long rows = model.itemRows();
      candidates =
          known == rows
              ? List.of(candidates(scope, 0, rows))
              : List.of(candidates(scope, 0, known), candidates(scope, known, rows));
    }
  }

  private Candidates candidates(Scope scope, long from, long to) {
    Tensor vectors = items.table().narrow(0, from, to - from);
    if (!model.scoresByProduct()) {
      return new Candidates(List.of(scope.keep(vectors)), users -> model.score(users, vectors));
    }
    PackedMatrix packed = PackedMatrix.of(vectors);
    packed.tensors().forEach(scope::keep);
    return new Candidates(packed.tensors(), packed::product);
  }

  /**
   * Items that go through products of their own, so that cold ones change no bit of the others.
   *
   * @param kept what must be closed
   * @param scores user vectors, float [M, D], to scores, float [M, K]
   */
  private record Candidates(List<Tensor> kept, UnaryOperator<Tensor> scores) {}

  /** {@return the score of every item, float [M, N + 1]} Column 0, padding, is minus infinity. */
  private Tensor scores(Tensor users) {
    List<Tensor> parts = candidates.stream().map(part -> part.scores().apply(users)).toList();
    return forbid(concat(1, parts), 0);
  }

  /** {@return the vectors by which items are scored, a row per index} */
  public FeatureTable itemVectors() {
    try (Scope scope = Scope.inference()) {
      int width = width();
      Sizes.of(name(), itemRows(), width, "values of item vectors", "lower model.hidden_size");
      return new FeatureTable("item", name(), width, Ops.floats(items.table()));
    }
  }

  /** {@return whether a score is the product of a user's and an item's vector} */
  public boolean scoresByProduct() {
    return model.scoresByProduct();
  }

  /** {@return how wide the vectors of users and items are, D} */
  public int width() {
    return Math.toIntExact(items.table().size(1));
  }

  /**
   * {@return the vectors of {@link #itemVectors} where they lie, row-major, in blocks of {@code
   * rows} rows; none where they do not lie so in main memory} Only until the scorer is closed.
   */
  public List<FloatBuffer> itemBlocks(int rows) {
    List<FloatBuffer> blocks = new ArrayList<>();
    Tensor table = items.table();
    if (!table.is_cpu()
        || !table.is_contiguous()
        || table.scalar_type().intern() != ScalarType.Float) {
      return blocks;
    }
    try (Scope scope = Scope.inference()) {
      for (int from = 0; from < itemRows(); from += rows) {
        int count = Math.min(rows, itemRows() - from);
        blocks.add(Ops.view(table.narrow(0, from, count)));
      }
    }
    return blocks;
  }

  /** As {@link #score}, but gives each history's user vector, [D], instead of the scores. */
  public void users(Windows windows, int from, int to, Receiver receiver) {
    each(
        windows,
        from,
        to,
        users -> users,
        (history, vector) -> receiver.accept(history, vector.clone()));
  }

  /**
   * {@return the scores of some items, [K]; they may differ from those of {@link #score} in their
   * last digits, as products of another size add in another order}
   *
   * @param user vector, [D]
   * @param wanted indices of items, at least one
   */
  public float[] scores(float[] user, int[] wanted) {
    try (Scope scope = Scope.inference()) {
      long[] rows = Arrays.stream(wanted).asLongStream().toArray();
      Tensor vectors = items.table().index_select(0, Ops.int64(rows, rows.length));
      return Ops.floats(model.score(Ops.float32(user, 1, user.length), vectors));
    }
  }

  @Override
  public String name() {
    return Names.choice(model.getClass());
  }

  @Override
  public int itemRows() {
    return Math.toIntExact(model.itemRows());
  }

  @Override
  public int maxLength() {
    return maxLength;
  }

  @Override
  public void score(Windows windows, int from, int to, Receiver receiver) {
    each(windows, from, to, this::scores, receiver);
  }

  /**
   * @param read makes of the histories' user vectors, [M, D], what is received of each, [M, any]
   * @param receiver gets one row after the other in the same array
   */
  private void each(
      Windows windows, int from, int to, UnaryOperator<Tensor> read, Receiver receiver) {
    try (Scope scope = Scope.inference()) {
      SequenceBatch batch = windows.plan(from, to, model.layout()).batch();
      SequenceTensors in = SequenceTensors.of(batch, device);
      Tensor all = read.apply(model.encode(in, items));
      FloatBuffer values = Ops.view(all);
      float[] row = new float[Math.toIntExact(all.size(1))];
      for (long history : Ops.longs(in.histories())) {
        values.get(row);
        receiver.accept((int) history - 1, row);
      }
    }
  }

  /** Costs one more pass per event of the history. */
  @Override
  public Explanation explain(Histories history, int[] wanted) {
    Histories variants = history.leaveOneOut();
    try (Scope scope = Scope.inference()) {
      SequenceBatch batch =
          Windows.latest(variants, maxLength).plan(0, variants.users(), RowLayout.FULL).batch();
      SequenceTensors in = SequenceTensors.of(batch, device);
      Tensor users = model.encode(in, items); // [variants, D], in the order of the variants
      Map<String, List<Double>> gates = new LinkedHashMap<>();
      model
          .gates(in, items)
          .forEach((name, weights) -> gates.put(name, list(doubles(weights.select(0, 0)))));
      List<Explanation.Reason> reasons = new ArrayList<>();
      for (int item : wanted) {
        Tensor vector = items.table().narrow(0, item, 1);
        reasons.add(
            new Explanation.Reason(
                shares(users.narrow(0, 0, 1), vector),
                Explanation.influence(history, doubles(model.score(users, vector)))));
      }
      return new Explanation(gates, reasons);
    }
  }

  private Map<String, Double> shares(Tensor user, Tensor vector) {
    List<String> parts = model.parts();
    if (parts.size() == 1) {
      return Map.of(parts.get(0), Ops.value(model.score(user, vector)));
    }
    Tensor products = user.mul(vector).squeeze(0);
    long width = products.size(0) / parts.size();
    Map<String, Double> shares = new LinkedHashMap<>();
    for (int p = 0; p < parts.size(); p++) {
      shares.put(parts.get(p), Ops.value(products.narrow(0, p * width, width).sum()));
    }
    return shares;
  }

  private static double[] doubles(Tensor x) {
    float[] values = Ops.floats(x);
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Override
  public void close() {
    candidates.forEach(part -> part.kept().forEach(Tensor::close));
    items.table().close();
    device.close();
    if (owned) { // the model is of no use after it
      for (TensorVector values : List.of(model.parameters(), model.buffers())) {
        for (Tensor x : values.get()) {
          x.set_data(torch.empty(0));
        }
      }
    }
  }
}
