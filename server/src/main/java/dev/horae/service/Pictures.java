package dev.horae.service;

import dev.horae.data.Dataset;
import dev.horae.data.Item;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a data set's items: files in its folder of pictures, or addresses elsewhere. Only
 * files that the catalogue names are ever read.
 */
final class Pictures {

  /**
   * @param names of the pictures' files, or addresses, by item id
   * @param folder null: there is none
   */
  private record Shown(Map<String, String> names, @Nullable Path folder) {}

  private volatile Shown shown = new Shown(Map.of(), null);

  /** Takes the pictures of a data set. */
  void show(Dataset dataset) {
    Map<String, String> names = new HashMap<>();
    for (Item item : dataset.allItems().items()) {
      if (!item.image().isEmpty()) {
        names.put(item.id(), item.image());
      }
    }
    String images = dataset.manifest().images();
    shown = new Shown(names, images.isEmpty() ? null : Path.of(images).normalize());
  }

  /** {@return where a picture is shown from; empty when there is none} */
  String address(String id) {
    String name = shown.names().get(id);
    if (name == null) {
      return "";
    }
    return isAddress(name) ? name : ofOurs(id);
  }

  /**
   * {@return where a picture that was sent is shown from; another one has another address, so that
   * nobody shows what is kept of the one before}
   */
  static String sent(String id, String hash) {
    return ofOurs(id) + "?v=" + hash.substring(0, 16);
  }

  /** {@return where an item's picture that is here is shown from} */
  private static String ofOurs(String id) {
    String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    return "/v1/items/" + encoded + "/image";
  }

  private static boolean isAddress(String name) {
    String start = name.toLowerCase(Locale.ROOT);
    return start.startsWith("http://") || start.startsWith("https://");
  }

  /** {@return the file of an item's picture, where there is one} */
  Optional<Path> file(String id) {
    Shown now = shown;
    Path folder = now.folder();
    String name = now.names().get(id);
    if (name == null || folder == null || isAddress(name)) {
      return Optional.empty();
    }
    Path file = folder.resolve(name).normalize();
    return file.startsWith(folder) && Files.isRegularFile(file)
        ? Optional.of(file)
        : Optional.empty();
  }
}
