package dev.horae.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Version;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Hashes;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.TrainingCounts;
import dev.horae.sequence.DataSpec;
import dev.horae.tensor.CheckpointException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code provenance.json} of a run says: where the run came from, and what its other files
 * must be to belong to it.
 *
 * @param format version of the run directory's layout, {@link #FORMAT}; 0 in runs of before there
 *     was a number
 * @param id hash of all that decides the weights, which carry it too
 * @param data where the data set lay
 * @param settings every setting by dotted key
 * @param inputs SHA-256 of each file and table that was read, by name; the id of the run whose
 *     weights it started from
 * @param checksums CRC-32C of files of the run, by name; SHA-256 of feature tables that hold cold
 *     items too, and so are more than what was trained on
 * @param coldItems how many items without events the data set keeps, see {@link TrainedRun}; 0 in
 *     runs of before it was written
 * @param maxLength most events of a history that the model sees, L
 * @param time what the event log says about time
 * @param repeats see {@link TrainingCounts}
 * @param others likewise
 * @param device where it was trained, such as {@code cpu} or {@code cuda:0}
 */
public record Provenance(
    int format,
    String id,
    String horae,
    String made,
    long seed,
    String data,
    Map<String, String> settings,
    Map<String, String> inputs,
    Map<String, String> checksums,
    int coldItems,
    int maxLength,
    DataSpec.TimeRange time,
    long repeats,
    long others,
    String device,
    String java,
    String libtorch,
    String system,
    int cores) {

  /** 1 lacked items and feature tables, and said so nowhere. */
  static final int FORMAT = 2;

  static final String FILE = "provenance.json";
  static final String SPLIT = "split";

  /** Settings that say where a run is trained and how it is watched, not what comes of it. */
  public static final Set<String> PLACE =
      Set.of("data", "device", "train.workers", "train.tensorboard");

  /** Settings that may change while a run goes on: its place, and how long it is trained. */
  static final Set<String> FREE =
      Stream.concat(PLACE.stream(), Stream.of("train.epochs", "train.patience"))
          .collect(Collectors.toUnmodifiableSet());

  static Provenance of(
      RunConfig config,
      Dataset dataset,
      Map<String, String> inputs,
      DataSpec dataSpec,
      TrainingCounts counts,
      String device,
      Map<String, String> checksums) {
    Map<String, String> settings = ConfigWriter.values(config);
    return new Provenance(
        FORMAT,
        id(settings, inputs),
        Version.text(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        config.seed(),
        dataset.directory().toAbsolutePath().toString(),
        settings,
        inputs,
        checksums,
        dataset.allItems().size() - dataset.catalogue().size(),
        dataSpec.length(),
        dataSpec.time(),
        counts.repeats(),
        counts.others(),
        device,
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        Version.libtorch(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors());
  }

  private static String id(Map<String, String> settings, Map<String, String> inputs) {
    Map<String, String> deciding = new TreeMap<>(inputs);
    settings.forEach((key, value) -> deciding.put("setting " + key, value));
    FREE.forEach(key -> deciding.remove("setting " + key));
    return Hashes.sha256(deciding.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /**
   * Reads the file of a run that has begun.
   *
   * @throws CheckpointException when a newer program made the run, or an older one whose runs did
   *     not stand alone
   */
  static Provenance read(RunDirectory run) {
    Path file = run.file(FILE);
    int format = Json.read(file, ObjectNode.class).path("format").asInt(1);
    if (format > FORMAT) {
      throw new CheckpointException(
          "%s: a newer Horae made this run (format %s; this one reads %s); use that one, or train anew"
              .formatted(run.path(), format, FORMAT));
    }
    if (format < FORMAT) {
      throw new CheckpointException(
          "%s: an older Horae made this run, which does not stand alone yet (format %s; this one reads %s); ``Training.resume(%s)`` completes it while its data set is as it was"
              .formatted(run.path(), format, FORMAT, run.path()));
    }
    Provenance read = Json.read(file, Provenance.class);
    if (read.id == null
        || read.settings == null
        || read.inputs == null
        || read.checksums == null
        || read.time == null) {
      throw new CheckpointException(
          file + ": lacks what format " + FORMAT + " has; copy the run again, or train anew");
    }
    return read;
  }

  /** Throws when {@code run.yaml} is no longer what the run was made with. */
  void requireSettings(RunDirectory run, RunConfig config) {
    List<String> changed = new ArrayList<>();
    Map<String, String> found = ConfigWriter.values(config);
    settings.forEach(
        (key, value) -> {
          if (!FREE.contains(key) && found.containsKey(key) && !found.get(key).equals(value)) {
            changed.add(key + " = " + found.get(key) + " and was " + value);
          }
        });
    if (!Objects.equals(
        found.get("model.type"), settings.get("model.type"))) { // and so all that follows
      changed.removeIf(text -> !text.startsWith("model.type "));
    }
    if (!changed.isEmpty()) {
      throw new CheckpointException(
          run.file("run.yaml")
              + ": was changed after training began: "
              + String.join(", ", changed)
              + "; set it back, or train anew with other settings");
    }
  }

  /**
   * Throws {@link CheckpointException} when a run that has begun read something else.
   *
   * @param inputs what {@link #inputs} says now
   * @param data where that lies
   */
  public static void requireSame(RunDirectory run, Map<String, String> inputs, Path data) {
    JsonNode before = Json.read(run.file(FILE), JsonNode.class).path("inputs");
    Map<String, String> now = new TreeMap<>(inputs);
    now.putIfAbsent(SPLIT, ""); // leave-one-out, which a run of a split by time is not
    now.forEach(
        (name, hash) -> {
          if (!before.path(name).asText().equals(hash)) {
            throw new CheckpointException(
                run.path()
                    + ": was trained on another "
                    + name
                    + " than "
                    + data
                    + " holds now; prepare and encode the data as before, or train anew");
          }
        });
  }

  /**
   * {@return the hash of each file and table that a run reads, by name; and its split, where that
   * is not leave-one-out}
   */
  public static Map<String, String> inputs(Dataset dataset, List<FeatureTable> features) {
    Map<String, String> inputs = new TreeMap<>(dataset.manifest().hashes());
    if (dataset.manifest().cut() != null) {
      inputs.put(SPLIT, dataset.manifest().splitName());
    }
    for (FeatureTable table : features) {
      inputs.put(input(table.modality(), table.encoder()), table.sha256());
    }
    return inputs;
  }

  static String input(String modality, String encoder) {
    return modality + " features " + encoder;
  }

  /**
   * {@return what {@code protocol.json} says of a run on such a data set}
   *
   * @param tieSeed see {@link RunConfig}
   */
  public static Map<String, Object> protocol(Manifest manifest, long tieSeed) {
    Map<String, Object> rules = new LinkedHashMap<>();
    rules.put(
        "split",
        manifest.splitName()
            + (manifest.cut() == null
                ? ": last event test, second last validation, rest training"
                : ": first event from then on test, last event before validation, all earlier"
                    + " training; targets that nobody had before are reported apart"));
    rules.put("max_length", manifest.maxLength());
    rules.put("min_user_events", manifest.minUserEvents());
    rules.put("min_item_events", manifest.minItemEvents());
    rules.put("duplicates", manifest.duplicates());
    String prepared = manifest.ties() == null ? "file" : manifest.ties();
    rules.put("equal_times", tieSeed == 0 ? prepared : "random, seed " + tieSeed);
    rules.put("ranking", "all items; history items compete; padding excluded");
    rules.put("ties", "rank = 1 + items that score higher + items that tie and have a lower index");
    rules.put("selection", "valid ndcg@20 rounded to 5 decimals; a tie counts as better");
    rules.put("intervals", "95 % percentile bootstrap over users, 1000 draws");
    rules.put("data", manifest.counts());
    return rules;
  }
}
