package dev.horae.bench;

import dev.horae.config.ConfigWriter;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TrainingCounts;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.eval.Ranking;
import dev.horae.machine.Machine;
import dev.horae.model.NetworkConfig;
import dev.horae.run.NetworkTraining;
import dev.horae.run.RunConfig;
import dev.horae.run.Training;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.serve.Recommender;
import dev.horae.tensor.Devices;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One model on one data set, timed at all that is done with it; what its networks have learnt makes
 * no difference to that. What takes longer than may be spent is timed on a {@link Sample} of the
 * users.
 */
public final class ModelBench {

  private static final int BLOCK = 512; // histories encoded at once
  private static final int CHUNK =
      256; // histories that a worker recommends for at once, as the verb does
  private static final int TOP = 10;

  private final RunConfig config;
  private final Dataset dataset;
  private final List<FeatureTable> features;
  private final DataSpec dataSpec;
  private final double atMost;
  private final Progress progress;

  private ModelBench(
      RunConfig config,
      Dataset dataset,
      List<FeatureTable> features,
      double atMost,
      Progress progress) {
    this.config = config;
    this.dataset = dataset;
    this.features = features;
    this.atMost = atMost;
    this.progress = progress;
    dataSpec = DataSpec.of(dataset, features);
  }

  /**
   * Builds the model and measures it; outside any scope.
   *
   * @param config on the CPU, settled
   * @param features the tables that it names
   * @param atMost seconds to measure each part, about
   * @throws dev.horae.config.ConfigException when the model cannot be trained so
   */
  public static ModelSpeed measure(
      RunConfig config,
      Dataset dataset,
      List<FeatureTable> features,
      double atMost,
      Progress progress) {
    ModelBench bench = new ModelBench(config, dataset, features, atMost, progress);
    return Workers.limited(
        config.train().workers(),
        () -> config.model() instanceof NetworkConfig ? bench.network() : bench.fitted());
  }

  private ModelSpeed network() {
    if (config.reducedPrecision()) {
      Devices.requireBfloat16();
    }
    torch.set_num_threads(1);
    torch.manual_seed(config.seed());
    SequenceModel model = NetworkTraining.build(config, dataSpec);
    NetworkTraining.requireFits(model, config, dataSpec, dataset.split());
    TrainingSpeed training =
        new TrainingBench(model, config, dataset, dataSpec, atMost).measure(progress);
    Supplier<Scorer> scorer = () -> new NetworkScorer(model, dataSpec.length());
    Rate evaluation =
        rate(
            "evaluation",
            histories -> {
              try (Scorer own = scorer.get()) { // its vectors of items are a part of the work
                rank(own, histories);
              }
            });
    model.eval();
    return asked(scorer.get(), training, null, List.of(evaluation, encoding(model)));
  }

  private ModelSpeed fitted() {
    Training training = Training.of(config, dataset, features);
    progress.at("fit", 0, 0, "");
    long start = System.nanoTime();
    Scorer scorer = training.untrained();
    double seconds = (System.nanoTime() - start) / 1e9;
    return asked(
        scorer, null, seconds, List.of(rate("evaluation", histories -> rank(scorer, histories))));
  }

  private void rank(Scorer scorer, Histories histories) {
    Ranking.of(scorer, dataset.manifest().split(histories), Split.Part.TEST, Progress.SILENT);
  }

  /** User vectors of histories, the item table included. */
  private Rate encoding(SequenceModel model) {
    return rate(
        "encoding",
        histories -> {
          List<Windows.Plan> plans =
              Windows.latest(histories, dataSpec.length()).inOrder(BLOCK, model.layout());
          try (Scope all = Scope.inference()) {
            ItemVectors items = ItemTable.of(model);
            for (Windows.Plan plan : plans) {
              try (Scope scope = Scope.inference()) {
                model.encode(SequenceTensors.of(plan.batch(), model.device()), items);
              }
            }
          }
        });
  }

  /**
   * Asks for the ten best items, by the shop's ids: many histories at once, then one by one.
   *
   * @param rates what was measured before
   */
  private ModelSpeed asked(
      Scorer scorer,
      @Nullable TrainingSpeed training,
      @Nullable Double secondsToFit,
      List<Rate> rates) {
    try (Recommender recommender =
        new Recommender(
            scorer,
            dataset.catalogue(),
            TrainingCounts.of(dataset.split(), dataset.catalogue().size()))) {
      List<Rate> all = new ArrayList<>(rates);
      all.add(recommendation(recommender));
      progress.at("latency", 0, 0, "");
      Histories histories = dataset.histories();
      Latency latency =
          Latency.measure(
              atMost,
              new SplittableRandom(config.seed()),
              random ->
                  recommender.recommend(events(histories, random.nextInt(histories.users())), TOP));
      Map<String, Integer> widths = new LinkedHashMap<>();
      features.forEach(table -> widths.put(table.modality(), table.width()));
      return new ModelSpeed(
          config.model().name(dataSpec),
          ConfigWriter.values(config),
          widths,
          null,
          training,
          secondsToFit,
          all,
          latency,
          peakResident());
    }
  }

  private Rate recommendation(Recommender recommender) {
    return rate(
        "recommendation",
        histories ->
            Workers.each(
                (histories.users() + CHUNK - 1) / CHUNK,
                i -> {
                  List<List<Recommender.Event>> chunk = new ArrayList<>();
                  int end = Math.min(histories.users(), (i + 1) * CHUNK);
                  for (int u = i * CHUNK; u < end; u++) {
                    chunk.add(events(histories, u));
                  }
                  recommender.recommend(chunk, TOP, true);
                }));
  }

  private List<Recommender.Event> events(Histories histories, int u) {
    List<Recommender.Event> events = new ArrayList<>();
    for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
      String item = dataset.catalogue().item(histories.items()[e]).id();
      events.add(new Recommender.Event(item, histories.times()[e]));
    }
    return events;
  }

  private Rate rate(String what, Consumer<Histories> work) {
    progress.at(what, 0, 0, "");
    Histories all = dataset.histories();
    return Rate.measure(
        what, "histories", all.users(), atMost, count -> work.accept(Sample.of(all, count)));
  }

  private static @Nullable Long peakResident() {
    return Machine.peakResident().orElse(null);
  }
}
