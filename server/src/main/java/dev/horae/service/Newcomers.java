package dev.horae.service;

import dev.horae.data.Item;
import dev.horae.picture.UnreadablePictureException;
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

  /**
   * What the shop told of an item.
   *
   * @param picture SHA-256 of its picture; null: it has none
   */
  private record Told(Item item, @Nullable String picture) {}

  private record Encoded(Told told, Map<String, float[]> vectors) {}

  private final TrainedRun run;
  private final Items items;
  private final Map<String, Encoded> encoded = new HashMap<>(); // by id
  private final SharedEncoder encoder;
  private @Nullable List<Told> takenIn = List.of(); // null: less than was told of before
  private List<String> lines = List.of();

  /**
   * @param run as it lies on the disk
   * @param encoder of the run
   */
  Newcomers(TrainedRun run, Items items, SharedEncoder encoder) {
    this.run = run;
    this.items = items;
    this.encoder = encoder;
  }

  /** {@return whether what the shop says of new items is not what {@link #added} took in} */
  boolean changed() {
    return !told().equals(takenIn);
  }

  private List<Told> told() {
    List<Told> told = new ArrayList<>();
    new TreeMap<>(items.all())
        .forEach(
            (id, said) -> {
              if (run.allItems().index(id).isEmpty()) {
                told.add(new Told(item(id, said), said.picture()));
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
    List<Told> told = told();
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
    for (Told one : told) {
      NewItem item = new NewItem(one.item(), vectors(one, problems));
      item.problemIn(run)
          .ifPresentOrElse(
              problem -> problems.merge("left out: " + problem, 1, Integer::sum),
              () -> more.add(item));
    }
    lines = new ArrayList<>();
    problems.forEach((problem, count) -> lines.add(count + " new items " + problem));
    if (more.isEmpty()) {
      return run;
    }
    lines.add(more.size() + " new items are scored by their content");
    return run.with(more);
  }

  /**
   * @param problems gets, by what is to be said, of how many items it is
   */
  private Map<String, float[]> vectors(Told told, Map<String, Integer> problems) {
    Encoded known = encoded.get(told.item().id());
    if (known == null || !known.told().equals(told)) {
      Map<String, float[]> vectors = new HashMap<>();
      encoder.get().text(told.item()).ifPresent(vector -> vectors.put("text", vector));
      picture(told, problems).ifPresent(vector -> vectors.put("image", vector));
      known = new Encoded(told, vectors);
      encoded.put(told.item().id(), known);
    }
    return known.vectors();
  }

  private boolean readsPictures() {
    return run.allFeatures().stream().anyMatch(table -> table.modality().equals("image"));
  }

  private Optional<float[]> picture(Told told, Map<String, Integer> problems) {
    if (told.picture() == null || !readsPictures()) {
      return Optional.empty();
    }
    try {
      Optional<byte[]> picture = items.picture(told.item().id());
      Optional<String> never = encoder.get().pictureProblem();
      if (picture.isPresent() && never.isEmpty()) {
        return encoder.get().picture(picture.get());
      }
      problems.merge(
          "are without their pictures: " + never.orElse("they are not there"), 1, Integer::sum);
    } catch (UnreadablePictureException e) {
      problems.merge("are without their pictures: " + e.getMessage(), 1, Integer::sum);
    }
    return Optional.empty();
  }

  /** Says that nothing came of {@link #added}, which is to be asked again. */
  void tryAgain() {
    takenIn = null;
  }

  /** {@return what {@link #added} has to say} */
  List<String> lines() {
    return lines;
  }

  /** Lets go of the encoder. */
  void close() {
    encoder.release();
  }
}
