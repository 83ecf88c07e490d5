package dev.horae.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Csv;
import dev.horae.data.DataException;
import dev.horae.data.Hashes;
import dev.horae.data.Json;
import dev.horae.data.Reasons;
import dev.horae.data.WriterLock;
import dev.horae.eval.Ranking;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * One training run on disk. Every file is there whole or not at all:
 *
 * <ul>
 *   <li>{@code run.yaml}: the resolved configuration
 *   <li>{@code items.jsonl}: the catalogue, with how often each item was trained on
 *   <li>{@code features/}: the tables that the model reads, and what encodes further pictures
 *   <li>{@code provenance.json}: versions, machine, hashes of the data and of these files
 *   <li>{@code protocol.json}: how the data was split and how items are ranked
 *   <li>{@code epochs.csv}: one line per epoch; with train.tensorboard {@code tensorboard/} too
 *   <li>{@code checkpoint.safetensors}: where to resume, with the optimiser's state
 *   <li>{@code model.safetensors}: the best epoch's weights
 *   <li>{@code serving-check.json}: what the model gave some histories, see {@link ServingCheck}
 *   <li>{@code metrics.json}, {@code ranks-valid.csv}, {@code ranks-test.csv}: the result, whose
 *       checksums are in {@code provenance.json}
 * </ul>
 */
public record RunDirectory(Path path) {

  /** Names the run in what weights say of themselves. */
  static final String ID = "run";

  /** Column of {@code epochs.csv}: epochs in a row that were worse than the best so far. */
  public static final String WITHOUT_BETTER = "epochs_without_better";

  /** Where to resume. */
  static final String CHECKPOINT = "checkpoint.safetensors";

  /** Says that a run has ended, and what came of it. */
  static final String METRICS = "metrics.json";

  /** Says in a checkpoint among how many workers a batch was shared. */
  static final String WORKERS = "workers";

  private static final String EPOCHS = "epochs.csv";
  private static final String RANKS_HEADER = "user,rank,masked_rank\n";

  /** Makes a new run, see {@link #requireNew}. */
  public static RunDirectory create(Path path, RunConfig config) {
    requireNew(path);
    RunDirectory run = new RunDirectory(path);
    run.writeConfig(config);
    return run;
  }

  /** Refuses a place that has a run, or anything else. */
  public static void requireNew(Path path) {
    RunDirectory run = new RunDirectory(path);
    if (Files.exists(run.file("run.yaml"))) {
      throw new DataException(
          path
              + ": holds a run already; continue it with ``Training.resume("
              + path
              + ")``, or choose another ``out``");
    }
    if (Files.exists(path) && !isVacant(path)) {
      throw new DataException(
          path + ": is there and is no run; choose another ``out``, nothing was touched");
    }
  }

  /** Opens a run that was made before. */
  public static RunDirectory open(Path path) {
    RunDirectory run = new RunDirectory(path);
    if (!Files.exists(run.file("run.yaml"))) {
      throw new DataException(
          path + ": has no run.yaml; give a directory that ``Training.run`` made");
    }
    return run;
  }

  /** Taken by whoever writes in a run directory. */
  public static WriterLock lock(Path path) {
    return WriterLock.of(path, "wait for its end, or stop it");
  }

  /** {@return whether training has begun, by a program whose runs stand alone} */
  boolean standsAlone() {
    return has(Provenance.FILE)
        && Json.read(file(Provenance.FILE), ObjectNode.class).path("format").asInt(1) > 1;
  }

  /**
   * Reads weights into a model.
   *
   * @param run {@link Provenance#id} of this run
   * @throws CheckpointException when they are damaged or those of another run
   */
  Safetensors loadWeights(SequenceModel model, String name, String run) {
    Safetensors weights = weights(name, run);
    Checkpoint.load(model, weights, file(name));
    return weights;
  }

  /** Reads weights that are the run's own; see {@link #loadWeights}. */
  Safetensors weights(String name, String run) {
    Safetensors weights = Safetensors.read(file(name));
    String other = weights.metadata().getOrDefault(ID, run); // weights from elsewhere say nothing
    if (!other.equals(run)) {
      throw new CheckpointException(
          file(name)
              + ": belongs to another run ("
              + other
              + ", and this one is "
              + run
              + "); put back the file of this run, or train anew");
    }
    return weights;
  }

