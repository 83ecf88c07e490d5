package dev.horae.features;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Data sets of nothing but a catalogue. */
public final class Catalogues {

  private Catalogues() {}

  public static Dataset dataset(Path directory, String hash, String images, List<Item> items) {
    Manifest manifest =
        new Manifest(
            "shop",
            1,
            50,
            5,
            5,
            "removed",
            "file",
            null,
            true,
            Map.of(),
            Map.of("items.parquet", hash),
            images,
            Map.of());
    return new Dataset(
        directory,
        manifest,
        new Catalogue(items),
        List.of(),
        new Histories(new int[1], new int[0], new long[0]));
  }

  static Item item(String id, String title, String image) {
    return new Item(id, title, "", List.of(), image);
  }
}
