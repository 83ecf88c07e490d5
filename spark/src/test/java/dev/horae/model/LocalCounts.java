package dev.horae.model;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the model itself counts, by the shop's ids.
 *
 * @param followers shares, by item and follower
 * @param together cosines, by both items
 * @param items of each with training events: users, events, lately, longer, first
 */
public record LocalCounts(
    Map<List<String>, Double> followers,
    Map<List<String>, Double> together,
    Map<String, List<Double>> items) {

  public static LocalCounts of(Dataset data) {
    Histories training = data.split().training();
    int items = data.catalogue().size();
    HoraeCounts counts = new HoraeCounts(training, items);
    LocalCounts local =
        new LocalCounts(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    long last = Arrays.stream(training.times()).max().orElse(0);
    HoraeTrend trend = new HoraeTrend(training, counts, false);
    HoraeTrend.Day day = trend.new Day(HoraeTrend.day(last) + 1);
    for (int i = 1; i <= items; i++) {
      int item = i;
      String id = data.catalogue().item(item).id();
      counts.followers.each(
          item,
          (other, sum) ->
              local.followers.put(List.of(id, data.catalogue().item(other).id()), (double) sum));
      counts.together.each(
          item,
          (other, sum) ->
              local.together.put(
                  List.of(id, data.catalogue().item(other).id()),
                  (double) sum * counts.inverseNorms[item] * counts.inverseNorms[other]));
      int[] taken =
          IntStream.range(0, training.events()).filter(e -> training.items()[e] == item).toArray();
      if (taken.length > 0) {
        HoraeTrend.State state = day.of(item);
        double users = counts.popularity[item];
        local.items.put(
            id,
            List.of(
                users,
                (double) taken.length,
                alive(state.lately(), users),
                alive(state.longer(), users),
                (double)
                    Arrays.stream(taken).mapToLong(e -> training.times()[e]).min().orElseThrow()));
      }
    }
    return local;
  }

  /** {@return the sum that a factor is the logarithm of} */
  private static double alive(double factor, double users) {
    return (Math.exp(factor) - HoraeTrend.LEAST_SHARE) * (users + 1);
  }
}