  /** {@return how many users, items and events there were, by name} */
  Map<String, Integer> dataCounts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    Json.read(file("protocol.json"), JsonNode.class)
        .path("data")
        .properties()
        .forEach(count -> counts.put(count.getKey(), count.getValue().asInt()));
    return counts;
  }

  public RunConfig config() {
    return config(List.of());
  }

  /** {@return the configuration with settings over it, {@code key=value}} */
  public RunConfig config(List<String> overrides) {
    requireModel(overrides);
    return ConfigReader.readWritten(file("run.yaml"), overrides, RunConfig.class);
  }

  /** With another model hardly a setting of the run would have a meaning. */
  private void requireModel(List<String> overrides) {
    for (String setting : overrides) {
      String type = setting.replaceFirst("^\\s*model[.]type\\s*=", "").strip();
      if (type.length() < setting.strip().length()) {
        String own = config().model().name();
        if (!type.equals(own)) {
          throw new ConfigException(
              "``settings``: model.type = %s, but %s is a run of %s and has the settings of no other model; leave it out, or train anew"
                  .formatted(type, path, own));
        }
      }
    }
  }

  /** {@return whether it is of these settings, to each} */
  boolean hasSettings(RunConfig config) {
    return ConfigWriter.values(config()).equals(ConfigWriter.values(config));
  }

  public Path file(String name) {
    return path.resolve(name);
  }

  void delete(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file(name), e);
    }
  }

  /** Takes away what says that the run has ended, and what its model answered then. */
  void deleteResult() {
    delete(METRICS);
    delete(ServingCheck.FILE);
  }

  /** {@return whether the run has the file} */
  public boolean has(String name) {
    return Files.exists(file(name));
  }

  /** {@return whether a network has trained an epoch: the run's own, or one that lies within it} */
  public boolean hasCheckpoint() {
    return has(CHECKPOINT)
        || CountingTraining.TOWERS.stream().anyMatch(name -> has(name + "/" + CHECKPOINT));
  }

  /**
   * {@return what is to be said before networks that other workers have trained so far go on: their
   * bits depend on how many share a batch; empty where they are as many, or were never written
   * down}
   *
   * @param workers {@link Training#workers} from now on
   */
  public Optional<String> otherWorkers(int workers) {
    return Stream.concat(Stream.of(""), CountingTraining.TOWERS.stream().map(name -> name + "/"))
        .map(folder -> file(folder + CHECKPOINT))
        .filter(Files::exists)
        .flatMap(file -> Stream.ofNullable(Safetensors.read(file).metadata().get(WORKERS)))
        .filter(earlier -> !earlier.equals("" + workers))
        .findFirst()
        .map(
            earlier ->
                "warning: %s workers (of all nodes together) have trained it so far, and %s go on: its bits will be others than those of a run that was not stopped"
                    .formatted(earlier, workers));
  }

  void writeConfig(RunConfig config) {
    AtomicFiles.writeText(file("run.yaml"), ConfigWriter.yaml(config));
  }

  void writeWeights(String name, Safetensors weights) {
    AtomicFiles.write(file(name), weights::write);
  }

  void writeJson(String name, Object value) {
    Json.write(file(name), value);
  }

  /**
   * Writes what came of a run that has ended: {@code metrics.json} last, for it says that all is
   * there.
   */
  void writeResult(RunReport report, List<String> users, Ranking valid, Ranking test) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("ranks-valid.csv", ranks(users, valid));
    texts.put("ranks-test.csv", ranks(users, test));
    texts.put(METRICS, Json.text(report) + "\n");
    ObjectNode provenance = Json.read(file(Provenance.FILE), ObjectNode.class);
    ObjectNode checksums = provenance.withObject("/checksums");
    texts.forEach(
        (name, text) -> checksums.put(name, checksum(text.getBytes(StandardCharsets.UTF_8))));
    delete(METRICS); // of before: with other checksums it would pass for damaged
    writeJson(Provenance.FILE, provenance);
    texts.forEach((name, text) -> AtomicFiles.writeText(file(name), text));
  }

  /** {@return CRC-32C of a file} */
  String checksum(String name) {
    return checksum(bytes(name, "; copy the run directory again, or train anew"));
  }

  /** Throws {@link CheckpointException} when a file is not as it was written. */
  void requireChecksum(String name, String expected) {
    String found = checksum(name);
    if (!found.equals(expected)) {
      throw new CheckpointException(
          file(name)
              + ": is not as it was written (its CRC-32C is "
              + found
              + ", not "
              + expected
              + "); copy the run directory again, or train anew");
    }
  }

  private static String checksum(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return Hashes.digits(sum);
  }

  /** {@return a user's rank per line: {@code user,rank,masked_rank}} */
  private static String ranks(List<String> users, Ranking ranking) {
    StringBuilder text = new StringBuilder(RANKS_HEADER);
    for (int i = 0; i < ranking.users().length; i++) {
      text.append(Csv.cell(users.get(ranking.users()[i])))
          .append(',')
          .append(ranking.ranks()[i])
          .append(',')
          .append(ranking.maskedRanks()[i])
          .append('\n');
    }
    return text.toString();
  }

  /** One user after the other, 1 = best; {@code maskedRanks} without the items of their history. */
  public record Ranks(int[] ranks, int[] maskedRanks) {}

  /**
   * Reads the ranks that {@link #writeResult} wrote.
   *
   * @param users whose places are expected, in this order
   */
  public Ranks readRanks(String name, List<String> users) {
    String text = readResult(name);
    int[] ranks = new int[users.size()];
    int[] masked = new int[users.size()];
    int at = RANKS_HEADER.length();
    for (int i = 0; i < ranks.length; i++) {
      String expected = Csv.cell(users.get(i)) + ",";
      int end = text.indexOf('\n', at + expected.length());
      String[] places =
          end > 0 && text.startsWith(expected, at)
              ? text.substring(at + expected.length(), end).split(",")
              : new String[0];
      if (places.length != 2 || !places[0].matches("\\d{1,9}") || !places[1].matches("\\d{1,9}")) {
        throw new DataException(
            file(name)
                + ": has no ranks of user "
                + users.get(i)
                + " where they should be; "
                + anew());
      }
      ranks[i] = Integer.parseInt(places[0]);
      masked[i] = Integer.parseInt(places[1]);
      at = end + 1;
    }
    if (at < text.length()) {
      throw new DataException(
          file(name) + ": has more ranks than the data set has test users; " + anew());
    }
    return new Ranks(ranks, masked);
  }

  /** Runs of before there were checksums of the result have none, and are taken as they are. */
  private String readResult(String name) {
    String expected =
        has(Provenance.FILE)
            ? Json.read(file(Provenance.FILE), ObjectNode.class)
                .path("checksums")
                .path(name)
                .asText("")
            : "";
    byte[] bytes = bytes(name, "; " + anew());
    if (!expected.isEmpty() && !expected.equals(checksum(bytes))) {
      throw new DataException(
          file(name)
              + ": is not as it was written (its CRC-32C is not "
              + expected
              + "); copy it again, or "
              + anew());
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private byte[] bytes(String name, String repair) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new DataException(file(name) + ": cannot be read: " + Reasons.of(e) + repair, e);
    }
  }

  /** How the result of a run comes back. */
  private String anew() {
    return "remove "
        + file(METRICS)
        + " and write the result anew with: ``Training.resume("
        + path
        + ")``";
  }

  /**
   * Adds the line of an epoch, and drops lines of that epoch and later ones from before a crash.
   * What is measured may change: the cells of epochs that lack it are empty.
   *
   * @param epoch from 0; the file counts from 1
   */
  void writeEpoch(int epoch, Map<String, String> cells) {
    List<String> file = epochFile();
    SortedMap<Integer, Map<String, String>> all = epochCells(file);
    Set<String> names = new LinkedHashSet<>(cells.keySet());
    names.addAll(figureNames(file));
    all.tailMap(epoch + 1).clear();
    all.put(epoch + 1, cells);
    List<String> lines = new ArrayList<>(List.of("epoch," + String.join(",", names)));
    all.forEach(
        (number, own) ->
            lines.add(
                number
                    + names.stream()
                        .map(name -> "," + own.getOrDefault(name, ""))
                        .collect(Collectors.joining())));
    AtomicFiles.writeText(file(EPOCHS), String.join("\n", lines) + "\n");
  }

  /** {@return how many epochs were finished} */
  public int epochs() {
    List<String> file = epochFile();
    return file.size() < 2 ? 0 : number(file.get(file.size() - 1));
  }

  /** A figure of an epoch, from 1. */
  public record Figure(int epoch, double value) {}

  /**
   * {@return a figure, epoch by epoch; none where it was not measured}
   *
   * @param name such as {@code valid_ndcg@20}
   * @throws DataException when the file of epochs is not as it was written
   */
  public List<Figure> figures(String name) {
    List<Figure> figures = new ArrayList<>();
    for (Map.Entry<Integer, Map<String, String>> epoch : epochCells(epochFile()).entrySet()) {
      String cell = epoch.getValue().getOrDefault(name, "");
      try {
        if (!cell.isEmpty()) {
          figures.add(new Figure(epoch.getKey(), Double.parseDouble(cell)));
        }
      } catch (NumberFormatException e) {
        throw new DataException(
            "%s: %s of epoch %s is no number: %s"
                .formatted(file(EPOCHS), name, epoch.getKey(), cell),
            e);
      }
    }
    return figures;
  }

  /** {@return what was measured in any epoch, see {@link #figures}} */
  public List<String> figureNames() {
    return figureNames(epochFile());
  }

  private static List<String> figureNames(List<String> epochFile) {
    return epochFile.stream()
        .limit(1)
        .flatMap(names -> Stream.of(names.split(",", -1)).skip(1)) // that of the epoch itself
        .toList();
  }

  /**
   * {@return what was measured in each epoch, from 1, by name} Of an epoch whose line is not as
   * long as that of the names, which an earlier version replaced when what is measured changed,
   * nothing can be told.
   */
  private static SortedMap<Integer, Map<String, String>> epochCells(List<String> epochFile) {
    SortedMap<Integer, Map<String, String>> all = new TreeMap<>();
    List<String> names = figureNames(epochFile);
    epochFile.stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .forEach(
            cells -> {
              Map<String, String> own = new LinkedHashMap<>();
              for (int c = 1; c < cells.length && cells.length == names.size() + 1; c++) {
                own.put(names.get(c - 1), cells[c]);
              }
              all.put(Integer.valueOf(cells[0]), own);
            });
    return all;
  }

  /** {@return the lines of the file, the names first; none where there is no file} */
  private List<String> epochFile() {
    if (!has(EPOCHS)) {
      return List.of();
    }
    String repair = "; put it back, or remove it, and only the figures of past epochs are lost";
    List<String> lines = new String(bytes(EPOCHS, repair), StandardCharsets.UTF_8).lines().toList();
    for (int i = 0; i < Math.max(1, lines.size()); i++) {
      boolean asWritten =
          i < lines.size()
              && lines.get(i).matches(i == 0 ? "epoch,.*" : "\\d{1,9},.*")
              && (i < 2 || number(lines.get(i)) == number(lines.get(i - 1)) + 1);
      if (!asWritten) {
        throw new DataException(
            file(EPOCHS) + ":" + (i + 1) + ": is not as training wrote it" + repair);
      }
    }
    return lines;
  }

  private static int number(String line) {
    return Integer.parseInt(line.substring(0, line.indexOf(',')));
  }

  /** {@return what came of the run; empty when it has not ended} */
  public Optional<RunReport> report() {
    if (!has(METRICS)) { // which is written last
      return Optional.empty();
    }
    readResult(METRICS);
    RunReport report = Json.read(file(METRICS), RunReport.class);
    Optional<String> missing = report.missing();
    if (missing.isPresent()) {
      throw new DataException(
          file(METRICS) + ": lacks figures of a run (" + missing.get() + "); " + anew());
    }
    return Optional.of(report);
  }

  /** {@return whether a directory has nothing but what a writer that was stopped left of itself} */
  private static boolean isVacant(Path path) {
    AtomicFiles.sweep(path);
    try (var entries = Files.list(path)) {
      return entries.allMatch(path.resolve(WriterLock.NAME)::equals);
    } catch (IOException e) {
      return false;
    }
  }
}
