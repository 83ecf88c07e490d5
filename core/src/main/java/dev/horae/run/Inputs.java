package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.features.FeatureStore;
import dev.horae.model.NetworkConfig;
import dev.horae.prep.PreparedDataset;
import dev.horae.tensor.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What training reads: the data set, and the feature tables that its configuration names.
 *
 * @param config settled: {@code auto} has become a name
 */
public record Inputs(RunConfig config, Dataset dataset, List<FeatureTable> features) {

  private static final String AUTO = "auto";

  /** Opens the data set and settles {@code auto}, so that {@code run.yaml} says what was used. */
  public static Inputs open(RunConfig config, Path data) {
    return of(config, dataset(config, data));
  }

  /** As {@link #open}, of a data set that is open already. */
  public static Inputs of(RunConfig config, Dataset dataset) {
    RunConfig settled = settle(config, dataset);
    return new Inputs(settled, dataset, features(settled, dataset));
  }

  /** {@return the configuration with what it stands for on this data set} */
  public static RunConfig settle(RunConfig config, Dataset dataset) {
    requireRead(config);
    return settleBegun(config, dataset);
  }

  /** As {@link #settle}; runs of before may name tables that their model does not read. */
  private static RunConfig settleBegun(RunConfig config, Dataset dataset) {
    requireEncoded(config, dataset);
    return config.settled(
        dataset.directory().toAbsolutePath().normalize().toString(),
        settle(dataset, config, "text", config.text()),
        settle(dataset, config, "image", config.image()));
  }

  /** Throws when a table is named that the model would not look at. */
  private static void requireRead(RunConfig config) {
    ConfigException.throwIfAny(
        config.tables().entrySet().stream()
            .filter(table -> !table.getValue().equals(AUTO) && !config.reads(table.getKey()))
            .map(
                table ->
                    "``settings``: %s = %s, but %s reads no %s features; leave it out"
                        .formatted(
                            table.getKey(),
                            table.getValue(),
                            config.model().name(),
                            table.getKey()))
            .toList());
  }

  private static String settle(Dataset dataset, RunConfig config, String modality, String name) {
    if (!config.reads(modality)) {
      return RunConfig.NONE;
    }
    if (!name.equals(AUTO)) {
      return name;
    }
    List<String> names = FeatureStore.names(dataset, modality);
    if (names.size() > 1) {
      throw new ConfigException(
          "``settings``: "
              + modality
              + " = auto could mean any of "
              + names
              + "; choose one, such as "
              + modality
              + "="
              + names.get(0));
    }
    return names.isEmpty() ? RunConfig.NONE : names.get(0);
  }

