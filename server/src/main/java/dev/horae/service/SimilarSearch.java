package dev.horae.service;

import dev.horae.features.ContentEncoder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is like items, texts or pictures in the run of a model. What it compares is made at
 * the first question to a model, and goes with the model.
 */
final class SimilarSearch implements AutoCloseable {

  /**
   * What was found.
   *
   * @param items rows of the model's items, best first
   * @param reason why they are fewer than asked for, or what had no say; null where neither
   * @param unknown items of the question that the model does not know
   */
  record Result(List<SimilarItems.Found> items, @Nullable String reason, List<String> unknown) {}

  private static final String NO_PICTURES =
      "the vectors of pictures are fitted to those of the catalogue, and a run keeps no more of"
          + " this than the vectors";

  private final Map<LoadedModel, SimilarItems> ofModels = new WeakHashMap<>(); // guarded by itself
  private final Map<String, ContentEncoder> encoders = new HashMap<>(); // by the table's encoder

  /**
   * Looks in the items of a model.
   *
   * @param model held by a lease
   * @param items the shop's ids
   * @param text null: none
   * @param image content of a picture's file; null: none
   * @param masked rows that must not be found
   * @throws Refusal when nothing of what is looked for can be compared
   */
  Result find(
      LoadedModel model,
      List<String> items,
      @Nullable String text,
      byte @Nullable [] image,
      Similarity by,
      BitSet masked,
      int n) {
    List<Integer> known = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String item : items) {
      OptionalInt index = model.index(item);
      index.ifPresentOrElse(known::add, () -> unknown.add(item));
    }
    List<String> silent = new ArrayList<>();
    float[] vector = text == null ? null : vector(model, text, known.isEmpty(), silent);
    if (image != null) {
      if (known.isEmpty() && vector == null) {
        throw cannotCompare("image", "(a picture)", NO_PICTURES);
      }
      silent.add("the picture was left out: " + NO_PICTURES);
    }
    if (known.isEmpty() && vector == null) {
      String first = unknown.isEmpty() ? "" : unknown.get(0);
      throw Refusal.notFound("item", first, "name items that the model knows, or give a text");
    }
    BitSet allowed = (BitSet) masked.clone();
    allowed.flip(0, model.catalogue().size() + 1);
    SimilarItems similar = similar(model);
    SimilarItems.Likes found =
        similar.find(
            new SimilarItems.Query(
                known, vector == null ? Map.of() : Map.of(Similarity.TEXT, vector)),
            by,
            allowed,
            n);
    if (found.views().isEmpty()) {
      silent.add(nothingKnown(similar.views(), by));
    } else if (found.items().size() < n) {
      silent.add(found.items().size() + " of " + n + ": no other item is like it at all");
    }
    return new Result(found.items(), silent.isEmpty() ? null : String.join("; ", silent), unknown);
  }

  private static String nothingKnown(Set<Similarity> views, Similarity by) {
    if (by != Similarity.MIXED && !views.contains(by)) {
      return switch (by) {
        case TEXT -> "the model has no text vectors";
        case IMAGE -> "the model has no picture vectors";
        default -> "the model keeps no histories and has no vectors of items";
      };
    }
    return switch (by) {
      case TEXT -> "what was asked for has no text vector";
      case IMAGE -> "what was asked for has no picture vector";
      case BEHAVIOUR -> "nobody took what was asked for in training";
      case MIXED ->
          "nothing is known of what was asked for by "
              + views.stream()
                  .map(view -> view.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(", "));
    };
  }

  private float @Nullable [] vector(
      LoadedModel model, String text, boolean alone, List<String> silent) {
    ContentEncoder encoder = encoder(model);
    String problem = encoder.problem().orElse("");
    float[] vector = problem.isEmpty() ? encoder.text(text).orElse(null) : null;
    if (vector == null) {
      String why = problem.isEmpty() ? "it has no words, or too many" : problem;
      if (alone) {
        throw cannotCompare("text", text, why);
      }
      silent.add("the text was left out: " + why);
    }
    return vector;
  }

  private static Refusal cannotCompare(String field, String value, String why) {
    return Refusal.invalid(
        field, value, "cannot be compared: " + why, "name items that are like it");
  }

  private SimilarItems similar(LoadedModel model) {
    synchronized (ofModels) {
      return ofModels.computeIfAbsent(model, asked -> SimilarItems.of(asked.run(), asked.scorer()));
    }
  }

  /** A question's text is a title alone, so the encoder is the same for all tables of its name. */
  private ContentEncoder encoder(LoadedModel model) {
    String name =
        model.run().allFeatures().stream()
            .filter(table -> table.modality().equals("text"))
            .map(table -> table.encoder())
            .findFirst()
            .orElse("");
    synchronized (encoders) {
      return encoders.computeIfAbsent(
          name, none -> ContentEncoder.of(model.run().allItems(), model.run().allFeatures()));
    }
  }

  /** Lets go of the encoders. */
  @Override
  public void close() {
    synchronized (encoders) {
      encoders.values().forEach(ContentEncoder::close);
      encoders.clear();
    }
  }
}
