package dev.horae.model;

import dev.horae.data.Sizes;
import dev.horae.data.TopK;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Scores for {@link Horae}: the weighted sums of all factors of one history after the other. Of one
 * thread at a time, and kept for further histories, as it has room for several values per item. The
 * logarithms of a history are taken in libtorch, in one call or a few.
 */
final class HoraeProduct {

  private static final int PROMISING =
      32; // items more than are looked for that tell what is enough
  private static final float ROUNDING = 1e-3f; // of a score, relative, and by far
  private static final int MANY = 16; // histories whose products are quicker taken at once
  private static final int FEW = 8; // an item of so many; of more, all are cheaper

  private final List<HoraeFactor> factors;
  private final RankingHead.Weights weights;
  private final HoraeDays days;
  private final HoraeSignals.Values values;
  private final List<Cosines> cosines = new ArrayList<>(); // one of each modality
  private final int[] networks; // places of factors, as those below
  private final int[] sparseLogarithms;
  private final int[] sparse;
  private final float[] scores; // [N + 1]
  private final float[] compared; // scores and boosts, [N + 1]
  private final int[] candidates; // room for items, [N + 1]
  private final float[] logarithms; // what they are taken of, and they
  private final FloatBuffer memory; // of as many

  /** The factors that are cosines with the same vectors. */
  private final class Cosines {
    private final HoraeVectors vectors;
    private final int[] plain; // places of factors: their queries are summed
    private final int[] logarithms; // likewise, each with its own
    private final float[][] queries; // the sum of the former, then each of the latter
    private final float[][] products; // of the queries with all items, [Q][N + 1]
    private @Nullable FloatBuffer ahead; // those of a block of histories, [B][Q][N + 1]

    private Cosines(HoraeVectors vectors, List<Integer> places) {
      this.vectors = vectors;
      plain = places.stream().mapToInt(k -> k).filter(k -> !isLogarithm(k)).toArray();
      logarithms = places.stream().mapToInt(k -> k).filter(k -> isLogarithm(k)).toArray();
      queries = new float[1 + logarithms.length][];
      products = new float[queries.length][scores.length];
    }

    private void read() {
      queries[0] = vectors.zeros();
      for (int k : plain) {
        values.addTo(queries[0], factors.get(k).signal(), weight(k));
      }
      for (int l = 0; l < logarithms.length; l++) {
        queries[l + 1] = vectors.zeros();
        values.addTo(
            queries[l + 1], factors.get(logarithms[l]).signal(), perEpsilon(logarithms[l]));
      }
    }

    /** Takes the products of many histories. */
    private void multiplyAhead(int count, IntConsumer next) {
      int size = vectors.zeros().length;
      float[] all = new float[count * queries.length * size];
      for (int b = 0; b < count; b++) {
        next.accept(b);
        read();
        for (int q = 0; q < queries.length; q++) {
          System.arraycopy(queries[q], 0, all, (b * queries.length + q) * size, size);
        }
      }
      ahead = Ops.view(vectors.multiply(all));
    }

    private void multiply() {
      if (ahead == null) {
        read();
        vectors.multiply(queries, products);
        return;
      }
      for (int q = 0; q < queries.length; q++) {
        ahead.get((values.place() * queries.length + q) * scores.length, products[q]);
      }
    }

    /** {@return what they add to a score at most, but for rounding} */
    private double most() {
      double most = HoraeVectors.length(queries[0]);
      for (int l = 0; l < logarithms.length; l++) {
        most +=
            Math.max(0, weight(logarithms[l])) * Math.log1p(HoraeVectors.length(queries[l + 1]));
      }
      return most;
    }
  }

