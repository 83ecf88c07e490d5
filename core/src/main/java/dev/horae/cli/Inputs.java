package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.features.FeatureStore;
import dev.horae.prep.PreparedDataset;
import dev.horae.train.RunConfig;
import dev.horae.train.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a run reads: the data set, and the feature tables that its configuration names. */
record Inputs(RunConfig config, Dataset dataset, List<FeatureTable> features) {

  private static final String NONE = "none";

  /** Opens the data set and settles {@code auto}, so that {@code run.yaml} says what was used. */
  static Inputs open(RunConfig config, Path data) {
    Dataset dataset = PreparedDataset.open(data);
    RunConfig settled = settle(config, dataset);
    return new Inputs(settled, dataset, features(settled, dataset));
  }

  /** {@return the configuration with what it stands for on this data set} */
  static RunConfig settle(RunConfig config, Dataset dataset) {
    return config.settled(
        dataset.directory().toAbsolutePath().normalize().toString(),
        settle(dataset, "text", config.text()),
        settle(dataset, "image", config.image()));
  }

  /** {@return the tables that a settled configuration names} */
  static List<FeatureTable> features(RunConfig settled, Dataset dataset) {
    List<FeatureTable> features = new ArrayList<>();
    for (String[] wanted : new String[][] {{"text", settled.text()}, {"image", settled.image()}}) {
      if (!wanted[1].equals(NONE)) {
        features.add(FeatureStore.read(dataset, wanted[0], wanted[1]));
      }
    }
    return features;
  }

  /**
   * Opens what a run was trained on.
   *
   * @param moved where the data set lies now, or null when it lies where it lay
   */
  static Inputs of(RunDirectory run, Path moved) {
    RunConfig config = run.config();
    if (moved == null && !Files.exists(Path.of(config.data()))) {
      throw new DataException(
          run.path()
              + ": was trained on "
              + config.data()
              + ", where no data set is now; say where it is with --data");
    }
    return open(config, moved == null ? Path.of(config.data()) : moved);
  }

  private static String settle(Dataset dataset, String modality, String name) {
    if (!name.equals("auto")) {
      return name;
    }
    List<String> names = FeatureStore.names(dataset, modality);
    if (names.size() > 1) {
      throw new ConfigException(
          List.of(
              "command line: "
                  + modality
                  + " = auto could mean any of "
                  + names
                  + "; choose one, such as "
                  + modality
                  + "="
                  + names.get(0)));
    }
    return names.isEmpty() ? NONE : names.get(0);
  }
}
