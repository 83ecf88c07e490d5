package dev.horae.run;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.data.TrainingCounts;
import dev.horae.features.ContentEncoder;
import dev.horae.features.FeatureStore;
import dev.horae.features.PictureEncoder;
import dev.horae.features.PictureEncoderFile;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Devices;
import dev.horae.tensor.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.pytorch.global.torch;

/**
 * What a run directory holds of its own, so that it answers histories without its data set: the
 * settings, the catalogue, how often each item was trained on, and the feature tables that the
 * model reads, each with a checksum.
 *
 * @param catalogue the items that the model was trained on, N
 * @param features tables of these items
 * @param allItems the same, and behind them the cold items that the model scores by their content
 * @param allFeatures tables of these
 */
public record TrainedRun(
    RunDirectory directory,
    RunConfig config,
    Provenance provenance,
    Catalogue catalogue,
    TrainingCounts counts,
    List<FeatureTable> features,
    Catalogue allItems,
    List<FeatureTable> allFeatures) {

  /** What is to be known of a run that has not {@link #finished}. */
  public static final String UNFINISHED =
      "its training has not ended; this is its best epoch so far";

  private static final String ITEMS = "items.jsonl";
  private static final String FEATURES = "features";
  static final String MODEL = "model.safetensors";

  /**
   * Opens a run that has begun.
   *
   * @throws CheckpointException when a file is missing, damaged, or of another run
   */
  public static TrainedRun open(RunDirectory run) {
    if (!run.has(Provenance.FILE)) {
      throw new CheckpointException(notTrained(run));
    }
    Provenance provenance = Provenance.read(run);
    RunConfig config = run.config();
    provenance.requireSettings(run, config);
    RunItems items =
        RunItems.read(run.file(ITEMS), provenance.checksums().getOrDefault(ITEMS, "none"));
    List<FeatureTable> all = new ArrayList<>();
    config
        .tables()
        .forEach((modality, name) -> all.add(table(run, provenance, items, modality, name)));
    return new TrainedRun(
        run,
        config,
        provenance,
        items.cold() == 0
            ? items.catalogue()
            : new Catalogue(items.catalogue().items().subList(0, items.trained())),
        new TrainingCounts(items.events(), provenance.repeats(), provenance.others()),
        all.stream().map(table -> table.first(items.trained() + 1)).toList(),
        items.catalogue(),
        List.copyOf(all));
  }

  private static FeatureTable table(
      RunDirectory run, Provenance provenance, RunItems items, String modality, String name) {
    FeatureTable table =
        FeatureStore.read(
            FeatureStore.file(run.file(FEATURES), modality, name),
            modality,
            name,
            items.catalogue().size(),
            "; copy the run directory again, or train anew");
    String input = Provenance.input(modality, name);
    String expected = provenance.checksums().getOrDefault(input, provenance.inputs().get(input));
    if (!table.sha256().equals(expected)) {
      throw new CheckpointException(
          FeatureStore.file(run.file(FEATURES), modality, name)
              + ": is not the table that the run was trained on; copy the run directory again, or"
              + " train anew");
    }
    return table.measuredOn(items.trained() + 1);
  }

  /** Puts into a run directory what {@link #open} reads, {@code provenance.json} last. */
  static Provenance write(
      RunDirectory run,
      RunConfig asked,
      Dataset dataset,
      List<FeatureTable> features,
      Map<String, String> inputs,
      DataSpec dataSpec,
      String device) {
    RunConfig config = asked.settled(asked.data(), name("text", features), name("image", features));
    Map<String, String> checksums = new TreeMap<>();
    Catalogue all = writeFeatures(run, dataset, features, checksums);
    writePictureEncoder(run, dataset, features, checksums);
    run.writeConfig(config); // names what was read, whoever chose it
    int trained = dataset.catalogue().size();
    TrainingCounts counts = TrainingCounts.of(dataset.split(), trained);
    RunItems items = new RunItems(all, counts.items(), all.size() - trained);
    checksums.put(ITEMS, items.write(run.file(ITEMS)));
    AtomicFiles.writeText(
        run.file("protocol.json"),
        Json.text(Provenance.protocol(dataset.manifest(), config.tieSeed())) + "\n");
    Provenance provenance =
        Provenance.of(config, dataset, inputs, dataSpec, counts, device, checksums);
    run.writeJson(Provenance.FILE, provenance);
    return provenance;
  }

  /**
   * Cold items come along where the model can score them and a table has something of them.
   *
   * @param checksums gets those of tables that hold more rows than the model was trained on
   * @return the items of the tables
   */
  private static Catalogue writeFeatures(
      RunDirectory run,
      Dataset dataset,
      List<FeatureTable> features,
      Map<String, String> checksums) {
    Path directory = run.file(FEATURES);
    String hash = dataset.catalogueHash();
    int trained = dataset.catalogue().size();
    Catalogue items = dataset.allItems();
    if (items.size() == trained || features.isEmpty()) {
      features.forEach(table -> FeatureStore.copy(table, directory, hash));
      return dataset.catalogue();
    }
    List<FeatureTable> all =
        features.stream()
            .map(table -> FeatureStore.readAll(dataset, table.modality(), table.encoder()))
            .toList();
    BitSet kept = new BitSet();
    kept.set(0, trained + 1);
    all.forEach(table -> addFilled(table, kept));
    for (FeatureTable table : all) {
      FeatureStore.copy(table, kept, directory, hash);
      FeatureTable written =
          FeatureStore.read(
              FeatureStore.file(directory, table.modality(), table.encoder()),
              table.modality(),
              table.encoder(),
              kept.cardinality() - 1,
              "; train again");
      checksums.put(Provenance.input(table.modality(), table.encoder()), written.sha256());
    }
    return new Catalogue(kept.stream().skip(1).mapToObj(items::item).toList());
  }

  /** So that pictures which come later can be encoded as those of the run were. */
  private static void writePictureEncoder(
      RunDirectory run,
      Dataset dataset,
      List<FeatureTable> features,
      Map<String, String> checksums) {
    String name = name("image", features);
    if (!FeatureStore.names(dataset, "image").contains(name)) { // none, or a table in memory
      return;
    }
    PictureEncoderFile.of(FeatureStore.readAll(dataset, "image", name))
        .ifPresent(
            file -> {
              String copy = FEATURES + "/" + PictureEncoderFile.name(name);
              AtomicFiles.write(run.file(copy), out -> Files.copy(file, out));
              checksums.put(copy, run.checksum(copy));
            });
  }

  private static void addFilled(FeatureTable table, BitSet kept) {
    int[] next = {0};
    table.each(
        row -> {
          int item = next[0]++;
          for (int k = 0; k < row.length && !kept.get(item); k++) {
            kept.set(item, row[k] != 0);
          }
        });
  }

  /** {@return what made the table of {@code modality}, or none} */
  static String name(String modality, List<FeatureTable> features) {
    return features.stream()
        .filter(table -> table.modality().equals(modality))
        .map(FeatureTable::encoder)
        .findFirst()
        .orElse(RunConfig.NONE);
  }

  /**
   * {@return what encodes further items as those of the tables were; the caller's to close} Takes
   * about a second.
   */
  public ContentEncoder contentEncoder() {
    return ContentEncoder.of(allItems, allFeatures, this::pictureEncoder);
  }

  private Optional<PictureEncoder> pictureEncoder() {
    String name = FEATURES + "/" + PictureEncoderFile.name(config.image());
    String expected = provenance.checksums().get(name);
    if (expected == null) { // made before runs kept it, or of vectors from a file
      return Optional.empty();
    }
    directory.requireChecksum(name, expected);
    return Optional.of(PictureEncoderFile.open(directory.file(name)));
  }

  /** {@return what the model was built for} */
  public DataSpec dataSpec() {
    return DataSpec.of(catalogue, provenance.maxLength(), features, provenance.time());
  }

  /** {@return whether training went to its end: the weights of an earlier epoch recommend too} */
  public boolean finished() {
    return directory.has(RunDirectory.METRICS);
  }

  /** {@return the weights of the best epoch so far} */
  Safetensors weights() {
    if (!directory.has(MODEL)) {
      throw new CheckpointException(notTrained(directory));
    }
    return directory.weights(MODEL, provenance.id());
  }

  /**
   * {@return what scores the items that the model was trained on: the network of the best epoch so
   * far, or the heuristic baseline; it is the caller's to close}
   */
  public Scorer scorer() {
    return scorer(features);
  }

  /**
   * {@return what scores with some tables}
   *
   * @param tables those of the run, or changed ones for {@link PermutationImportance}
   */
  Scorer scorer(List<FeatureTable> tables) {
    Safetensors weights = weights();
    if (!(config.model() instanceof NetworkConfig)) {
      return counting(weights, catalogue, tables);
    }
    SequenceModel model = untrained(catalogue, tables);
    Checkpoint.load(model, weights, directory.file(MODEL));
    return NetworkScorer.owning(model, provenance.maxLength());
  }

  /** {@return what scores {@link #allItems}} */
  public Scorer scorerOfAllItems() {
    if (allItems.size() == catalogue.size()) {
      return scorer();
    }
    return config.model() instanceof NetworkConfig
        ? NetworkScorer.owning(networkOfAllItems(), provenance.maxLength(), catalogue.size() + 1L)
        : counting(weights(), allItems, allFeatures);
  }

  private Scorer counting(Safetensors weights, Catalogue items, List<FeatureTable> tables) {
    return CountingTraining.open(
        directory, config.model(), weights, items, catalogue.size(), tables);
  }

  /**
   * {@return the network for {@link #allItems}: what belongs to a cold item itself, such as its
   * id's vector, is the mean of that of the items with the most similar content}
   */
  private SequenceModel networkOfAllItems() {
    Safetensors weights = weights();
    Catalogue items = withKnownCategories();
    torch.manual_seed(config.seed()); // of a cold item that is similar to nothing
    SequenceModel model = untrained(items, allFeatures);
    List<String> missing = WarmStart.apply(model, items, allFeatures, weights, catalogue).anew();
    if (!missing.isEmpty()) {
      throw new CheckpointException(
          directory.file(MODEL)
              + ": lacks "
              + String.join(", ", missing)
              + ", or has it in another shape; copy the run directory again, or train anew");
    }
    model.placeItemsFrom(catalogue.size() + 1L);
    return model;
  }

  /**
   * {@return why the model can score no item that it was not trained on; empty when it can score
   * one of which its tables, or for our own model its words, say something}
   */
  public Optional<String> whyNoNewItems() {
    return NewItem.problem(this);
  }

  /**
   * {@return the same run with more cold items behind all others; no file changes}
   *
   * @throws DataException when one of them is in the run, or cannot be scored
   */
  public TrainedRun with(List<NewItem> more) {
    return NewItem.added(this, more);
  }

  /**
   * @param items begin with those that the model was trained on
   * @param tables of these
   */
  TrainedRun of(Catalogue items, List<FeatureTable> tables) {
    return new TrainedRun(
        directory, config, provenance, catalogue, counts, features, items, tables);
  }

  /**
   * {@return the histories that a model which counts has counted; empty for a network, which keeps
   * none}
   */
  public Optional<Histories> trainingHistories() {
    return config.model() instanceof NetworkConfig
        ? Optional.empty()
        : Optional.of(TrainingHistories.load(weights(), catalogue.size(), directory.file(MODEL)));
  }

  /** {@return how many cold items of the data set cannot be recommended} */
  public int coldItemsLeftOut() {
    return provenance.coldItems() - (allItems.size() - catalogue.size());
  }

  private SequenceModel untrained(Catalogue items, List<FeatureTable> tables) {
    torch.set_num_threads(1);
    return NetworkTraining.build(
        Devices.has(config.device()) ? config : config.on("cpu"), // the GPU may be elsewhere
        DataSpec.of(items, provenance.maxLength(), tables, provenance.time()));
  }

  /** Nothing was learnt of a category that only cold items have. */
  private Catalogue withKnownCategories() {
    Set<String> known = catalogue.categoryIndex().keySet();
    return new Catalogue(
        allItems.items().stream()
            .map(
                item ->
                    new Item(
                        item.id(),
                        item.title(),
                        item.brand(),
                        item.categories().stream().filter(known::contains).toList(),
                        List.of()))
            .toList());
  }

  private static String notTrained(RunDirectory run) {
    return run.path() + ": holds no model yet; go on with ``Training.resume(" + run.path() + ")``";
  }
}
