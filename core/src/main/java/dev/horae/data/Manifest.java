package dev.horae.data;

import com.fasterxml.jackson.annotation.JsonAlias;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code dataset.json} says: what a prepared data set holds, by which protocol, and what it
 * was made from.
 *
 * @param name the directory's name when it was made
 * @param format version of this layout; called {@code version} in the first data sets
 * @param maxLength most events of a history that a model sees, L (the protocol's 50)
 * @param minUserEvents k of the k-core over users
 * @param minItemEvents k of the k-core over items
 * @param duplicates {@code removed} or {@code kept}: same user, item and time
 * @param ties {@code file} or {@code random}: the order of a user's events that have the same time;
 *     null, as {@code file}, in data sets made before there was a choice
 * @param cut where a split by time cuts, seconds since 1970-01-01 UTC: what lies before it is
 *     trained on; null for leave-one-out, the only split of data sets made before there was a
 *     choice
 * @param timed whether the events carry times; when not, all times are 0 and input order decides
 * @param counts users, items, events, and the statistics and audit of the protocol, by name
 * @param hashes SHA-256 of {@code events.parquet} and {@code items.parquet}, by file name
 * @param images absolute path of the picture folder; empty when there is none
 * @param provenance sources with size and hash, command, version and moment, by name
 */
public record Manifest(
    String name,
    @JsonAlias("version") int format,
    int maxLength,
    int minUserEvents,
    int minItemEvents,
    String duplicates,
    @Nullable String ties,
    @Nullable Long cut,
    boolean timed,
    Map<String, Number> counts,
    Map<String, String> hashes,
    String images,
    Map<String, Object> provenance) {

  /** {@return such as {@code leave-one-out} or {@code by time at 2014-01-01}} */
  public String splitName() {
    return cut == null ? "leave-one-out" : "by time at " + Moment.text(cut);
  }

  /** {@return the data set's split of these histories, which are its own or some of them} */
  public Split split(Histories histories) {
    return split(cut, histories);
  }

  /**
   * {@return the split of some histories of a data set, for who knows no more of it}
   *
   * @param cut as the manifest has it
   */
  public static Split split(@Nullable Long cut, Histories histories) {
    return cut == null ? Split.leaveOneOut(histories) : Split.byTime(histories, cut);
  }
}
