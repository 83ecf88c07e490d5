package dev.horae.train;

import com.fasterxml.jackson.databind.MappingIterator;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
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

/**
 * The catalogue that a run was trained on, in a file of its own: one item per line, the item of
 * index 1 first.
 *
 * @param events per index how often the item stands among the training events; 0 at index 0
 */
record RunItems(Catalogue catalogue, int[] events) {

  /** A line of the file. */
  private record Line(String id, String title, String brand, List<String> categories, int events) {}

  /** {@return the checksum of what was written} */
  String write(Path file) {
    CRC32C sum = new CRC32C();
    AtomicFiles.write(
        file,
        out -> {
          OutputStream checked = new BufferedOutputStream(new CheckedOutputStream(out, sum));
          for (int i = 1; i <= catalogue.size(); i++) {
            Item item = catalogue.item(i);
            Line line =
                new Line(item.id(), item.title(), item.brand(), item.categories(), events[i]);
            checked.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
          }
          checked.flush();
        });
    return Integer.toHexString((int) sum.getValue());
  }

  /**
   * @param expected what {@link #write} returned
   * @throws CheckpointException when the file is not the one that was written
   */
  static RunItems read(Path file, String expected) {
    CRC32C sum = new CRC32C();
    List<Item> items = new ArrayList<>();
    List<Integer> events = new ArrayList<>(List.of(0));
    IOException unreadable = null;
    try (InputStream in =
        new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), sum)) {
      try (MappingIterator<Line> lines = Json.MAPPER.readerFor(Line.class).readValues(in)) {
        while (lines.hasNextValue()) {
          Line line = lines.nextValue();
          items.add(new Item(line.id(), line.title(), line.brand(), line.categories(), List.of()));
          events.add(line.events());
        }
      }
    } catch (IOException | NullPointerException e) { // a damaged line may lack anything
      unreadable = e instanceof IOException cause ? cause : new IOException(e);
    }
    if (unreadable != null || !Integer.toHexString((int) sum.getValue()).equals(expected)) {
      throw new CheckpointException(
          file
              + ": is missing or not as it was written (its CRC-32C is not "
              + expected
              + "); copy the run directory again, or train anew",
          unreadable);
    }
    return new RunItems(
        new Catalogue(items), events.stream().mapToInt(Integer::intValue).toArray());
  }
}
