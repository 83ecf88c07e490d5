package dev.horae.train;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.TrainingCounts;
import dev.horae.features.FeatureStore;
import dev.horae.model.Inventory;
import dev.horae.model.SequenceModel;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Devices;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;

/**
 * What a run directory holds of its own, so that it answers histories without its data set: the
 * settings, the catalogue, how often each item was trained on, and the feature tables that the
 * model reads, each with a checksum.
 */
public record TrainedRun(
    RunDirectory directory,
    RunConfig config,
    Provenance provenance,
    Catalogue catalogue,
    TrainingCounts counts,
    List<FeatureTable> features) {

  private static final String ITEMS = "items.jsonl";
  private static final String FEATURES = "features";

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
    List<FeatureTable> features = new ArrayList<>();
    for (String[] wanted : new String[][] {{"text", config.text()}, {"image", config.image()}}) {
      if (!wanted[1].equals(Inputs.NONE)) {
        features.add(table(run, provenance, items.catalogue(), wanted[0], wanted[1]));
      }
    }
    return new TrainedRun(
        run,
        config,
        provenance,
        items.catalogue(),
        new TrainingCounts(items.events(), provenance.repeats(), provenance.others()),
        List.copyOf(features));
  }

  private static FeatureTable table(
      RunDirectory run, Provenance provenance, Catalogue catalogue, String modality, String name) {
    FeatureTable table =
        FeatureStore.read(
            FeatureStore.file(run.file(FEATURES), modality, name),
            modality,
            name,
            catalogue.size(),
            "; copy the run directory again, or train anew");
    String expected = provenance.inputs().get(Provenance.input(modality, name));
    if (!table.sha256().equals(expected)) {
      throw new CheckpointException(
          FeatureStore.file(run.file(FEATURES), modality, name)
              + ": is not the table that the run was trained on; copy the run directory again, or"
              + " train anew");
    }
    return table;
  }

  /** Puts into a run directory what {@link #open} reads, {@code provenance.json} last. */
  static Provenance write(
      RunDirectory run,
      RunConfig asked,
      Dataset dataset,
      List<FeatureTable> features,
      Map<String, String> inputs,
      Inventory inventory,
      SequenceModel model) {
    RunConfig config = asked.settled(asked.data(), name("text", features), name("image", features));
    for (FeatureTable table : features) {
      FeatureStore.copy(table, run.file(FEATURES), dataset.catalogueHash());
    }
    run.writeConfig(config); // names what was read, whoever chose it
    TrainingCounts counts = TrainingCounts.of(dataset.histories(), dataset.catalogue().size());
    String items = new RunItems(dataset.catalogue(), counts.items()).write(run.file(ITEMS));
    AtomicFiles.writeText(
        run.file("protocol.json"), Json.text(Provenance.protocol(dataset.manifest())) + "\n");
    Provenance provenance =
        Provenance.of(
            config,
            dataset,
            inputs,
            inventory,
            counts,
            model.device().str().getString(),
            Map.of(ITEMS, items));
    run.writeJson(Provenance.FILE, provenance);
    return provenance;
  }

  private static String name(String modality, List<FeatureTable> features) {
    return features.stream()
        .filter(table -> table.modality().equals(modality))
        .map(FeatureTable::encoder)
        .findFirst()
        .orElse(Inputs.NONE);
  }

  /** {@return what the model was built for} */
  public Inventory inventory() {
    return Inventory.of(catalogue, provenance.maxLength(), features, provenance.time());
  }

  /** {@return whether training went to its end: the weights of an earlier epoch recommend too} */
  public boolean finished() {
    return directory.has("metrics.json");
  }

  /** {@return the weights of the best epoch so far} */
  Safetensors weights() {
    if (!directory.has("model.safetensors")) {
      throw new CheckpointException(notTrained(directory));
    }
    return directory.weights("model.safetensors", provenance.id());
  }

  /** {@return the model of the best epoch so far, ready to encode} */
  public SequenceModel model() {
    return model(features);
  }

  /**
   * @param changed other tables than those of the run, for {@link SignalUse}
   */
  SequenceModel model(List<FeatureTable> changed) {
    if (!directory.has("model.safetensors")) {
      throw new CheckpointException(notTrained(directory));
    }
    torch.set_num_threads(1);
    SequenceModel model =
        Training.build(
            Devices.has(config.device()) ? config : config.on("cpu"), // the GPU may be elsewhere
            Inventory.of(catalogue, provenance.maxLength(), changed, provenance.time()));
    directory.loadWeights(model, "model.safetensors", provenance.id());
    model.eval();
    return model;
  }

  private static String notTrained(RunDirectory run) {
    return run.path() + ": holds no model yet; finish its first epoch with --resume " + run.path();
  }
}
