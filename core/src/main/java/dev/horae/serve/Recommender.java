package dev.horae.serve;

import dev.horae.data.Catalogue;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import dev.horae.eval.Best;
import dev.horae.model.ItemVectors;
import dev.horae.model.SequenceModel;
import dev.horae.model.SequenceTensors;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Next items for histories of the shop's own item ids, those of users never seen in training
 * included. Any number of threads may ask at once. Of native memory only the item table stays,
 * until {@link #close}.
 */
public final class Recommender implements AutoCloseable {

  private static final int BLOCK = 512; // histories scored at once
  private static final long MOST_SCORES = 16 << 20; // of a block: 64 MiB for each thread

  /**
   * @param item the shop's id
   * @param time seconds since 1970-01-01 UTC
   */
  public record Event(String item, long time) {}

  /**
   * @param score comparable within one answer only
   */
  public record Scored(String item, double score) {}

  /**
   * @param items best first
   * @param unknown items of the history that the catalogue lacks; they were skipped
   */
  public record Answer(List<Scored> items, List<String> unknown) {}

  /**
   * Why an item stands where it stands.
   *
   * @param shares what each view contributes; they add up to the score
   * @param influence per event of the history that the model saw, oldest first: how much the score
   *     falls when the event is taken away; negative where it rises
   */
  public record Reason(Scored item, Map<String, Double> shares, List<Double> influence) {}

  /**
   * @param history the events that the model saw, oldest first
   * @param gates weights of the experts at the last event, per gate
   * @param reasons one per recommended item, best first
   */
  public record Explanation(
      List<Event> history,
      Map<String, List<Double>> gates,
      List<Reason> reasons,
      List<String> unknown) {}

  private final SequenceModel model;
  private final Catalogue catalogue;
  private final int length;
  private final ItemVectors items;

  /**
   * @param model in evaluation mode, built for {@code catalogue}
   * @param length most events that the model sees, L
   */
  public Recommender(SequenceModel model, Catalogue catalogue, int length) {
    this.model = model;
    this.catalogue = catalogue;
    this.length = length;
    try (Scope scope = Scope.inference()) {
      items = ItemVectors.of(scope.keep(model.items().table()));
    }
  }

  @Override
  public void close() {
    items.table().close();
  }

  /**
   * @param histories each oldest first; a history without a known item gets an empty answer
   * @param top how many items per answer, fewer when the catalogue has no more
   * @param excludeSeen whether items of the history are left out
   */
  public List<Answer> recommend(List<List<Event>> histories, int top, boolean excludeSeen) {
    Known known = Known.of(histories, catalogue);
    List<List<Scored>> best = new ArrayList<>();
    for (int i = 0; i < histories.size(); i++) {
      best.add(List.of());
    }
    int block = (int) Math.max(1, Math.min(BLOCK, MOST_SCORES / model.itemRows()));
    float[] row = new float[catalogue.size() + 1]; // scores of one history
    Best choice = new Best(Math.min(top, catalogue.size()));
    for (Windows.Plan plan :
        Windows.latest(known.histories(), length).inOrder(block, model.layout())) {
      try (Scope scope = Scope.inference()) {
        SequenceTensors in = SequenceTensors.of(plan.batch(), model.device());
        FloatBuffer scores = Ops.view(model.score(model.encode(in, items), items));
        for (long owner : Ops.longs(in.histories())) {
          int h = (int) owner - 1;
          scores.get(row);
          if (excludeSeen) {
            forbidSeen(row, h, known.histories());
          }
          best.set(h, best(row, choice));
        }
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < histories.size(); i++) {
      answers.add(new Answer(best.get(i), known.unknown().get(i)));
    }
    return answers;
  }

  /** Recommends for one history and says why; costs one more pass per event of the history. */
  public Explanation explain(List<Event> history, int top, boolean excludeSeen) {
    Answer answer = recommend(List.of(history), top, excludeSeen).get(0);
    List<Event> seen =
        history.stream()
            .filter(e -> catalogue.index(e.item()).isPresent())
            .sorted(Comparator.comparingLong(Event::time))
            .toList();
    seen = seen.subList(Math.max(0, seen.size() - length), seen.size());
    if (answer.items().isEmpty()) {
      return new Explanation(seen, Map.of(), List.of(), answer.unknown());
    }
    List<List<Event>> variants = new ArrayList<>(); // the history, then with one event less each
    variants.add(seen);
    for (int i = 0; i < seen.size() && seen.size() > 1; i++) {
      List<Event> without = new ArrayList<>(seen);
      without.remove(i);
      variants.add(without);
    }
    try (Scope scope = Scope.inference()) {
      Histories histories = Known.of(variants, catalogue).histories();
      SequenceBatch batch =
          Windows.latest(histories, length).inOrder(variants.size(), RowLayout.FULL).get(0).batch();
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      Tensor users = model.encode(in, items); // [variants, D], in the order of the variants
      Map<String, List<Double>> gates = new LinkedHashMap<>();
      model
          .gates(in, items)
          .forEach((name, weights) -> gates.put(name, doubles(weights.select(0, 0))));
      List<Reason> reasons = new ArrayList<>();
      for (Scored item : answer.items()) {
        Tensor vector = items.table().narrow(0, catalogue.index(item.item()).orElseThrow(), 1);
        reasons.add(
            new Reason(item, shares(users.narrow(0, 0, 1), vector), influence(users, vector)));
      }
      return new Explanation(seen, gates, reasons, answer.unknown());
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

  private List<Double> influence(Tensor users, Tensor vector) {
    List<Double> scores = doubles(model.score(users, vector));
    if (scores.size() == 1) {
      return List.of(scores.get(0)); // a single event carries the whole score
    }
    return scores.subList(1, scores.size()).stream().map(s -> scores.get(0) - s).toList();
  }

  private static void forbidSeen(float[] scores, int h, Histories histories) {
    for (int e = histories.starts()[h]; e < histories.starts()[h + 1]; e++) {
      scores[histories.items()[e]] = Float.NEGATIVE_INFINITY;
    }
  }

  private List<Scored> best(float[] scores, Best best) {
    best.clear();
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    return Arrays.stream(best.indices())
        .mapToObj(item -> new Scored(catalogue.item(item).id(), scores[item]))
        .toList();
  }

  private static List<Double> doubles(Tensor x) {
    List<Double> values = new ArrayList<>();
    for (float value : Ops.floats(x)) {
      values.add((double) value);
    }
    return values;
  }

  /** The known events of some histories under the catalogue's index, oldest first. */
  private record Known(Histories histories, List<List<String>> unknown) {

    static Known of(List<List<Event>> histories, Catalogue catalogue) {
      int[] starts = new int[histories.size() + 1];
      List<Event> kept = new ArrayList<>();
      List<List<String>> unknown = new ArrayList<>();
      for (int h = 0; h < histories.size(); h++) {
        List<String> skipped = new ArrayList<>();
        List<Event> ordered = new ArrayList<>();
        for (Event event : histories.get(h)) {
          if (catalogue.index(event.item()).isPresent()) {
            ordered.add(event);
          } else {
            skipped.add(event.item());
          }
        }
        ordered.sort(Comparator.comparingLong(Event::time)); // stable: ties keep their order
        kept.addAll(ordered);
        unknown.add(skipped);
        starts[h + 1] = kept.size();
      }
      int[] items = kept.stream().mapToInt(e -> catalogue.index(e.item()).orElseThrow()).toArray();
      long[] times = kept.stream().mapToLong(Event::time).toArray();
      return new Known(new Histories(starts, items, times), unknown);
    }
  }
}
