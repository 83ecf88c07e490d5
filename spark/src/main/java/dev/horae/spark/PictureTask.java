package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Workers;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.features.PictureSearch;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds and encodes the pictures of some items on an executor, which must see their folder.
 *
 * @param folder that all executors see under this path
 * @param directory of a pre-trained encoder; null for the embedded descriptor
 */
record PictureTask(
    String folder, @Nullable SharedDirectory directory, boolean bfloat16, boolean states)
    implements Serializable {

  /**
   * {@return what became of each item}
   *
   * @param known keys that there are vectors of
   */
  PictureSearch.Found[] find(List<? extends List<String>> pictures, Set<String> known) {
    if (!Files.isDirectory(Path.of(folder))) { // its items would seem to have no pictures
      throw new DataException(
          folder + ": an executor sees no folder of that name; mount it on every machine");
    }
    return Executor.computing(
        () -> {
          Optional<PretrainedPictures> encoder =
              directory == null
                  ? Optional.empty()
                  : Optional.of(
                      Executor.once(
                          this, () -> new PretrainedPictures(directory.path(), bfloat16, states)));
          PictureSearch search = PictureSearch.of(Path.of(folder), encoder, known);
          PictureSearch.Found[] found = new PictureSearch.Found[pictures.size()];
          Workers.each(found.length, i -> found[i] = search.find(pictures.get(i)));
          return found;
        });
  }
}
