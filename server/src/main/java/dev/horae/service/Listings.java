package dev.horae.service;

import dev.horae.service.Answer.Chosen;
import dev.horae.service.LoadedModel.Lease;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Lists that nobody's history chose: what is trending, popular, latest. */
final class Listings {

  private final Models models;
  private final Items items;
  private final Trends trends;
  private final ItemFields fields;

  Listings(Models models, Items items, Trends trends, ItemFields fields) {
    this.models = models;
    this.items = items;
    this.trends = trends;
    this.fields = fields;
  }

  /**
   * Lists items without a history.
   *
   * @param source TRENDING, POPULAR or LATEST
   * @param days of what is trending
   */
  Answer list(
      Source source, int days, int n, @Nullable String filter, List<String> fields, long now) {
    try (Lease lease = models.lease(null)) {
      LoadedModel model = lease.model();
      Shelf shelf = model.shelf();
      BitSet masked = shelf.forbidden(now);
      if (filter != null) {
        Recommendations.keepOnly(shelf.filters(now).matching(filter, now), shelf.rows(), masked);
      }
      List<Chosen> chosen = chosen(source, days, shelf, masked, n, now, fields);
      String reason =
          chosen.size() == n
              ? null
              : chosen.size()
                  + " of "
                  + n
                  + switch (source) {
                    case TRENDING -> ": no other item had an event in these " + days + " days";
                    case LATEST -> ": the shop told of no other item since the model was trained";
                    default -> ": there is no other item";
                  };
      return new Answer(
          UUID.randomUUID().toString(), null, null, null, now, source, reason, chosen, List.of());
    }
  }

  /**
   * {@return items that nobody's history chose}
   *
   * @param days of {@link Source#TRENDING}
   */
  List<Chosen> chosen(
      Source source, int days, Shelf shelf, BitSet masked, int n, long time, List<String> fields) {
    List<Chosen> chosen = new ArrayList<>();
    switch (source) {
      case TRENDING -> {
        for (Trends.Count count : trends.trending(time, days)) {
          if (chosen.size() == n) {
            break;
          }
          shelf
              .row(count.item())
              .ifPresent(
                  row ->
                      offer(shelf, row, (double) count.events(), masked, chosen, source, fields));
        }
      }
      case LATEST -> {
        for (Items.Added added : items.latest()) {
          if (chosen.size() == n) {
            break;
          }
          shelf
              .row(added.item())
              .ifPresent(
                  row -> offer(shelf, row, (double) added.time(), masked, chosen, source, fields));
        }
      }
      case POPULAR -> {
        for (int row : shelf.model().popular()) {
          if (chosen.size() == n) {
            break;
          }
          offer(shelf, row, shelf.model().trainingEvents(row), masked, chosen, source, fields);
        }
      }
      case MODEL, SIMILAR -> {} // where there is a history
    }
    return chosen;
  }

  private void offer(
      Shelf shelf,
      int row,
      double score,
      BitSet masked,
      List<Chosen> chosen,
      Source source,
      List<String> fields) {
    if (!masked.get(row)) {
      chosen.add(
          new Chosen(shelf.id(row), score, source, this.fields.of(shelf, row, fields), null));
    }
  }
}
