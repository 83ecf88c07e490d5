package dev.horae.demo;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Split;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Users of a data set as the page tells of them. */
final class Stories {

  private static final int REASONS = 3;

  private final Dataset dataset;
  private final Recommender recommender;
  private final Path pictures;

  Stories(Dataset dataset, Recommender recommender, Path pictures) {
    this.dataset = dataset;
    this.recommender = recommender;
    this.pictures = pictures;
  }

  /** {@return the first user from {@code u} on whose last event is held back} */
  int userWithTestTarget(int u) {
    Split split = dataset.split();
    while (split.testTarget(u) == Split.NONE) {
      u++;
    }
    return u;
  }

  /** Explains what is recommended to a user before the last event. */
  Explanation explain(int u, int top) {
    return recommender.explain(historyBeforeLast(u), top, false);
  }

  DemoPage.UserStory story(int u, Explanation explanation) {
    Histories histories = dataset.histories();
    int target = dataset.split().testTarget(u);
    Item next = dataset.catalogue().item(histories.items()[target]);
    List<DemoPage.Recommended> top = new ArrayList<>();
    for (Reason reason : explanation.reasons()) {
      top.add(
          new DemoPage.Recommended(
              card(reason.item().item()),
              reason.item().score(),
              reason.shares().entrySet().stream()
                  .map(share -> new DemoPage.Part(share.getKey(), share.getValue()))
                  .toList(),
              reasons(reason, explanation),
              reason.item().item().equals(next.id())));
    }
    return new DemoPage.UserStory(
        dataset.users().get(u),
        explanation.history().stream().map(e -> visit(e.item(), e.time())).toList(),
        Optional.of(
            new DemoPage.Next(
                visit(next.id(), histories.times()[target]),
                rank(u, next.id()),
                dataset.catalogue().size())),
        top,
        explanation.gates().entrySet().stream()
            .map(gate -> new DemoPage.Gate(gate.getKey() + " gate", gate.getValue()))
            .toList());
  }

  private int rank(int u, String next) {
    List<Recommender.Scored> all =
        recommender
            .recommend(List.of(historyBeforeLast(u)), dataset.catalogue().size(), false)
            .get(0)
            .items();
    return 1 + all.stream().map(Recommender.Scored::item).toList().indexOf(next);
  }

  /** The events that hold the score up most, as shares of all that hold it up. */
  private List<DemoPage.Reason> reasons(Reason reason, Explanation explanation) {
    List<Double> influence = reason.influence();
    double total = influence.stream().mapToDouble(i -> Math.max(0, i)).sum();
    return IntStream.range(0, influence.size())
        .boxed()
        .filter(i -> influence.get(i) > 0)
        .sorted(Comparator.comparingDouble(i -> -influence.get(i)))
        .limit(REASONS)
        .map(
            i ->
                new DemoPage.Reason(
                    card(explanation.history().get(i).item()), influence.get(i) / total))
        .toList();
  }

  private List<Event> historyBeforeLast(int u) {
    Histories histories = dataset.histories();
    List<Event> events = new ArrayList<>();
    for (int e = histories.starts()[u]; e < dataset.split().testTarget(u); e++) {
      events.add(
          new Event(dataset.catalogue().item(histories.items()[e]).id(), histories.times()[e]));
    }
    return events;
  }

  private DemoPage.Visit visit(String id, long time) {
    return new DemoPage.Visit(card(id), Optional.of(time));
  }

  private DemoPage.Card card(String id) {
    Item item = dataset.catalogue().item(id);
    String detail =
        item.categories().isEmpty()
            ? item.brand()
            : item.brand() + ", " + item.categories().get(item.categories().size() - 1);
    return new DemoPage.Card(
        item.title(),
        detail,
        item.image().isEmpty() ? Optional.empty() : Optional.of(pictures.resolve(item.image())));
  }
}
