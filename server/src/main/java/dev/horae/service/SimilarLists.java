package dev.horae.service;

import dev.horae.data.Item;
import dev.horae.features.ContentEncoder;
import dev.horae.service.Answer.Chosen;
import dev.horae.service.LoadedModel.Lease;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Lists of what is like some items, or a text or picture that is not in the catalogue. */
final class SimilarLists {

  private final Models models;
  private final ItemFields fields;
  private final SentPictures sent;

  SimilarLists(Models models, ItemFields fields, SentPictures sent) {
    this.models = models;
    this.fields = fields;
    this.sent = sent;
  }

  /**
   * What is looked for; at least one of them.
   *
   * @param items the shop's ids
   * @param text words that are compared with the items' texts
   * @param image the bytes of a picture
   */
  record Wanted(List<String> items, @Nullable String text, byte @Nullable [] image) {}

  /**
   * {@return the most similar items}
   *
   * @param filter null: none
   * @param shown fields that are said of each
   * @param now seconds since 1970-01-01 UTC
   */
  Answer list(
      Wanted wanted, Similarity by, int n, @Nullable String filter, List<String> shown, long now) {
    try (Lease lease = models.lease(null)) {
      LoadedModel model = lease.model();
      Shelf shelf = model.shelf();
      List<Integer> known = new ArrayList<>();
      List<String> unknown = new ArrayList<>();
      for (String id : wanted.items()) {
        model.index(id).ifPresentOrElse(known::add, () -> unknown.add(id));
      }
      if (known.isEmpty() && wanted.text() == null && wanted.image() == null) {
        throw Refusal.notFound("item", unknown.get(0), "name one that the model knows");
      }
      requireView(model, by);
      BitSet allowed = shelf.forbidden(now);
      allowed.flip(0, model.catalogue().size() + 1);
      if (filter != null) {
        allowed.and(shelf.filters(now).matching(filter, now));
      }
      SimilarItems.Likes likes =
          model
              .similar()
              .find(
                  new SimilarItems.Query(
                      known, text(model, wanted.text()), image(model, wanted.image())),
                  by,
                  allowed,
                  n);
      List<Chosen> chosen = chosen(shelf, likes, shown);
      return new Answer(
          UUID.randomUUID().toString(),
          new Answer.ModelName(model.name(), model.version()),
          null,
          null,
          now,
          Source.SIMILAR,
          reason(chosen.size(), n, likes.views()),
          chosen,
          unknown);
    }
  }

  private static @Nullable String reason(int found, int n, Set<Similarity> views) {
    if (views.isEmpty()) {
      return "nothing is known of what is looked for, but for itself";
    }
    return found == n
        ? null
        : found
            + " of "
            + n
            + ": by "
            + String.join(", ", views.stream().map(SimilarLists::word).toList())
            + " no other item is similar and allowed";
  }

  private List<Chosen> chosen(Shelf shelf, SimilarItems.Likes likes, List<String> shown) {
    return likes.items().stream()
        .map(
            found ->
                new Chosen(
                    shelf.id(found.item()),
                    found.score(),
                    Source.SIMILAR,
                    fields.of(shelf, found.item(), shown),
                    null))
        .toList();
  }

  private static String word(Similarity view) {
    return view.name().toLowerCase(Locale.ROOT);
  }

  private static void requireView(LoadedModel model, Similarity by) {
    Set<Similarity> views = model.similar().views();
    if (by != Similarity.MIXED && !views.contains(by)) {
      throw Refusal.invalid(
          "by",
          word(by),
          "is nothing that the model '" + model.name() + "' can compare items by",
          "use one of " + views.stream().map(SimilarLists::word).toList() + ", or mixed");
    }
  }

  private static float @Nullable [] text(LoadedModel model, @Nullable String text) {
    if (text == null) {
      return null;
    }
    ContentEncoder encoder = model.encoder();
    return encoder
        .text(text)
        .orElseThrow(
            () ->
                Refusal.invalid(
                    "text",
                    text.length() > 40 ? text.substring(0, 40) + "…" : text,
                    "cannot be compared: " + encoder.textProblem().orElse("it has no words"),
                    "name items instead"));
  }

  private float @Nullable [] image(LoadedModel model, byte @Nullable [] image) {
    return image == null ? null : sent.vector(image, model.encoder());
  }

  /**
   * {@return what is like items that the model does not know, by what the shop told of them}
   *
   * @param items of a history, oldest first
   */
  List<Chosen> likeUnknown(
      LoadedModel model, Items items, List<String> ids, BitSet masked, int n, List<String> shown) {
    for (int i = ids.size() - 1; i >= 0; i--) { // the newest that something is known of
      StoredItem said = items.stored(ids.get(i));
      if (said != null && model.similar().views().contains(Similarity.TEXT)) {
        Item item = Newcomers.item(ids.get(i), said);
        Optional<float[]> vector = model.encoder().text(item);
        if (vector.isPresent()) {
          BitSet allowed = (BitSet) masked.clone();
          allowed.flip(0, model.catalogue().size() + 1);
          SimilarItems.Query query = new SimilarItems.Query(List.of(), vector.get(), null);
          return chosen(
              model.shelf(), model.similar().find(query, Similarity.TEXT, allowed, n), shown);
        }
      }
    }
    return List.of();
  }
}
