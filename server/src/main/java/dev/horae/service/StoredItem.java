package dev.horae.service;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a shop said of an item after training. What is null is as the model's catalogue has it, or
 * not known.
 *
 * @param image address of a picture, shown but never fetched by the server
 * @param available false: out of stock, not recommended
 * @param hidden true: not recommended
 * @param expiresAt from when on it is not recommended; seconds since 1970-01-01 UTC
 * @param picture SHA-256 of the picture that was sent, which the store keeps; null: none was
 * @param properties further columns for filters and boosts: texts, numbers, truth values, lists of
 *     texts
 * @param added when the shop first told of it; seconds since 1970-01-01 UTC
 */
public record StoredItem(
    @Nullable String title,
    @Nullable String brand,
    @Nullable List<String> categories,
    @Nullable String image,
    @Nullable String picture,
    @Nullable Boolean available,
    @Nullable Boolean hidden,
    @Nullable Long expiresAt,
    @Nullable Map<String, Object> properties,
    @Nullable Long added) {

  /** What filters read of every item; a property of such a name is no column. */
  public static final Set<String> COLUMNS = Set.of("id", "events", "title", "brand", "categories");

  /** Nothing is known. */
  public static final StoredItem NOTHING =
      new StoredItem(null, null, null, null, null, null, null, null, null, null);

  /** {@return whether it may be recommended at a moment} */
  boolean recommendable(long now) {
    return !Boolean.TRUE.equals(hidden)
        && !Boolean.FALSE.equals(available)
        && (expiresAt == null || expiresAt > now);
  }

  /**
   * {@return the same with what goes on from one description to the next}
   *
   * @param hash {@link #picture}
   * @param time {@link #added}
   */
  StoredItem with(@Nullable String hash, long time) {
    return new StoredItem(
        title, brand, categories, image, hash, available, hidden, expiresAt, properties, time);
  }
}
