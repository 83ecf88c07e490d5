package dev.horae.run;

import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.nn.Losses;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights of an earlier model for one of another catalogue: rows of items and categories are
 * carried over by id and name, buckets of time by their place, other parameters where their shape
 * is the same. A new item starts from its content: its rows are the means of those of the items
 * with the most similar feature vectors.
 */
public final class WarmStart {

  /** Items that a new one starts from. */
  private static final int NEAREST = 10;

  /** Products of one block of new items with all others: 64 MiB at most. */
  private static final int MOST_PRODUCTS = 1 << 24;

  /**
   * @param carried items with rows of their own in the earlier model
   * @param fromContent new items that started from similar ones
   * @param fresh new items that started at random, as all do without a warm start
   * @param anew parameters that could not be carried over
   */
  public record Summary(int carried, int fromContent, int fresh, List<String> anew) {

    /**
     * {@return such as {@code 11,924 items carried over, 120 new ones start from similar items}}
     */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append(String.format(Locale.ROOT, "%,d items carried over", carried));
      if (fromContent > 0) {
        text.append(
            String.format(Locale.ROOT, ", %,d new ones start from similar items", fromContent));
      }
      if (fresh > 0) {
        text.append(String.format(Locale.ROOT, ", %,d new ones start at random", fresh));
      }
      if (!anew.isEmpty()) {
        text.append("; of other shape and so not carried over: ").append(String.join(", ", anew));
      }
      return text.toString();
    }
  }

  private static final int[] AT_RANDOM = {};

  private WarmStart() {}

  /**
   * Gives a model what it can take from earlier weights.
   *
   * @param model built for {@code now}
   * @param features tables of {@code now}, which say which items are similar: the first one that
   *     has something of an item
   * @param then what {@code weights} were trained on
   */
  static Summary apply(
      SequenceModel model,
      Catalogue now,
      List<FeatureTable> features,
      Safetensors weights,
      Catalogue then) {
    Items items = items(now, then, features);
    int[][] categories = categories(now, then);
    List<String> anew = new ArrayList<>();
    Checkpoint.parameters(model)
        .forEach(
            (name, parameter) -> {
              Safetensors.Entry old = weights.entries().get(name);
              boolean filled =
                  old != null
                      && old.dtype().equals("F32")
                      && switch (model.rows(name)) {
                        case ITEMS -> rows(items.parents(), then.size(), old, parameter);
                        case CATEGORIES ->
                            rows(categories, then.categoryIndex().size(), old, parameter);
                        case BUCKETS -> buckets(old, parameter);
                        case OTHER -> whole(old, parameter);
                      };
              if (!filled) {
                anew.add(name);
              }
            });
    int started = (int) Arrays.stream(items.parents()).skip(1).filter(p -> p.length > 0).count();
    return new Summary(items.carried(), started - items.carried(), now.size() - started, anew);
  }

  private static boolean whole(Safetensors.Entry old, Tensor parameter) {
    if (!Arrays.equals(parameter.sizes().vec().get(), old.shape())) {
      return false;
    }
    Checkpoint.copy(old, parameter);
    return true;
  }

  /** Buckets beyond the last that there was begin as that one, which stood for them. */
  private static boolean buckets(Safetensors.Entry old, Tensor parameter) {
    int last = (int) old.shape()[0] - 1;
    int[][] parents = new int[(int) parameter.size(0)][];
    Arrays.setAll(parents, bucket -> new int[] {Math.min(bucket, last)});
    return rows(parents, last, old, parameter);
  }

  /**
   * Fills a parameter row by row; a table without a row for padding begins at index 1.
   *
   * @param parents per index, 0 = padding, the earlier indices whose mean it starts from
   * @param before how many there were, without padding
   */
  private static boolean rows(
      int[][] parents, int before, Safetensors.Entry old, Tensor parameter) {
    long[] shape = parameter.sizes().vec().get();
    int first = (int) (parents.length - shape[0]); // 0 with a row for padding, 1 without
    if (old.shape().length != shape.length
        || before + 1 - old.shape()[0] != first
        || !Arrays.equals(tail(old.shape()), tail(shape))) {
      return false;
    }
    int width = (int) (parameter.numel() / shape[0]);
    float[] values = Ops.floats(parameter);
    float[] from = old.floats();
    for (int index = first; index < parents.length; index++) {
      int to = (index - first) * width;
      if (parents[index].length > 0) {
        Arrays.fill(values, to, to + width, 0);
      }
      for (int parent : parents[index]) {
        for (int k = 0; k < width; k++) {
          values[to + k] += from[(parent - first) * width + k] / parents[index].length;
        }
      }
    }
    Checkpoint.copy(Safetensors.Entry.of(values, shape), parameter);
    return true;
  }

  private static long[] tail(long[] shape) {
    return Arrays.copyOfRange(shape, 1, shape.length);
  }

  private static int[][] categories(Catalogue now, Catalogue then) {
    Map<String, Integer> old = then.categoryIndex();
    Map<String, Integer> index = now.categoryIndex();
    int[][] parents = new int[index.size() + 1][];
    parents[0] = new int[] {0};
    index.forEach(
        (name, i) ->
            parents[i + 1] = old.containsKey(name) ? new int[] {old.get(name) + 1} : AT_RANDOM);
    return parents;
  }

  /**
   * @param parents see {@link #rows}
   * @param carried how many are their own parents
   */
  private record Items(int[][] parents, int carried) {}

  private static Items items(Catalogue now, Catalogue then, List<FeatureTable> features) {
    int[][] parents = new int[now.size() + 1][];
    parents[0] = new int[] {0};
    for (int i = 1; i < parents.length; i++) {
      OptionalInt old = then.index(now.item(i).id());
      parents[i] = old.isPresent() ? new int[] {old.getAsInt()} : AT_RANDOM;
    }
    int[] carried = IntStream.range(1, parents.length).filter(i -> parents[i].length > 0).toArray();
    features.forEach(table -> startFromContent(parents, carried, table));
    return new Items(parents, carried.length);
  }

  /** Gives new items that have a vector the parents of the most similar items that are carried. */
  private static void startFromContent(int[][] parents, int[] carried, FeatureTable table) {
    int[] fresh = IntStream.range(1, parents.length).filter(i -> parents[i].length == 0).toArray();
    if (fresh.length == 0 || carried.length == 0) {
      return;
    }
    float[] values = table.values();
    int block = Math.max(1, MOST_PRODUCTS / carried.length);
    try (Scope scope = Scope.inference()) {
      Tensor known = unit(values, carried, table.width());
      for (int from = 0; from < fresh.length; from += block) {
        int[] some = Arrays.copyOfRange(fresh, from, Math.min(fresh.length, from + block));
        try (Scope inner = Scope.inference()) {
          Tensor cosines = unit(values, some, table.width()).matmul(known.t());
          T_TensorTensor_T best = cosines.topk(Math.min(NEAREST, carried.length), 1, true, true);
          long[] places = Ops.longs(best.get1());
          float[] cosine = Ops.floats(best.get0());
          int k = places.length / some.length;
          for (int row = 0; row < some.length; row++) {
            int at = row * k;
            parents[some[row]] =
                IntStream.range(at, at + k)
                    .filter(i -> cosine[i] > 0) // a vector of zeros is similar to nothing
                    .map(i -> parents[carried[(int) places[i]]][0])
                    .toArray();
          }
        }
      }
    }
  }

  /** {@return the vectors of some items, at length 1; float [items, F]} */
  private static Tensor unit(float[] values, int[] items, int width) {
    float[] some = new float[items.length * width];
    for (int i = 0; i < items.length; i++) {
      System.arraycopy(values, items[i] * width, some, i * width, width);
    }
    return Losses.unit(Ops.float32(some, items.length, width));
  }
}