  /**
   * A model that could read texts or pictures, on a data set that has some and has encoded none,
   * would train on ids alone: whoever wants that says so.
   */
  private static void requireEncoded(RunConfig config, Dataset dataset) {
    List<String> read =
        Stream.of("text", "image").filter(config.model().modalities()::contains).toList();
    if (read.stream()
        .anyMatch(
            m ->
                !AUTO.equals(config.tables().get(m))
                    || !FeatureStore.names(dataset, m).isEmpty())) {
      return;
    }
    for (String modality : read) {
      boolean text = modality.equals("text");
      long having =
          dataset.catalogue().items().stream()
              .filter(item -> text ? !item.title().isEmpty() : !item.image().isEmpty())
              .count();
      if (having > 0) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "``settings``: %s = auto finds no %s vectors in %s, though %,d of %,d items"
                    + " have a %s, which %s reads; make them with ``Encoding.%s(%s, %s)``, or"
                    + " train without by %s=none",
                modality,
                modality,
                dataset.directory(),
                having,
                dataset.catalogue().size(),
                text ? "title" : "picture",
                config.model().name(),
                modality,
                dataset.directory(),
                text ? "minilm" : "descriptor",
                modality));
      }
    }
  }

  /** {@return the tables that a settled configuration names} */
  public static List<FeatureTable> features(RunConfig settled, Dataset dataset) {
    return settled.tables().entrySet().stream()
        .map(table -> FeatureStore.read(dataset, table.getKey(), table.getValue()))
        .toList();
  }

  /** As {@link #of(RunDirectory, Path, List)}, with the run's own settings. */
  public static Inputs of(RunDirectory run, @Nullable Path moved) {
    return of(run, moved, List.of());
  }

  /**
   * Opens what a run was trained on: catalogue and tables are the run's own, the events those of
   * its data set.
   *
   * @param moved where the data set lies now, or null when it lies where it lay
   * @param overrides settings that may change while a run goes on, {@code key=value}
   * @throws ConfigException when others would be changed
   * @throws CheckpointException when the data set holds other events or items than the run was
   *     trained on
   */
  public static Inputs of(RunDirectory run, @Nullable Path moved, List<String> overrides) {
    RunConfig made = run.config();
    RunConfig config = run.config(overrides);
    requireFree(made, config);
    Path data = data(run, made, moved);
    if (!run.standsAlone()) {
      Dataset dataset = dataset(config, data);
      RunConfig settled = settleBegun(config, dataset);
      return new Inputs(settled, dataset, features(settled, dataset));
    }
    TrainedRun trained = TrainedRun.open(run);
    Dataset dataset = dataset(config, data);
    requireSame(trained, dataset);
    return new Inputs(
        config.settled(data.toAbsolutePath().normalize().toString(), config.text(), config.image()),
        new Dataset(
            dataset.directory(),
            dataset.manifest(),
            trained.catalogue(),
            dataset.users(),
            dataset.histories()),
        trained.features());
  }

  private static void requireFree(RunConfig made, RunConfig asked) {
    Map<String, String> now = ConfigWriter.values(asked);
    List<String> problems = new ArrayList<>();
    ConfigWriter.values(made)
        .forEach(
            (key, value) -> {
              boolean free = Provenance.FREE.contains(key) && !key.equals("data");
              if (!free && !value.equals(now.get(key))) {
                problems.add(
                    "``settings``: %s is %s in this run and cannot become %s; a run that goes on may change %s, anything else takes a new ``out``"
                        .formatted(
                            key,
                            value,
                            now.get(key),
                            String.join(
                                ", ",
                                Provenance.FREE.stream()
                                    .filter(name -> !name.equals("data") && now.containsKey(name))
                                    .sorted()
                                    .toList())));
              }
            });
    ConfigException.throwIfAny(problems);
  }

  /**
   * {@return what is to be said before training: a table may hold nothing, and a training end
   * before all of its model is trained}
   *
   * @param trained epochs that are behind it
   */
  public List<String> warnings(int trained) {
    List<String> warnings = new ArrayList<>();
    for (FeatureTable table : features) {
      if (table.zero()) {
        warnings.add(
            "warning: every vector of the table %s of %s features is zero, so nothing can be learnt from it; encode the data set again, or leave it out with %s=none"
                .formatted(table.encoder(), table.modality(), table.modality()));
      }
    }
    if (config.model() instanceof NetworkConfig network) {
      network
          .leftOut(config.train().epochs(), config.train().patience(), trained)
          .ifPresent(said -> warnings.add("warning: " + said));
    }
    return warnings;
  }

  /** {@return the data set that a run was trained on, as it is now} */
  public static Dataset dataset(RunDirectory run, @Nullable Path moved) {
    RunConfig config = run.config();
    return dataset(config, data(run, config, moved));
  }

  /** {@return a data set in the order that {@code tie_seed} draws} */
  private static Dataset dataset(RunConfig config, Path data) {
    Dataset dataset = PreparedDataset.open(data);
    if (config.tieSeed() == 0) {
      return dataset;
    }
    if (!dataset.manifest().timed()) {
      throw new ConfigException(
          "``settings``: tie_seed = %s: the events of %s carry no time, so whole histories would be shuffled; leave it out"
              .formatted(config.tieSeed(), data));
    }
    return dataset.withTiesShuffled(config.tieSeed());
  }

  private static Path data(RunDirectory run, RunConfig config, @Nullable Path moved) {
    if (moved != null) {
      return moved;
    }
    if (config.data().isBlank()) {
      throw new DataException(
          run.file("run.yaml") + ": names no data set; say where it is with ``data``");
    }
    if (!Files.exists(Path.of(config.data()))) {
      throw new DataException(
          run.path()
              + ": was trained on "
              + config.data()
              + ", where no data set is now; say where it is with ``data``");
    }
    return Path.of(config.data());
  }

  private static void requireSame(TrainedRun run, Dataset dataset) {
    String difference = difference(run, dataset);
    if (!difference.isEmpty()) {
      throw new CheckpointException(
          "%s: was trained on other data than %s holds now: %s; give the data set as it was with ``data``, or train anew (recommending for a ``history`` needs no data set)"
              .formatted(run.directory().path(), dataset.directory(), difference));
    }
  }

  /** {@return what differs; empty when nothing does that ranking would see} */
  private static String difference(TrainedRun run, Dataset dataset) {
    Map<String, String> now = dataset.manifest().hashes();
    Map<String, String> then = run.provenance().inputs();
    Catalogue old = run.catalogue();
    Catalogue items = dataset.catalogue();
    String split = dataset.manifest().splitName();
    String before = then.getOrDefault(Provenance.SPLIT, "leave-one-out");
    if (!split.equals(before)) {
      return "split " + split + ", then " + before;
    }
    if (!Objects.equals(now.get("items.parquet"), then.get("items.parquet"))) {
      if (items.size() != old.size()) {
        return String.format(Locale.ROOT, "%,d items, then %,d", items.size(), old.size());
      }
      int other =
          IntStream.rangeClosed(1, old.size())
              .filter(i -> !items.item(i).id().equals(old.item(i).id()))
              .findFirst()
              .orElse(0);
      if (other > 0) {
        return "item " + other + " is " + items.item(other).id() + ", then " + old.item(other).id();
      }
    }
    if (!Objects.equals(now.get("events.parquet"), then.get("events.parquet"))) {
      int events = run.directory().dataCounts().getOrDefault("events", 0);
      return events == dataset.histories().events() || events == 0
          ? "other events"
          : String.format(
              Locale.ROOT, "%,d events, then %,d", dataset.histories().events(), events);
    }
    return "";
  }
}
