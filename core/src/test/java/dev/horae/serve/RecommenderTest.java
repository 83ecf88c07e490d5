package dev.horae.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.TrainingCounts;
import dev.horae.model.Hm4sr;
import dev.horae.model.Missrec;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import dev.horae.tensor.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class RecommenderTest {

  private static final int ITEMS = 20;
  private static final long DAY = 86_400;
  private final Recommender recommender = recommender();

  @Test
  void oneByOneAndInBulkAnswersAreTheSame() {
    List<List<Event>> histories = new ArrayList<>();
    for (int h = 0; h < 30; h++) {
      histories.add(history(h % 7 + 1, h));
    }
    List<Answer> bulk = recommender.recommend(histories, 5, true);
    for (int h = 0; h < 30; h++) {
      Answer one = recommender.recommend(List.of(histories.get(h)), 5, true).get(0);
      assertThat(bulk.get(h).items())
          .extracting(Scored::item)
          .containsExactlyElementsOf(one.items().stream().map(Scored::item).toList());
    }
  }

  @Test
  void leavesOutWhatWasSeen() {
    List<Event> history = history(6, 3);
    List<String> seen = history.stream().map(Event::item).toList();
    Answer answer = recommender.recommend(List.of(history), ITEMS, true).get(0);
    assertThat(answer.items()).hasSize(ITEMS - (int) seen.stream().distinct().count());
    assertThat(answer.items()).extracting(Scored::item).doesNotContainAnyElementsOf(seen);
    assertThat(recommender.recommend(List.of(history), ITEMS, false).get(0).items()).hasSize(ITEMS);
  }

  @Test
  void skipsAndNamesUnknownItems() {
    List<Event> history = new ArrayList<>(history(3, 1));
    Answer known = recommender.recommend(List.of(history), 5, false).get(0);
    history.add(1, new Event("from another shop", 1_700_000_000L));
    Answer withUnknown = recommender.recommend(List.of(history), 5, false).get(0);
    assertThat(withUnknown.items()).isEqualTo(known.items());
    assertThat(withUnknown.unknown()).containsExactly("from another shop");
  }

  @Test
  void aHistoryOfNothingKnownGetsWhatIsPopular() {
    Event unknown = new Event("x", 0);
    List<Scored> popular =
        List.of(new Scored("item 5", 9), new Scored("item 3", 7), new Scored("item 11", 7));
    List<Answer> answers =
        recommender.recommend(List.of(List.of(), List.of(unknown), history(2, 0)), 3, true);
    assertThat(answers.get(0)).isEqualTo(new Answer(popular, Source.POPULAR, List.of()));
    assertThat(answers.get(1)).isEqualTo(new Answer(popular, Source.POPULAR, List.of("x")));
    assertThat(answers.get(2).source()).isEqualTo(Source.MODEL);
    assertThat(answers.get(2).items()).hasSize(3);
    assertThat(recommender.explain(List.of(unknown), 3, false))
        .isEqualTo(new Explanation(answers.get(1), List.of(), Map.of(), List.of()));
    assertThat(recommender.recommend(List.of(List.of()), 999, false).get(0).items()).hasSize(ITEMS);
  }

  @Test
  void theViewsAddUpToTheScoreAndEventsAreJudgedByTheirAbsence() {
    List<Event> history = history(5, 2);
    Explanation explanation = recommender.explain(history, 4, false);
    assertThat(explanation.history()).isEqualTo(history);
    assertThat(explanation.gates().keySet()).containsExactly("id", "text", "time");
    explanation
        .gates()
        .values()
        .forEach(
            weights ->
                assertThat(weights.stream().mapToDouble(w -> w).sum()).isCloseTo(1, within(1e-5)));
    for (Reason reason : explanation.reasons()) {
      assertThat(reason.shares().keySet()).containsExactly("id", "text");
      double sum = reason.shares().values().stream().mapToDouble(s -> s).sum();
      assertThat(sum).isCloseTo(reason.item().score(), within(1e-4));
      assertThat(reason.influence()).hasSize(5);
      for (int i = 0; i < 5; i++) {
        List<Event> without = new ArrayList<>(history);
        without.remove(i);
        double score =
            recommender.recommend(List.of(without), ITEMS, false).get(0).items().stream()
                .filter(item -> item.item().equals(reason.item().item()))
                .findFirst()
                .orElseThrow()
                .score();
        assertThat(reason.influence().get(i))
            .isCloseTo(reason.item().score() - score, within(1e-4));
      }
    }
  }

  @Test
  void explainsAScoreThatIsNoProduct() {
    Recommender mixing = recommender(missrec());
    List<Event> history = history(4, 2);
    Explanation explanation = mixing.explain(history, 3, false);
    assertThat(explanation.reasons()).hasSize(3);
    for (Reason reason : explanation.reasons()) {
      assertThat(reason.shares().keySet()).containsExactly("score");
      assertThat(reason.shares().get("score")).isCloseTo(reason.item().score(), within(1e-5));
      List<Event> without = history.subList(1, 4);
      double score =
          mixing.recommend(List.of(without), ITEMS, false).get(0).items().stream()
              .filter(item -> item.item().equals(reason.item().item()))
              .findFirst()
              .orElseThrow()
              .score();
      assertThat(reason.influence()).hasSize(4);
      assertThat(reason.influence().get(0)).isCloseTo(reason.item().score() - score, within(1e-5));
    }
  }

  @Test
  void leavesNothingNativeBehind() {
    recommender.explain(history(4, 1), 3, true);
    long before = Pointer.totalCount();
    for (int i = 0; i < 20; i++) {
      recommender.explain(history(4, i), 3, true);
    }
    assertThat(Pointer.totalCount() - before).isNotPositive(); // other tests' may go meanwhile
  }

  @Test
  void closingFreesTheItemTable() {
    SequenceModel model = model();
    recommender(model).close();
    long before = Pointer.totalCount();
    Recommender closed = recommender(model);
    assertThat(Pointer.totalCount() - before).isPositive();
    closed.close();
    assertThat(Pointer.totalCount() - before).isNotPositive(); // other tests' may go meanwhile
  }

  @Test
  void closingReleasesNothingThatIsTheCallers() {
    SequenceModel model = model();
    Recommender first = recommender(model);
    Answer before = first.recommend(List.of(history(4, 1)), 5, false).get(0);
    first.close();
    first.close(); // again, which changes nothing
    assertThatThrownBy(() -> first.recommend(List.of(history(4, 1)), 5, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the recommender is closed");
    assertThat(recommender(model).recommend(List.of(history(4, 1)), 5, false).get(0))
        .isEqualTo(before);
  }

  @Test
  void closingWhileOthersAskLetsThemFinish() throws InterruptedException {
    for (int round = 0; round < 3; round++) {
      Recommender asked = recommender(model());
      List<Event> history = history(6, 2);
      Answer expected = asked.recommend(List.of(history), 5, false).get(0);
      CountDownLatch asking = new CountDownLatch(3);
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int n = 0; n < 10_000; n++) {
                    try {
                      assertThat(asked.recommend(List.of(history), 5, false).get(0))
                          .isEqualTo(expected);
                    } catch (IllegalStateException closed) {
                      assertThat(closed).hasMessage("the recommender is closed");
                      return;
                    } finally {
                      asking.countDown();
                    }
                  }
                }));
      }
      asking.await();
      asked.close();
      threads.forEach(CompletableFuture::join);
    }
  }

  @Test
  void aModelInTrainingModeAnswersAsOneInEvaluationMode() {
    SequenceModel model = model();
    List<Event> history = history(5, 1);
    Answer expected = recommender(model).recommend(List.of(history), 5, false).get(0);
    model.train(true);
    assertThat(
            new Recommender(new NetworkScorer(model, 8), catalogue(ITEMS), counts(ITEMS))
                .recommend(List.of(history), 5, false))
        .containsExactly(expected);
  }

  @Test
  void whatWouldBeSilentlyWrongIsRefused() {
    Scorer scorer = new NetworkScorer(model(), 8);
    for (int other : new int[] {ITEMS - 1, ITEMS + 1}) {
      assertThatThrownBy(() -> new Recommender(scorer, catalogue(other), counts(other)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the model was built for 20 items and the catalogue has " + other);
    }
    for (int top : new int[] {0, -1}) {
      for (ThrowingCallable question :
          List.<ThrowingCallable>of(
              () -> recommender.recommend(List.of(history(2, 0)), top, false),
              () -> recommender.explain(history(2, 0), top, false))) {
        assertThatThrownBy(question)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("top = " + top + " is not positive");
      }
    }
  }

  @Test
  void scoresThatAreNoNumbersAreNoEmptyAnswer() {
    SequenceModel model = model();
    model.parameters().get(0).detach().fill_(new Scalar(Float.NaN));
    Recommender broken = recommender(model);
    for (ThrowingCallable question :
        List.<ThrowingCallable>of(
            () -> broken.recommend(List.of(history(2, 0)), 5, false),
            () -> broken.explain(history(2, 0), 5, false))) {
      assertThatThrownBy(question)
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "hm4sr gives history 1 the score NaN for item item 1, which nobody can rank; the"
                  + " model is damaged or its training diverged: copy the run directory again, or"
                  + " train anew (a network with a lower train.learning_rate)");
    }
  }

  private static List<Event> history(int length, int first) {
    List<Event> events = new ArrayList<>();
    for (int e = 0; e < length; e++) {
      events.add(new Event("item " + (1 + (first + e * 3) % ITEMS), 1_700_000_000L + e * DAY));
    }
    return events;
  }

  private static Recommender recommender() {
    return recommender(model());
  }

  private static SequenceModel model() {
    return ConfigReader.read(null, List.of("hidden_size=8", "inner_size=8"), Hm4sr.Config.class)
        .build(dataSpec(table("text", 6)));
  }

  private static SequenceModel missrec() {
    SequenceModel model =
        ConfigReader.read(null, List.of("hidden_size=8", "inner_size=8"), Missrec.Config.class)
            .build(dataSpec(table("text", 6), table("image", 5)));
    model.startEpoch(0, new SplittableRandom(1));
    return model;
  }

  private static Recommender recommender(SequenceModel model) {
    return new Recommender(new NetworkScorer(model, 8), catalogue(ITEMS), counts(ITEMS));
  }

  private static TrainingCounts counts(int items) {
    int[] counts = new int[items + 1];
    counts[3] = 7;
    counts[11] = 7;
    counts[5] = 9;
    return new TrainingCounts(counts, 0, 23);
  }

  private static Catalogue catalogue(int size) {
    List<Item> items = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      items.add(new Item("item " + i, "Title", "", List.of(), ""));
    }
    return new Catalogue(items);
  }

  private static FeatureTable table(String modality, int width) {
    torch.manual_seed(5);
    SplittableRandom random = new SplittableRandom(2);
    float[] values = new float[(ITEMS + 1) * width];
    for (int i = width; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FeatureTable(modality, "random", width, values);
  }

  private static DataSpec dataSpec(FeatureTable... features) {
    return new DataSpec(
        ITEMS,
        8,
        List.of(features),
        0,
        new float[0],
        new DataSpec.TimeRange(1_700_000_000L, 1_701_000_000L, 30 * DAY));
  }
}
