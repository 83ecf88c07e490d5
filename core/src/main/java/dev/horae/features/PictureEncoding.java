package dev.horae.features;

import dev.horae.data.Item;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.picture.Descriptor;
import dev.horae.picture.PictureDownloads;
import dev.horae.picture.UnreadablePictureException;
import dev.horae.picture.Whitening;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Encodes the items' pictures; equal pictures share a vector. See {@link PictureSearch}. */
final class PictureEncoding {

  private final TableWriter table;
  private final Path folder;
  private final PictureEngine engine;
  private final @Nullable String[] keys; // of the picture that each item has; null: it has none
  private final @Nullable UnreadablePictureException[]
      unread; // why an item's first picture is not it
  private final AtomicInteger encoded = new AtomicInteger();

  PictureEncoding(TableWriter table, Path folder, PictureEngine engine) {
    this.table = table;
    this.folder = folder;
    this.engine = engine;
    keys = new String[table.items().size()];
    unread = new UnreadablePictureException[keys.length];
  }

  /**
   * @param pretrained in place of the embedded descriptor
   */
  Encoding.Part run(Optional<PretrainedPictures> pretrained) {
    if (pretrained.isEmpty()) {
      try (VectorCache cache = table.cache(Descriptor.ID, Descriptor.RAW_WIDTH)) {
        encode(cache);
        return whitened(cache);
      }
    }
    PretrainedPictures encoder = pretrained.get();
    try (VectorCache cache = table.cache(encoder.id(), encoder.width())) {
      encode(cache);
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
    return new TableWriter.Work(encoded.get(), TableWriter.shared(keys), 0);
  }

  private void encode(VectorCache cache) {
    engine.find(
        table.items().stream().map(Item::images).toList(),
        cache.keys(),
        table.progress(),
        (i, found) -> {
          keys[i] = found.key();
          unread[i] = found.unread();
          float[] vector = found.vector();
          if (vector != null && cache.putIfAbsent(Objects.requireNonNull(found.key()), vector)) {
            encoded.incrementAndGet();
          }
        });
    reportUnread();
    table.requireSome(keys);
  }

  private void reportUnread() {
    Map<String, String> unfetched = PictureDownloads.reasons(folder);
    for (int i = 0; i < keys.length; i++) {
      Item item = table.items().get(i);
      UnreadablePictureException why = unread[i];
      if (keys[i] == null && why != null) {
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
