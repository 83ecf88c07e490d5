package dev.horae.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.horae.data.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of the console, from the class path: ours, and those of the libraries that they load,
 * which lie in jars of their own. What is not known by name is not there, so no path leads out.
 */
final class ConsoleResources {

  /** What the pages are allowed: nothing but what this server sends, and pictures of the shop's. */
  static final String POLICY =
      "default-src 'self'; img-src 'self' data: https: http:; object-src 'none'; base-uri 'none';"
          + " form-action 'self'; frame-ancestors 'none'";

  /**
   * A library whose files the pages load.
   *
   * @param name of its jar, and of its folder under {@code lib/}
   * @param purpose what the console does with it
   */
  record Library(
      String name,
      String version,
      String licence,
      @JsonProperty("for") String purpose,
      List<String> files) {}

  /** A file as it is sent. */
  record File(byte[] bytes, String type) {}

  private static final Pattern OURS = Pattern.compile("(pages/)?[a-z]+\\.(html|js|css|svg|json)");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "json", "application/json");

  private final List<Library> libraries;
  private final Map<String, String> places = new HashMap<>(); // of the libraries' files
  private final Map<String, File> kept = new ConcurrentHashMap<>(); // only what there is

  ConsoleResources() {
    try (InputStream list = ConsoleResources.class.getResourceAsStream("console/libraries.json")) {
      libraries = Json.MAPPER.readValue(list, new TypeReference<List<Library>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Library library : libraries) {
      String jar = "/META-INF/resources/webjars/" + library.name() + "/" + library.version() + "/";
      library.files().forEach(f -> places.put("lib/" + library.name() + "/" + f, jar + f));
    }
  }

  List<Library> libraries() {
    return libraries;
  }

  /**
   * {@return a file}
   *
   * @param path below {@code /console/}; the empty path is the page itself
   */
  Optional<File> file(String path) {
    String name = path.isEmpty() ? "index.html" : path;
    String place = OURS.matcher(name).matches() ? "console/" + name : places.get(name);
    return place == null
        ? Optional.empty()
        : Optional.ofNullable(kept.computeIfAbsent(place, ConsoleResources::read));
  }

  /** {@return how many files are kept in memory} */
  int kept() {
    return kept.size();
  }

  private static @Nullable File read(String place) {
    try (InputStream in = ConsoleResources.class.getResourceAsStream(place)) {
      if (in == null) {
        return null; // anybody may ask for any name
      }
      String ending = place.substring(place.lastIndexOf('.') + 1);
      String type = TYPES.getOrDefault(ending, "text/plain; charset=utf-8");
      return new File(in.readAllBytes(), type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
