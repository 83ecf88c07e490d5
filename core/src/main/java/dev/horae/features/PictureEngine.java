package dev.horae.features;

import dev.horae.data.Progress;
import java.util.List;
import java.util.Set;

/** Does the work of {@link PictureSearch} for many items: in this process, or elsewhere. */
public interface PictureEngine {

  /** Takes what was found; several threads may call it at once. */
  interface Sink {
    void put(int item, PictureSearch.Found found);
  }

  /**
   * @param pictures the names of each item's
   * @param known keys that there are vectors of
   * @param sink gets each item once, in any order; of equal pictures at least one has a vector
   */
  void find(List<List<String>> pictures, Set<String> known, Progress progress, Sink sink);
}
