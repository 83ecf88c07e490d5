package dev.horae.bench;

import dev.horae.config.ConfigException;
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
import dev.horae.model.Hm4sr;
import dev.horae.model.Hm4srFlops;
import dev.horae.run.NetworkTraining;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.serve.Recommender;
import dev.horae.tensor.Scope;
import dev.horae.tensor.StageTimer;
import dev.horae.train.Adam;
import dev.horae.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One untrained HM4SR on one data set, timed at all that is done with it. What takes longer than
 * may be spent is timed on a {@link Sample} of the users.
 */
public final class Bench {

  private static final int BLOCK = 512; // histories encoded at once
  private static final int CHUNK =
      256; // histories that a worker recommends for at once, as the verb does
  private static final int TOP = 10;
  private static final int FEWEST_STEPS = 2;

  private final Dataset dataset;
  private final DataSpec dataSpec;
  private final SequenceModel model;
  private final Adam adam;
  private final MatrixPeak peak;
  private final double atMost;
  private final Progress progress;
  private int epochs; // done, each with a number of its own

  /**
   * Builds the model; outside any scope.
   *
   * @param config of an HM4SR on the CPU
   * @param peak of this machine
   * @param atMost seconds to measure each part, about
   */
  public Bench(
      RunConfig config,
      Dataset dataset,
      List<FeatureTable> features,
      MatrixPeak peak,
      double atMost,
      Progress progress) {
    if (!(config.model() instanceof Hm4sr.Config)) {
      throw new ConfigException(
          List.of(
              "model.type = "
                  + config.model().name()
                  + ", but only hm4sr's operations can be counted; use hm4sr, or see"
                  + " seconds_per_epoch in the metrics.json of a run"));
    }
    this.dataset = dataset;
    this.peak = peak;
    this.atMost = atMost;
    this.progress = progress;
    torch.set_num_threads(1);
    torch.manual_seed(config.seed());
    dataSpec = DataSpec.of(dataset, features);
    model = NetworkTraining.build(config, dataSpec);
    adam = new Adam(model, config.train());
  }

  /**
   * Times an epoch, or one over some of the users, after a step or two to warm up.
   *
   * @param config as given to the constructor but for {@code train}
   */
  public TrainingSpeed training(RunConfig config) {
    Histories histories = dataset.histories();
    Hm4srFlops.Work epoch = work(trainer(histories, config), config);
    progress.at("warm up", 0, 0, "");
    Histories few = some(histories, 1, epoch);
    double perStep = epoch(trainer(few, config), Progress.SILENT).seconds();
    double steps = Math.max(FEWEST_STEPS, atMost / perStep);
    Trainer trainer = trainer(some(histories, steps, epoch), config);
    Hm4srFlops.Work measured = work(trainer, config);
    long before = Pointer.totalCount();
    StageTimer.collect(); // forget the warm-up
    Trainer.Epoch timed = epoch(trainer, progress);
    Map<String, Double> stages = StageTimer.collect();
    Hm4srFlops flops = flops(config, measured);
    return new TrainingSpeed(
        config.train().batching().name().toLowerCase(Locale.ROOT),
        epoch,
        measured,
        timed.slots(),
        timed.seconds(),
        flops,
        timed.seconds() * (flops(config, epoch).total() / flops.total()),
        stages,
        flops.total() / timed.seconds() / 1e9 / peak.float32All(),
        residentPeak(),
        Boolean.getBoolean("org.bytedeco.javacpp.nopointergc")
            ? null
            : Pointer.totalCount() - before);
  }

  /** Ranking of the test items. */
  public Rate evaluation() {
    return rate(
        "evaluation",
        histories -> {
          try (Scorer scorer = new NetworkScorer(model, dataSpec.length())) {
            Ranking.of(scorer, split(histories), Split.Part.TEST, Progress.SILENT);
          }
        });
  }

  private Split split(Histories some) {
    return dataset.manifest().split(some);
  }

  /** User vectors of histories, the item table included. */
  public Rate encoding() {
    model.eval();
    return rate("encoding", this::encode);
  }

  private void encode(Histories histories) {
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
  }

  /** The ten best items that are not in the history, by the shop's ids. */
  public Rate recommendation() {
    try (Recommender recommender =
        new Recommender(
            new NetworkScorer(model, dataSpec.length()),
            dataset.catalogue(),
            TrainingCounts.of(dataset.split(), dataset.catalogue().size()))) {
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
    return Rate.measure(what, all.users(), atMost, count -> work.accept(Sample.of(all, count)));
  }

  private Trainer trainer(Histories histories, RunConfig config) {
    return new Trainer(
        model,
        adam,
        split(histories),
        dataSpec.length(),
        config.train(),
        config.seed(),
        config.reducedPrecision());
  }

  private Trainer.Epoch epoch(Trainer trainer, Progress shown) {
    return trainer.epoch(epochs++, shown);
  }

  /** As many users as give about that many steps. */
  private static Histories some(Histories histories, double steps, Hm4srFlops.Work epoch) {
    double share = steps / epoch.steps();
    return Sample.of(histories, (int) Math.ceil(Math.min(1, share) * histories.users()));
  }

  /** What the trainer's next epoch goes through. */
  private Hm4srFlops.Work work(Trainer trainer, RunConfig config) {
    Hm4srFlops.Work sum = Hm4srFlops.Work.NONE;
    for (Windows.Plan plan :
        trainer.windows().shuffled(config.train().batchSize(), model.layout(), config.seed(), 0)) {
      sum = sum.plus(Hm4srFlops.Work.of(plan.batch()));
    }
    return sum;
  }

  private Hm4srFlops flops(RunConfig config, Hm4srFlops.Work work) {
    return Hm4srFlops.of((Hm4sr.Config) config.model(), dataSpec, work);
  }

  private static @Nullable Long residentPeak() {
    return Machine.peakResident().orElse(null);
  }
}