  /**
   * @param rows N + 1
   */
  HoraeProduct(
      List<HoraeFactor> factors,
      RankingHead.Weights weights,
      HoraeSignals signals,
      HoraeDays days,
      int rows) {
    this.factors = factors;
    this.weights = weights;
    this.days = days;
    values = signals.new Values();
    scores = new float[rows];
    compared = new float[rows];
    candidates = new int[rows];
    Map<HoraeVectors, List<Integer>> places = new LinkedHashMap<>();
    for (int k = 0; k < factors.size(); k++) {
      HoraeVectors vectors = signals.vectors(factors.get(k).signal());
      if (vectors != null) {
        places.computeIfAbsent(vectors, v -> new ArrayList<>()).add(k);
      }
    }
    places.forEach((vectors, of) -> cosines.add(new Cosines(vectors, of)));
    networks = places(f -> signals.isNetwork(f.signal()));
    Predicate<HoraeFactor> isSparse = f -> !f.isOfTheDay() && !signals.isDense(f.signal());
    sparseLogarithms = places(isSparse.and(HoraeFactor::isLogarithm));
    sparse = places(isSparse.and(f -> !f.isLogarithm()));
    int ofCosines = cosines.stream().mapToInt(c -> c.logarithms.length).sum();
    int bytes =
        Sizes.of(
            "horae",
            (long) Float.BYTES * Math.max(ofCosines, sparseLogarithms.length),
            rows,
            "bytes of its factors",
            "take fewer feature tables");
    logarithms = new float[bytes / Float.BYTES];
    memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private int[] places(Predicate<HoraeFactor> wanted) {
    return IntStream.range(0, factors.size()).filter(k -> wanted.test(factors.get(k))).toArray();
  }

  private boolean isLogarithm(int k) {
    return factors.get(k).isLogarithm();
  }

  private float weight(int k) {
    return (float) weights.of(k, values.basket());
  }

  private float perEpsilon(int k) {
    return (float) (1 / factors.get(k).epsilon());
  }

  /** {@return what to read histories into, for {@link #scores} and {@link #best}} */
  HoraeSignals.Values values() {
    return values;
  }

  /** Prepares for {@link #scores} of a block of histories, see {@link HoraeSignals.Ahead}. */
  void ahead(int count, IntConsumer next) {
    for (Cosines of : cosines) {
      of.ahead = null;
      if (count >= MANY) {
        of.multiplyAhead(count, next);
      }
    }
  }

  /** {@return the scores of the history that was read, [N + 1]; overwritten by the next} */
  float[] scores() {
    addAllButCosines();
    addCosines();
    return scores;
  }

  /**
   * {@return scores, see {@link Scorer#search}} A cosine is at most 1, so that few items can still
   * be among the best when all else is known, and only theirs are taken.
   */
  float[] best(Scorer.Search search) {
    addAllButCosines();
    compare(search);
    TopK promising = new TopK(search.most() + PROMISING);
    for (int item = 1; item < compared.length; item++) {
      promising.offer(item, compared[item]);
    }
    int[] first = promising.indices();
    cosines.forEach(Cosines::read);
    addCosines(first, first.length);
    if (first.length <= search.most()
        || cosines.isEmpty()) { // there are no others, or all is known
      return scores;
    }
    int others = others(first, search);
    if (others > scores.length / FEW) {
      return scores();
    }
    addCosines(candidates, others);
    return scores;
  }

  private void compare(Scorer.Search search) {
    System.arraycopy(scores, 0, compared, 0, scores.length);
    float[] boosts = search.boosts();
    if (boosts != null) {
      for (int item = 0; item < compared.length; item++) {
        compared[item] += boosts[item];
      }
    }
    BitSet leftOut = search.leftOut();
    for (int item = leftOut.nextSetBit(0);
        item >= 0 && item < compared.length;
        item = leftOut.nextSetBit(item + 1)) {
      compared[item] = Float.NEGATIVE_INFINITY;
    }
  }

  /**
   * Finds the items that can still be among the best.
   *
   * @param known those whose cosines were added
   * @return how many; they are the first of {@code candidates}
   */
  private int others(int[] known, Scorer.Search search) {
    TopK best = new TopK(search.most());
    for (int item : known) {
      best.offer(item, scores[item] + boost(search, item));
      compared[item] = Float.NEGATIVE_INFINITY;
    }
    int[] kept = best.indices();
    int worst = kept[kept.length - 1];
    float reached = scores[worst] + boost(search, worst);
    double most = cosines.stream().mapToDouble(Cosines::most).sum();
    float enough = (float) (reached - most) - ROUNDING * Math.max(1, Math.abs(reached));
    int found = 0;
    for (int item = 1; item < compared.length; item++) {
      if (compared[item] >= enough) {
        candidates[found++] = item;
      }
    }
    return found;
  }

  private static float boost(Scorer.Search search, int item) {
    return search.boosts() == null ? 0 : search.boosts()[item];
  }

  private void addAllButCosines() {
    HoraeDays.Sums ofTheDay = days.of(values.day());
    float[] plain = ofTheDay.plain();
    float[] perBasket = ofTheDay.perBasket();
    float basket = (float) values.basket();
    for (int item = 0; item < scores.length; item++) {
      scores[item] = plain[item] + basket * perBasket[item];
    }
    for (int k : networks) {
      add(weight(k), values.dense(factors.get(k).signal()), 0);
    }
    addSparse();
    scores[0] = Float.NEGATIVE_INFINITY;
  }

  private void addSparse() {
    int size = 0;
    for (int k : sparseLogarithms) {
      HoraeRows.Sums sums = values.sums(factors.get(k).signal());
      float perEpsilon = perEpsilon(k);
      for (int n = 0; n < sums.count(); n++) {
        logarithms[size++] = sums.of(sums.item(n)) * perEpsilon;
      }
    }
    takeLogarithms(size);
    int next = 0;
    for (int k : sparseLogarithms) {
      HoraeRows.Sums sums = values.sums(factors.get(k).signal());
      float weight = weight(k);
      for (int n = 0; n < sums.count(); n++) {
        scores[sums.item(n)] += weight * logarithms[next++];
      }
    }
    for (int k : sparse) {
      HoraeRows.Sums sums = values.sums(factors.get(k).signal());
      float weight = weight(k);
      for (int n = 0; n < sums.count(); n++) {
        scores[sums.item(n)] += weight * sums.of(sums.item(n));
      }
    }
  }

  /** Of all items; as {@link #addCosines(int[], int)} has them, to the bit, where few are asked. */
  private void addCosines() {
    int size = 0;
    for (Cosines of : cosines) {
      of.multiply();
      add(1, of.products[0], 0);
      for (int l = 1; l < of.products.length; l++) {
        for (float product : of.products[l]) {
          logarithms[size++] = Math.max(0, product);
        }
      }
    }
    takeLogarithms(size);
    int from = 0;
    for (Cosines of : cosines) {
      for (int k : of.logarithms) {
        add(weight(k), logarithms, from);
        from += scores.length;
      }
    }
  }

  /** Of the first {@code count} of {@code items}, after the queries were read. */
  private void addCosines(int[] items, int count) {
    int size = 0;
    for (Cosines of : cosines) {
      for (int n = 0; n < count; n++) {
        scores[items[n]] += of.vectors.product(of.queries[0], items[n]);
      }
      for (int l = 1; l < of.queries.length; l++) {
        for (int n = 0; n < count; n++) {
          logarithms[size++] = Math.max(0, of.vectors.product(of.queries[l], items[n]));
        }
      }
    }
    takeLogarithms(size);
    int next = 0;
    for (Cosines of : cosines) {
      for (int k : of.logarithms) {
        float weight = weight(k);
        for (int n = 0; n < count; n++) {
          scores[items[n]] += weight * logarithms[next++];
        }
      }
    }
  }

  /** Adds {@code times} the values of all items. */
  private void add(float times, float[] terms, int from) {
    for (int item = 0; item < scores.length; item++) {
      scores[item] += times * terms[from + item];
    }
  }

  /** Makes of each of the first values the logarithm of one more. */
  private void takeLogarithms(int size) {
    if (size > 0) {
      memory.put(0, logarithms, 0, size);
      try (Scope scope = Scope.inference()) {
        Tensor unused = torch.from_blob(new FloatPointer(memory), size).log1p_();
      }
      memory.get(0, logarithms, 0, size);
    }
  }
}
