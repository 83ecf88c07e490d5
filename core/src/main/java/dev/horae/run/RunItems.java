package dev.horae.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.MappingIterator;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.Hashes;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.tensor.CheckpointException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue that a run recommends from, in a file of its own: one item per line, the item of
 * index 1 first, the cold items last.
 *
 * @param events per index how often the item stands among the training events, those that are not
 *     cold only; 0 at index 0
 * @param cold how many items are cold
 */
record RunItems(Catalogue catalogue, int[] events, int cold) {

  /**
   * A line of the file.
   *
   * @param cold true, or null, and then the line does not name it
   */
  private record Line(
      String id,
      String title,
      String brand,
      List<String> categories,
      int events,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean cold) {}

  /** {@return how many items the model was trained on, N} */
  int trained() {
    return catalogue.size() - cold;
  }

  /** {@return the checksum of what was written} */
  String write(Path file) {
    CRC32C sum = new CRC32C();
    AtomicFiles.write(
        file,
        out -> {
          OutputStream checked = new BufferedOutputStream(new CheckedOutputStream(out, sum));
          for (int i = 1; i <= catalogue.size(); i++) {
            Item item = catalogue.item(i);
            boolean isCold = i > trained();
            Line line =
                new Line(
                    item.id(),
                    item.title(),
                    item.brand(),
                    item.categories(),
                    isCold ? 0 : events[i],
                    isCold ? true : null);
            checked.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
          }
          checked.flush();
        });
    return Hashes.digits(sum);
  }

  /**
   * @param expected what {@link #write} returned
   * @throws CheckpointException when the file is not the one that was written
   */
  static RunItems read(Path file, String expected) {
    CRC32C sum = new CRC32C();
    List<Item> items = new ArrayList<>();
    List<Integer> events = new ArrayList<>(List.of(0));
    int cold = 0;
    IOException unreadable = null;
    try (InputStream in =
        new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), sum)) {
      try (MappingIterator<Line> lines = Json.MAPPER.readerFor(Line.class).readValues(in)) {
        while (lines.hasNextValue()) {
          Line line = lines.nextValue();
          items.add(new Item(line.id(), line.title(), line.brand(), line.categories(), List.of()));
          if (line.cold() == null) {
            events.add(line.events());
          } else {
            cold++;
          }
        }
      }
    } catch (IOException | NullPointerException e) { // a damaged line may lack anything
      unreadable = e instanceof IOException cause ? cause : new IOException(e);
    }
    if (unreadable != null || !Hashes.digits(sum).equals(expected)) {
      throw new CheckpointException(
          file
              + ": is missing or not as it was written (its CRC-32C is not "
              + expected
              + "); copy the run directory again, or train anew",
          unreadable);
    }
    return new RunItems(
        new Catalogue(items), events.stream().mapToInt(Integer::intValue).toArray(), cold);
  }
}
