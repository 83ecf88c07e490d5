package dev.horae.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.config.Version;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.tensor.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes where a run came from, and holds later readers to it. */
public final class Provenance {

  private Provenance() {}

  /**
   * Writes {@code provenance.json} and {@code protocol.json} of a new run; for an old one throws
   * {@link CheckpointException} when data or features are not those that it was trained on.
   */
  static void require(RunDirectory run, Dataset dataset, List<FeatureTable> features) {
    Map<String, String> inputs = inputs(dataset, features);
    if (!run.has("provenance.json")) {
      run.writeJson("protocol.json", protocol(dataset.manifest()));
      run.writeJson("provenance.json", provenance(run.config(), dataset, inputs));
      return;
    }
    requireSame(run, inputs, dataset.directory());
  }

  /**
   * Throws {@link CheckpointException} when a run that has begun read something else.
   *
   * @param inputs what {@link #inputs} says now
   * @param data where that lies
   */
  public static void requireSame(RunDirectory run, Map<String, String> inputs, Path data) {
    JsonNode before = Json.read(run.file("provenance.json"), JsonNode.class).path("inputs");
    inputs.forEach(
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

  /** {@return the hash of each file and table that a run reads, by name} */
  public static Map<String, String> inputs(Dataset dataset, List<FeatureTable> features) {
    Map<String, String> inputs = new TreeMap<>(dataset.manifest().hashes());
    for (FeatureTable table : features) {
      inputs.put(table.modality() + " features " + table.encoder(), sha256(table));
    }
    return inputs;
  }

  private static Map<String, Object> provenance(
      RunConfig config, Dataset dataset, Map<String, String> inputs) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("horae", Version.text());
    facts.put("made", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("seed", config.seed());
    facts.put("data", dataset.directory().toAbsolutePath().toString());
    facts.put("inputs", inputs);
    facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("libtorch", Version.libtorch());
    facts.put("device", config.device());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("cores", Runtime.getRuntime().availableProcessors());
    return facts;
  }

  /** {@return what {@code protocol.json} says of a run on such a data set} */
  public static Map<String, Object> protocol(Manifest manifest) {
    Map<String, Object> rules = new LinkedHashMap<>();
    rules.put("split", "leave-one-out: last event test, second last validation, rest training");
    rules.put("max_length", manifest.maxLength());
    rules.put("min_user_events", manifest.minUserEvents());
    rules.put("min_item_events", manifest.minItemEvents());
    rules.put("duplicates", manifest.duplicates());
    rules.put("equal_times", manifest.ties() == null ? "file" : manifest.ties());
    rules.put("ranking", "all items; history items compete; padding excluded");
    rules.put("ties", "rank = 1 + items that score higher + items that tie and have a lower index");
    rules.put("selection", "valid ndcg@20 rounded to 5 decimals; a tie counts as better");
    rules.put("intervals", "95 % percentile bootstrap over users, 1000 draws");
    rules.put("data", manifest.counts());
    return rules;
  }

  private static String sha256(FeatureTable table) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer bytes = ByteBuffer.allocate(4 * table.width());
      table.each(
          row -> {
            bytes.asFloatBuffer().put(row);
            digest.update(bytes.array());
          });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
