package dev.horae.features;

import dev.horae.data.Progress;
import dev.horae.data.Sink;
import java.util.List;
import java.util.Set;

/** Does the work of {@link PictureSearch} for many items: in this process, or elsewhere. */
public interface PictureEngine {

  /**
   * @param pictures the names of each item's
   * @param known keys that there are vectors of, which changes no more
   * @param sink gets each item once, from any thread; of equal pictures at least one has a vector
   */
  void find(
      List<List<String>> pictures,
      Set<String> known,
      Progress progress,
      Sink<PictureSearch.Found> sink);
}
