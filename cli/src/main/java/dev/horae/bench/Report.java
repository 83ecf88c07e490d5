package dev.horae.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything that a bench found; its JSON is what {@code horae bench --json} writes.
 *
 * @param version of Horae
 * @param data what it was measured on
 * @param machine what {@code horae doctor} says, part by part
 * @param seconds how long each part was measured, about
 * @param peak what the machine can do at best
 * @param rates of what is done with data before a model sees it
 * @param models in the order in which they were asked for
 */
public record Report(
    String version,
    Data data,
    Map<String, String> machine,
    double seconds,
    MatrixPeak peak,
    List<Rate> rates,
    List<ModelSpeed> models) {

  /** A part that a file lacks, or has as null, is not taken for nothing. */
  private static final ObjectReader READER =
      Json.MAPPER
          .readerFor(Report.class)
          .with(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  public Report {
    Stream.of(version, data, machine, peak).forEach(Objects::requireNonNull);
    rates = List.copyOf(rates);
    models = List.copyOf(models);
  }

  /**
   * A data set.
   *
   * @param name followed by a remark where it is made up
   */
  public record Data(String name, int users, int items, int events) {

    public static Data of(Dataset dataset, boolean synthetic) {
      return new Data(
          dataset.manifest().name() + (synthetic ? " (synthetic)" : ""),
          dataset.histories().users(),
          dataset.catalogue().size(),
          dataset.histories().events());
    }

    /** {@return such as {@code games: 24,303 users, 10,672 items, 231,780 events}} */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s: %,d users, %,d items, %,d events", name, users, items, events);
    }
  }

  /**
   * Reads what {@code horae bench --json} wrote.
   *
   * @throws DataException when the file is missing, or no such report
   */
  public static Report read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": is no file; give a report that 'horae bench --json' wrote");
    }
    JsonNode tree = Json.read(file, JsonNode.class);
    try {
      return READER.readValue(tree);
    } catch (JsonMappingException e) {
      String where =
          e.getPath().stream()
              .map(at -> at.getFieldName() == null ? "[" + at.getIndex() + "]" : at.getFieldName())
              .collect(Collectors.joining("."));
      throw new DataException(
          file
              + ": is no report of this version's bench"
              + (where.isEmpty() ? "" : ", which has " + where + " otherwise")
              + "; measure again, with this version, and keep that report",
          e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /**
   * Before anything is measured.
   *
   * @param file of this report, for the message
   * @throws DataException when this report is of other data
   */
  public void requireSameData(Path file, Data now) {
    if (!data.equals(now)) {
      throw new DataException(
          file
              + ": was measured on "
              + data
              + ", and this is "
              + now
              + "; compare on the same data");
    }
  }

  /**
   * {@return of HM4SR, whose operations can be counted, the share that they are of what all workers
   * together can multiply in float32; empty where it was not measured}
   */
  @JsonProperty
  public Map<String, Double> sharesOfPeak() {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (ModelSpeed model : models) {
      TrainingSpeed training = model.training();
      Double speed = training == null ? null : training.gigaflopsPerSecond();
      if (speed != null) {
        shares.put(model.model(), speed / peak.float32All());
      }
    }
    return shares;
  }
}
