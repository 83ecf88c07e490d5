package dev.horae.bench;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Hm4sr;
import dev.horae.model.Hm4srFlops;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.StageTimer;
import dev.horae.train.Adam;
import dev.horae.train.LoopConfig;
import dev.horae.train.Trainer;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** Times an epoch of a network, or one over some of the users, after a few steps to warm up. */
final class TrainingBench {

  private static final int FEWEST_STEPS = 3;

  private final SequenceModel model;
  private final RunConfig config;
  private final Dataset dataset;
  private final DataSpec dataSpec;
  private final double atMost;
  private final Adam adam;
  private final int last; // number of the epoch

  /**
   * @param model of the configuration
   * @param atMost seconds to measure, about
   */
  TrainingBench(
      SequenceModel model, RunConfig config, Dataset dataset, DataSpec dataSpec, double atMost) {
    this.model = model;
    this.config = config;
    this.dataset = dataset;
    this.dataSpec = dataSpec;
    this.atMost = atMost;
    adam = new Adam(model, config.train());
    last = config.train().epochs() - 1;
  }

  TrainingSpeed measure(Progress progress) {
    progress.at("warm up", 0, 0, "");
    Hm4srFlops.Work epoch = work(dataset.split());
    Split few = some(FEWEST_STEPS, epoch);
    Trainer warmUp = trainer(few);
    warmUp.epoch(0, Progress.SILENT); // some models begin by clustering
    Steps warm = Steps.of(warmUp, last, Progress.SILENT);
    double batch = (double) epoch.examples() / epoch.steps();
    Split enough = some((atMost - warm.seconds()) / (warm.secondsPerExample() * batch), epoch);
    Hm4srFlops.Work measured = work(enough);
    Trainer trainer = trainer(enough);
    long before = Pointer.totalCount();
    StageTimer.collect(); // forget the warm-up
    Steps timed = Steps.of(trainer, last, progress);
    Map<String, Double> stages = StageTimer.collect();
    return new TrainingSpeed(
        batching(),
        epoch,
        measured,
        timed.epoch().slots(),
        timed.epoch().seconds(),
        timed.secondsPerExample(),
        stages,
        config.model() instanceof Hm4sr.Config hm4sr && !config.train().samples(dataSpec.items())
            ? Hm4srFlops.of(hm4sr, dataSpec, measured)
            : null,
        nativeObjects(before));
  }

  private static @Nullable Long nativeObjects(long before) {
    return Boolean.getBoolean("org.bytedeco.javacpp.nopointergc")
        ? null
        : Pointer.totalCount() - before;
  }

  private String batching() {
    LoopConfig.Batching batching = config.train().batching();
    return batching == LoopConfig.Batching.AUTO
        ? model.causal() ? "shared" : "prefix"
        : batching.name().toLowerCase(Locale.ROOT);
  }

  /** An epoch, and how long its steps took. */
  private record Steps(Trainer.Epoch epoch, double secondsPerExample) {

    static Steps of(Trainer trainer, int number, Progress progress) {
      long[] first = new long[2]; // when a step ended, and the examples up to then
      long[] last = new long[2];
      Trainer.Epoch epoch =
          trainer.epoch(
              number,
              (what, done, total, losses) -> {
                last[0] = System.nanoTime();
                last[1] = done;
                if (first[1] == 0) {
                  System.arraycopy(last, 0, first, 0, 2);
                }
                progress.at(what, done, total, losses);
              });
      return new Steps(
          epoch,
          last[1] == first[1] // a single step
              ? epoch.seconds() / epoch.examples()
              : (last[0] - first[0]) / 1e9 / (last[1] - first[1]));
    }

    /** {@return of what an epoch begins with} */
    double seconds() {
      return Math.max(0, epoch.seconds() - secondsPerExample * epoch.examples());
    }
  }

  private Trainer trainer(Split split) {
    return new Trainer(
        model,
        adam,
        split,
        dataSpec.length(),
        config.train(),
        config.seed(),
        config.reducedPrecision());
  }

  /** {@return the split of as many users as give about that many steps, at least the fewest} */
  private Split some(double steps, Hm4srFlops.Work epoch) {
    Histories histories = dataset.histories();
    double share = Math.max(FEWEST_STEPS, steps) / epoch.steps();
    int users = (int) Math.ceil(Math.min(1, share) * histories.users());
    return dataset.manifest().split(Sample.of(histories, users));
  }

  /** {@return what the last epoch goes through} */
  private Hm4srFlops.Work work(Split split) {
    Hm4srFlops.Work sum = Hm4srFlops.Work.NONE;
    LoopConfig loop = config.train();
    for (Windows.Plan plan :
        Trainer.windows(model, split, dataSpec.length(), loop)
            .shuffled(loop.batchSize(), model.layout(), config.seed(), last)) {
      sum = sum.plus(Hm4srFlops.Work.of(plan.batch()));
    }
    return sum;
  }
}
