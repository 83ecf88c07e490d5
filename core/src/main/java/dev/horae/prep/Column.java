package dev.horae.prep;

import java.util.List;

/** What we want to know of an event or an item, and the columns where files usually keep it. */
public enum Column {
  USER(List.of("user_id", "user"), List.of("reviewerID", "user_id")),
  ITEM(List.of("item_id", "item"), List.of("parent_asin", "asin")),
  TIME(List.of("timestamp", "time"), List.of("unixReviewTime", "timestamp")),
  TITLE(List.of("title"), List.of("title")),
  BRAND(List.of("brand"), List.of("brand", "store")),
  CATEGORIES(List.of("categories"), List.of("categories", "category")),
  IMAGE(List.of("image"), List.of("imUrl", "imageURLHighRes", "imageURL", "images", "image"));

  private final List<String> names;
  private final List<String> amazonNames;

  Column(List<String> names, List<String> amazonNames) {
    this.names = names;
    this.amazonNames = amazonNames;
  }

  /** {@return the column names to try, in this order} */
  List<String> names(Format format) {
    return format == Format.AMAZON ? amazonNames : names;
  }
}
