package dev.horae.service;

import dev.horae.data.Item;
import dev.horae.features.ContentEncoder;
import dev.horae.run.NewItem;
import dev.horae.run.TrainedRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The items that a run does not have and the shop told of: encoded by what made the run's tables,
 * so that its model scores them by their content. One thread's.
 */
final class Newcomers {

  private record Encoded(Item item, Map<String, float[]> vectors) {}

  private final TrainedRun run;
  private final Items items;
  private final Map<String, Encoded> encoded = new HashMap<>(); // by id
  private List<Item> takenIn = List.of();
  private List<String> lines = List.of();
  private @Nullable ContentEncoder encoder; // made when there is the first item; holds a network

  /**
   * @param run as it lies on the disk
   */
  Newcomers(TrainedRun run, Items items) {
    this.run = run;
    this.items = items;
  }

  /** {@return whether what the shop says of new items is not what was taken in} */
  boolean changed() {
    return !told().equals(takenIn);
  }

  private List<Item> told() {
    List<Item> told = new ArrayList<>();
    new TreeMap<>(items.all())
        .forEach(
            (id, said) -> {
              if (run.allItems().index(id).isEmpty()) {
                told.add(item(id, said));
              }
            });
    return told;
  }

  static Item item(String id, StoredItem said) {
    return new Item(
        id,
        said.title() == null ? "" : said.title(),
        said.brand() == null ? "" : said.brand(),
        said.categories() == null ? List.of() : said.categories(),
        List.of());
  }

  /** {@return the run with those that its model can score} */
  TrainedRun added() {
    List<Item> told = told();
    takenIn = told;
    lines = List.of();
    if (told.isEmpty()) {
      return run;
    }
    Optional<String> never = run.whyNoNewItems();
    if (never.isPresent()) {
      lines = List.of(told.size() + " new items cannot be scored: " + never.get());
      return run;
    }
    Map<String, Integer> problems = new LinkedHashMap<>();
    List<NewItem> more = new ArrayList<>();
    for (Item item : told) {
      NewItem one = new NewItem(item, vectors(item));
      one.problemIn(run)
          .ifPresentOrElse(
              problem -> problems.merge(problem, 1, Integer::sum), () -> more.add(one));
    }
    lines = new ArrayList<>();
    problems.forEach((problem, count) -> lines.add(count + " new items left out: " + problem));
    if (more.isEmpty()) {
      return run;
    }
    lines.add(more.size() + " new items are scored by their content");
    return run.with(more);
  }

  private Map<String, float[]> vectors(Item item) {
    Encoded known = encoded.get(item.id());
    if (known == null || !known.item().equals(item)) {
      known =
          new Encoded(
              item, encoder().text(item).map(vector -> Map.of("text", vector)).orElse(Map.of()));
      encoded.put(item.id(), known);
    }
    return known.vectors();
  }

  private ContentEncoder encoder() {
    ContentEncoder there = encoder;
    if (there == null) {
      there = ContentEncoder.of(run.allItems(), run.allFeatures());
      encoder = there;
    }
    return there;
  }

  /** {@return what {@link #added} has to say} */
  List<String> lines() {
    return lines;
  }

  /** Lets go of the encoder. */
  void close() {
    if (encoder != null) {
      encoder.close();
    }
  }
}
