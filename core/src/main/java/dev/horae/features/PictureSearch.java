package dev.horae.features;

import dev.horae.encoder.PretrainedPictures;
import dev.horae.picture.Descriptor;
import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds an item's picture, the first of those named that can be read, as in the paper, and encodes
 * it. Each file is read once; a picture that several items have is encoded once. Safe for use by
 * many threads at once.
 */
public final class PictureSearch {

  /** Turns the content of a picture file into its vector. */
  private interface Encoder {
    float[] encode(byte[] picture) throws UnreadablePictureException;
  }

  /**
   * What became of an item.
   *
   * @param key of its picture in the cache; null: none can be read
   * @param vector of the picture; null where there is one already
   * @param unread why the first picture named is not it; null where it is, or none is named
   */
  public record Found(
      @Nullable String key, float @Nullable [] vector, @Nullable UnreadablePictureException unread)
      implements Serializable {}

  /** Of encoding one picture; who holds it makes it. */
  private static final class Attempt {
    private boolean made;
    private @Nullable UnreadablePictureException failure;
  }

  private final Path folder;
  private final String id;
  private final Encoder encoder;
  private final Set<String> known;
  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>(); // by key

  private PictureSearch(Path folder, String id, Encoder encoder, Set<String> known) {
    this.folder = folder;
    this.id = id;
    this.encoder = encoder;
    this.known = known;
  }

  /**
   * @param folder that the names of pictures are of
   * @param pretrained in place of the embedded descriptor, whose vectors are not whitened
   * @param known keys that there are vectors of, under this encoder
   */
  public static PictureSearch of(
      Path folder, Optional<PretrainedPictures> pretrained, Set<String> known) {
    return pretrained
        .map(encoder -> new PictureSearch(folder, encoder.id(), encoder::encode, known))
        .orElseGet(
            () -> new PictureSearch(folder, Descriptor.ID, PictureEncoder.Described::raw, known));
  }

  /**
   * @param names of an item's pictures
   */
  public Found find(List<String> names) {
    UnreadablePictureException unread = null;
    for (String name : names) {
      try {
        byte[] picture = Pictures.read(folder, name);
        String key = VectorCache.key(id, picture);
        return new Found(key, known.contains(key) ? null : encode(key, picture), unread);
      } catch (UnreadablePictureException e) {
        unread = unread == null ? e : unread;
      }
    }
    return new Found(null, null, unread);
  }

  /** {@return the vector; null where another call has made it} */
  private float @Nullable [] encode(String key, byte[] picture) throws UnreadablePictureException {
    Attempt attempt = attempts.computeIfAbsent(key, absent -> new Attempt());
    synchronized (attempt) {
      if (attempt.failure != null) {
        throw attempt.failure;
      }
      if (attempt.made) {
        return null;
      }
      try {
        float[] vector = encoder.encode(picture);
        attempt.made = true;
        return vector;
      } catch (UnreadablePictureException e) {
        attempt.failure = e;
        throw e;
      }
    }
  }
}
