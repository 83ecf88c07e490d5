package dev.horae.service;

import dev.horae.filter.Filters;
import dev.horae.sequence.Scorer;
import dev.horae.service.Answer.Chosen;
import dev.horae.service.BestItems.Scored;
import dev.horae.service.LoadedModel.Lease;
import dev.horae.store.Store;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The way of a question: what holds for it, its history, the scores of all items, the mask, the
 * boosts, the best, diversity, and what is recommended where the model cannot.
 */
final class Recommendations {

  static final int DEFAULT_N = 10;
  private static final int WINDOW = 7; // days of what is trending
  private static final int DIVERSE_AMONG = 10; // times n
  private static final List<Source> FALLBACK =
      List.of(Source.SIMILAR, Source.TRENDING, Source.POPULAR);

  private final Store store;
  private final Models models;
  private final Items items;
  private final Scenarios scenarios;
  private final Limits limits;
  private final ItemFields fields;
  private final SimilarLists similar;
  private final Listings listings;
  private final Explanations explanations;

  /**
   * @param similar what is recommended where the model knows nothing of a history
   * @param listings what is recommended where there is none
   */
  Recommendations(
      Store store,
      Models models,
      Items items,
      Scenarios scenarios,
      Limits limits,
      ItemFields fields,
      SimilarLists similar,
      Listings listings) {
    this.store = store;
    this.models = models;
    this.items = items;
    this.scenarios = scenarios;
    this.limits = limits;
    this.fields = fields;
    this.similar = similar;
    this.listings = listings;
    explanations = new Explanations(items, limits.explained());
  }

  /** What was settled for a question, and what came of it so far. */
  private record Case(
      Question question,
      LoadedModel model,
      Shelf shelf,
      Scenario settings,
      @Nullable String variant,
      String id,
      long now,
      long time,
      int n,
      History history,
      BitSet masked) {}

  Answer recommend(Question question, long now) {
    String id = UUID.randomUUID().toString();
    String user = question.user();
    Scenarios.Settled settled = scenarios.settle(question.scenario(), user == null ? id : user);
    String ofScenario = settled.scenario().model();
    boolean isGone = ofScenario != null && !models.isLoaded(ofScenario);
    String name = question.model() == null && !isGone ? ofScenario : question.model();
    try (Lease lease = models.lease(name)) {
      Answer answer = answer(prepared(question, lease.model(), settled, id, now));
      return question.model() == null && isGone
          ? answer.because("the scenario's model '" + ofScenario + "' is not loaded")
          : answer;
    }
  }

  private Case prepared(
      Question question, LoadedModel model, Scenarios.Settled settled, String id, long now) {
    Scenario settings = settled.scenario();
    long time = question.time() == null ? now : question.time();
    int n = or(question.n(), or(settings.n(), DEFAULT_N));
    History history = history(question, model, time);
    BitSet masked = masked(question, model, settings, time, now);
    boolean excludeSeen =
        or(
            question.excludeSeen(),
            or(settings.excludeSeen(), model.run().counts().seldomRepeats()));
    if (excludeSeen) {
      for (int item : history.items()) {
        masked.set(item);
      }
      history.unknown().forEach(item -> model.shelf().row(item).ifPresent(masked::set));
    }
    return new Case(
        question,
        model,
        model.shelf(),
        settings,
        settled.variant(),
        id,
        now,
        time,
        n,
        history,
        masked);
  }

  private static <T> T or(@Nullable T first, T second) {
    return first == null ? second : first;
  }

  /** The stored events, then those of the question; none that is later than the question. */
  private History history(Question question, LoadedModel model, long time) {
    List<String> ids = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    if (question.user() != null) {
      for (Store.Past event : store.history(question.user(), time, limits.history())) {
        ids.add(event.item());
        times.add(event.time());
      }
    }
    for (Question.Event event : question.history()) {
      long at = event.time() == null ? time : event.time();
      if (at <= time) {
        ids.add(event.item());
        times.add(at);
      }
    }
    long[] array = times.stream().mapToLong(Long::longValue).toArray();
    History history = History.of(ids, array, model);
    if (history.items().length > 0) {
      models.warmUp().record(ids, array);
    }
    return history;
  }

  /** {@return rows that must not be in the answer, whatever they score} */
  private BitSet masked(
      Question question, LoadedModel model, Scenario settings, long time, long now) {
    Shelf shelf = model.shelf();
    BitSet masked = shelf.forbidden(now, time);
    int rows = shelf.rows();
    Filters filters = shelf.filters(now);
    if (settings.filter() != null) {
      keepOnly(filters.of(settings.filter()).matching(settings.filter(), time), rows, masked);
    }
    if (question.filter() != null) {
      keepOnly(filters.matching(question.filter(), time), rows, masked);
    }
    question.exclude().forEach(item -> shelf.row(item).ifPresent(masked::set));
    if (question.candidates() != null) {
      BitSet candidates = new BitSet();
      question.candidates().forEach(item -> shelf.row(item).ifPresent(candidates::set));
      keepOnly(candidates, rows, masked);
    }
    return masked;
  }

