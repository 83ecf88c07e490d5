package dev.horae.run;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.model.Horae;
import dev.horae.model.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An item that came after a run was trained.
 *
 * @param vectors by modality, {@code text} and {@code image}, made as those of the run's tables
 *     were; none where there is none
 */
public record NewItem(Item item, Map<String, float[]> vectors) {

  public NewItem {
    vectors = Map.copyOf(vectors);
  }

  /** See {@link TrainedRun#whyNoNewItems}. */
  static Optional<String> problem(TrainedRun run) {
    String model = run.config().model().name();
    if (run.config().model() instanceof Horae.Config) {
      return Optional.empty(); // which compares words too
    } else if (!(run.config().model() instanceof NetworkConfig)) {
      return Optional.of(model + " counts events, and an item that is new has none");
    }
    return run.features().isEmpty()
        ? Optional.of(
            model
                + " was trained on ids alone, without texts or pictures, and knows nothing of an"
                + " item that is new")
        : Optional.empty();
  }

  /** {@return why a run cannot score this item; empty when it can} */
  public Optional<String> problemIn(TrainedRun run) {
    Optional<String> ofModel = problem(run);
    if (ofModel.isPresent()) {
      return ofModel;
    } else if (run.allItems().index(item.id()).isPresent()) {
      return Optional.of("the run has an item of this id");
    }
    boolean something = run.config().model() instanceof Horae.Config && item.hasText();
    for (FeatureTable table : run.allFeatures()) {
      float[] vector = vectors.getOrDefault(table.modality(), new float[table.width()]);
      if (vector.length != table.width()) {
        return Optional.of(
            "its %s vector has %s values, and those of the run have %s"
                .formatted(table.modality(), vector.length, table.width()));
      }
      for (float value : vector) {
        if (!Float.isFinite(value)) {
          return Optional.of("its " + table.modality() + " vector has the value " + value);
        }
        something |= value != 0;
      }
    }
    return something
        ? Optional.empty()
        : Optional.of("it has no text or picture that the model reads");
  }

  /** See {@link TrainedRun#with}. */
  static TrainedRun added(TrainedRun run, List<NewItem> more) {
    for (NewItem each : more) {
      each.problemIn(run)
          .ifPresent(
              problem -> {
                throw new DataException("item '" + each.item().id() + "': " + problem);
              });
    }
    if (more.isEmpty()) {
      return run;
    }
    List<Item> items = new ArrayList<>(run.allItems().items());
    more.forEach(each -> items.add(each.item()));
    return run.of(
        new Catalogue(items),
        run.allFeatures().stream().map(table -> longer(table, more)).toList());
  }

  private static FeatureTable longer(FeatureTable table, List<NewItem> more) {
    return table.with(
        more.stream()
            .map(each -> each.vectors().getOrDefault(table.modality(), new float[table.width()]))
            .toList());
  }
}
