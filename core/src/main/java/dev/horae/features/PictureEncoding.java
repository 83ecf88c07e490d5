package dev.horae.features;

import dev.horae.data.Item;
import dev.horae.data.Workers;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.picture.Descriptor;
import dev.horae.picture.PictureDownloads;
import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import dev.horae.picture.Whitening;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the items' pictures. The first picture of an item that can be read counts, as in the
 * paper; equal pictures share a vector. Each file is read once: its bytes are looked up in the
 * cache, and encoded when they are not there.
 */
final class PictureEncoding {

  /** Turns the content of a picture file into its vector. */
  private interface Encoder {
    float[] encode(byte[] picture) throws UnreadablePictureException;
  }

  private final TableWriter table;
  private final Path folder;
  private final @Nullable String[]
      keys; // of the picture that each item has come to; null: it has none
  private final int[] choice; // which of its pictures that is
  private final Map<Integer, UnreadablePictureException> unread =
      new ConcurrentHashMap<>(); // why an item's first picture is not it
  private final Map<String, UnreadablePictureException> broken = new ConcurrentHashMap<>();
  private final Set<String> encoded = ConcurrentHashMap.newKeySet();

  PictureEncoding(TableWriter table, Path folder) {
    this.table = table;
    this.folder = folder;
    keys = new String[table.items().size()];
    choice = new int[keys.length];
  }

  /**
   * @param pretrained in place of the embedded descriptor
   */
  Encoding.Part run(Optional<PretrainedPictures> pretrained) {
    if (pretrained.isEmpty()) {
      try (VectorCache cache = table.cache(Descriptor.ID, Descriptor.RAW_WIDTH)) {
        encode(Descriptor.ID, PictureEncoder.Described::raw, cache);
        return whitened(cache);
      }
    }
    PretrainedPictures encoder = pretrained.get();
    try (VectorCache cache = table.cache(encoder.id(), encoder.width())) {
      encode(encoder.id(), encoder::encode, cache);
      Encoding.Part part =
          table.store(
              new TableWriter.Kind(encoder.name(), encoder.width(), encoder.states()),
              work(),
              keys,
              TableWriter.cached(keys, cache));
      PictureEncoderFile.write(table.stored(encoder.name()), encoder);
      return part;
    }
  }

  private TableWriter.Work work() {
    return new TableWriter.Work(encoded.size() - broken.size(), TableWriter.shared(keys), 0);
  }

  private void encode(String id, Encoder encoder, VectorCache cache) {
    int[] open = IntStream.range(0, keys.length).toArray();
    while (open.length > 0) {
      int[] now = open;
      Workers.each(
          now.length, "encode image", table.progress(), i -> encode(now[i], id, encoder, cache));
      // A picture that could not be decoded may be that of several items; each has come to it.
      open =
          Arrays.stream(now).filter(i -> keys[i] != null && broken.containsKey(keys[i])).toArray();
      for (int i : open) {
        unread.putIfAbsent(i, broken.get(keys[i]));
        keys[i] = null;
        choice[i]++;
      }
    }
    reportUnread();
    table.requireSome(keys);
  }

  /** Brings the item to its first picture from {@code choice} on that is a file, if any. */
  private void encode(int i, String id, Encoder encoder, VectorCache cache) {
    for (; choice[i] < table.items().get(i).images().size(); choice[i]++) {
      byte[] picture;
      try {
        picture = Pictures.read(folder, table.items().get(i).images().get(choice[i]));
      } catch (UnreadablePictureException e) {
        unread.putIfAbsent(i, e);
        continue;
      }
      String key = VectorCache.key(id, picture);
      keys[i] = key;
      if (!cache.has(key) && encoded.add(key)) { // one worker for equal pictures
        try {
          cache.put(key, encoder.encode(picture));
        } catch (UnreadablePictureException e) {
          broken.put(key, e);
        }
      }
      return;
    }
  }

  private void reportUnread() {
    Map<String, String> unfetched = PictureDownloads.reasons(folder);
    for (int i = 0; i < keys.length; i++) {
      Item item = table.items().get(i);
      if (keys[i] == null && unread.containsKey(i)) {
        UnreadablePictureException why = unread.get(i);
        table.problem(
            i,
            why.isMissing() ? "missing picture" : "broken picture",
            item.image(),
            unfetched.containsKey(item.image())
                ? "could not be fetched: " + unfetched.get(item.image())
                : why.getMessage());
      } else if (keys[i] == null) {
        table.problem(i, "no picture named", "", "the catalogue names no picture for the item");
      }
    }
  }

  /**
   * Reads the descriptions from the cache as often as they are needed, so they need no heap. Cold
   * items have no say, unless there are only they: they change no vector of the others.
   */
  private Encoding.Part whitened(VectorCache cache) {
    table.progress().at("fit the descriptor", 0, 0, "");
    String[] known = Arrays.copyOf(keys, table.itemsWithEvents());
    String[] fitted = Arrays.stream(known).allMatch(Objects::isNull) ? keys : known;
    int pictures = (int) Arrays.stream(fitted).filter(Objects::nonNull).count();
    float[] raw = new float[Descriptor.RAW_WIDTH];
    Whitening whitening =
        Whitening.fit(
            pictures,
            reader -> {
              for (String key : fitted) {
                if (key != null) {
                  cache.copy(key, raw, 0);
                  reader.accept(raw);
                }
              }
            });
    Encoding.Part part =
        table.store(
            new TableWriter.Kind(Encoding.DESCRIPTOR, whitening.width(), 1),
            work(),
            keys,
            (i, row) -> {
              if (keys[i] != null) {
                cache.copy(keys[i], raw, 0);
                System.arraycopy(whitening.vector(raw), 0, row, 0, row.length);
              }
            });
    PictureEncoderFile.write(table.stored(Encoding.DESCRIPTOR), whitening);
    return part;
  }
}