  /** Masks all rows but the wanted ones. */
  static void keepOnly(BitSet wanted, int rows, BitSet masked) {
    BitSet others = (BitSet) wanted.clone();
    others.flip(0, rows);
    masked.or(others);
  }

  private Answer answer(Case asked) {
    List<Chosen> chosen = new ArrayList<>();
    String reason = null;
    if (asked.history().items().length > 0) {
      chosen.addAll(byModel(asked));
      if (chosen.size() < asked.n()) {
        reason = tooFew(chosen, asked);
      }
    } else {
      reason = whyNotTheModel(asked);
      for (Source source : or(asked.settings().fallback(), FALLBACK)) {
        chosen.addAll(fill(source, asked, chosen));
      }
      if (chosen.size() < asked.n()) {
        reason += "; " + tooFew(chosen, asked);
      }
    }
    Set<String> unknown = new HashSet<>();
    List<String> missing = new ArrayList<>();
    for (String item : asked.history().unknown()) {
      if (unknown.add(item)) {
        missing.add(item);
      }
    }
    if (asked.question().candidates() != null) {
      for (String item : asked.question().candidates()) {
        if (asked.shelf().row(item).isEmpty() && unknown.add(item)) {
          missing.add(item);
        }
      }
    }
    return new Answer(
        asked.id(),
        new Answer.ModelName(asked.model().name(), asked.model().version()),
        asked.question().scenario(),
        asked.variant(),
        asked.time(),
        source(chosen, asked),
        reason,
        chosen,
        missing);
  }

  /** {@return who chose the first item, or should have chosen it where there is none} */
  private static Source source(List<Chosen> chosen, Case asked) {
    if (!chosen.isEmpty()) {
      return chosen.get(0).source();
    }
    List<Source> fallback = or(asked.settings().fallback(), FALLBACK);
    return asked.history().items().length > 0 || fallback.isEmpty()
        ? Source.MODEL
        : fallback.get(0);
  }

  private static String tooFew(List<Chosen> chosen, Case asked) {
    return chosen.size() + " of " + asked.n() + ": filters and exclusions leave no other item";
  }

  private static String whyNotTheModel(Case asked) {
    Question question = asked.question();
    if (!asked.history().unknown().isEmpty()) {
      return "the model knows no item of the history";
    }
    if (question.user() != null) {
      return "the user '"
          + question.user()
          + "' has no events"
          + (question.time() == null ? "" : " before this time");
    }
    return "the history is empty";
  }

  // ---- by the model

  private List<Chosen> byModel(Case asked) {
    double diversity = or(asked.question().diversity(), or(asked.settings().diversity(), 0.0));
    int wanted = diversity > 0 ? asked.n() * DIVERSE_AMONG : asked.n();
    float[] logOdds = logOdds(asked);
    int most = Math.min(wanted, asked.model().catalogue().size());
    List<Scored> scored =
        asked
            .model()
            .best()
            .of(
                asked.history().items(),
                asked.history().times(),
                new Scorer.Search(most, asked.masked(), logOdds),
                limits.millis(),
                asked.shelf()::id);
    List<Scored> kept =
        diversity > 0 ? new Diversity(asked.model(), diversity).choose(scored, asked.n()) : scored;
    List<Answer.@Nullable Why> reasons =
        asked.question().explain()
            ? Phases.during(
                "explain", () -> explanations.of(asked.model(), asked.history(), kept, logOdds))
            : null;
    List<Chosen> chosen = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      Scored item = kept.get(i);
      chosen.add(
          new Chosen(
              asked.shelf().id(item.row()),
              item.score(),
              Source.MODEL,
              fields.of(asked.shelf(), item.row(), asked.question().fields()),
              reasons == null ? null : reasons.get(i)));
    }
    return chosen;
  }

  /** {@return logarithms of the boosts; null where there are none} */
  private float @Nullable [] logOdds(Case asked) {
    String ofScenario = asked.settings().boost();
    String own = asked.question().boost();
    if (ofScenario == null && own == null) {
      return null;
    }
    Filters filters = asked.shelf().filters(asked.now());
    float[] sum = new float[asked.model().catalogue().size() + 1];
    if (ofScenario != null) {
      addLogarithms(filters.of(ofScenario).boosts(ofScenario, asked.time()), sum);
    }
    if (own != null) {
      addLogarithms(filters.boosts(own, asked.time()), sum);
    }
    return sum;
  }

  private static void addLogarithms(float[] factors, float[] sum) {
    for (int row = 1; row < sum.length; row++) {
      sum[row] += (float) Math.log(factors[row]);
    }
  }

  // ---- without the model

  private List<Chosen> fill(Source source, Case asked, List<Chosen> before) {
    BitSet masked = (BitSet) asked.masked().clone();
    before.forEach(chosen -> asked.shelf().row(chosen.item()).ifPresent(masked::set));
    int n = asked.n() - before.size();
    if (source == Source.SIMILAR && n > 0) {
      return similar.likeUnknown(
          asked.model(), items, asked.history().unknown(), masked, n, asked.question().fields());
    }
    return n == 0
        ? List.of()
        : listings.chosen(
            source, WINDOW, asked.shelf(), masked, n, asked.time(), asked.question().fields());
  }
}
