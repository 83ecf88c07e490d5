package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.eval.WithBornLater;
import dev.horae.machine.NativeFailure;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Devices;
import dev.horae.tensor.Group;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import dev.horae.train.Adam;
import dev.horae.train.EarlyStopping;
import dev.horae.train.EpochReport;
import dev.horae.train.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The run of a network: epochs until validation stops improving, then the best epoch's model on the
 * test targets. Everything that decides the next epoch is in the checkpoint of the last one, so a
 * run that was killed at any moment and resumed ends with the same bits as one that was not.
 */
public final class NetworkTraining extends Training {

  private static final String EARLIER = "earlier run"; // among the inputs of a run

  private static final String MONITORED = "ndcg@20";

  /** What the file of the kept model says of it: its epoch, from 0, and its validation metric. */
  private static final String EPOCH = "epoch";

  private static final String SCORE = "score";

  /** Of the test metrics, what TensorBoard shows. */
  private static final List<String> WATCHED = List.of("ndcg@5", "ndcg@10", "ndcg@20", "hit@10");

  private final SequenceModel model;
  private final Adam adam;
  private final Trainer trainer;
  private final MemoryEstimate memory;
  private @Nullable TrainedRun earlier; // null: from scratch
  private @Nullable TensorBoardFile events; // null: nobody watches with TensorBoard
  private EarlyStopping stopping;
  private int nextEpoch;
  private int lastEpoch; // that this process trains, from 1
  private double secondsTraining;
  private double secondsEvaluating;
  private long examples;
  private long slots;
  private long peakMemoryBytes; // of the processes that trained the epochs before

  NetworkTraining(RunConfig config, Dataset dataset, List<FeatureTable> features, Group group) {
    super(config, dataset, features, group);
    if (config.reducedPrecision() && !config.device().startsWith("cuda")) {
      Devices.requireBfloat16();
    }
    torch.set_num_threads(1);
    torch.manual_seed(config.seed());
    model = build(config, dataSpec);
    if (group.hasOthers() && model.device().is_cuda()) {
      throw new ConfigException(
          "device = "
              + config.device()
              + " takes a GPU, and nodes exchange what is in main memory; use device=cpu");
    }
    Split split = dataset.split();
    memory = requireFits(model, config, dataSpec, split);
    adam = new Adam(model, config.train());
    trainer =
        Workers.limited(
            config.train().workers(),
            () ->
                new Trainer(
                    model,
                    adam,
                    split,
                    dataSpec.length(),
                    config.train(),
                    config.seed(),
                    config.reducedPrecision(),
                    group));
    stopping = new EarlyStopping(config.train().patience());
  }

  @Override
  public WarmStart.Summary startFrom(TrainedRun run) {
    String was = run.config().model().name();
    if (!was.equals(config.model().name())) {
      throw new CheckpointException(
          "%s: is a %s and can start no %s; give a run of the same model"
              .formatted(run.directory().path(), was, config.model().name()));
    }
    WarmStart.Summary summary =
        WarmStart.apply(model, dataset.catalogue(), features, run.weights(), run.catalogue());
    if (summary.carried() == 0) {
      throw new CheckpointException(
          "%s: none of its items is in %s; train from scratch"
              .formatted(run.directory().path(), dataset.directory()));
    }
    try (Scope scope = Scope.inference()) {
      model.moveStart(dataSpec.time().first() - run.provenance().time().first());
    }
    earlier = run;
    return summary;
  }

  @Override
  public Optional<MemoryEstimate> memory() {
    return Optional.of(memory);
  }

  @Override
  public int workers() {
    return trainer.workers();
  }

  @Override
  String device() {
    return model.device().str().getString();
  }

  @Override
  Map<String, String> inputs() {
    Map<String, String> inputs = super.inputs();
    if (earlier != null) {
      inputs.put(EARLIER, earlier.provenance().id());
    }
    return inputs;
  }

  @Override
  RunReport fit() {
    return train(config.train().epochs(), this::end);
  }

  @Override
  boolean fitUntil(int epochs) {
    return train(epochs, () -> done() || keepsTheRun() && directory().report().isPresent());
  }

  /**
   * Goes on where the run is, and says what to do should the memory not be enough.
   *
   * @param epochs to be done in all, unless validation stops improving
   * @param end what is asked for then
   */
  private <T> T train(int epochs, Supplier<T> end) {
    lastEpoch = Math.min(epochs, config.train().epochs());
    try {
      if (keepsTheRun()) {
        settle();
      }
      broadcast();
      return Workers.limited(
          config.train().workers(),
          () -> {
            train();
            return end.get();
          });
    } catch (RuntimeException e) {
      if (NativeFailure.isWantOfMemory(e)) {
        throw new DataException(
            "the memory of the machine was used up (planned: "
                + MemoryEstimate.readable(memory.total())
                + "); lower train.batch_size or model.hidden_size, or close other programs and"
                + " continue with ``Training.resume("
                + directory().path()
                + ")``",
            e);
      }
      throw e;
    }
  }

  /** Takes up the run where its directory says that it is. */
  private void settle() {
    if (directory().has(RunDirectory.CHECKPOINT)) {
      restore();
      nothingLeft = directory().report().isPresent() && done();
    } else if (earlier != null) {
      save(); // a run that is resumed in its first epoch must start from these weights again
    } else if (Provenance.read(directory()).inputs().containsKey(EARLIER)) {
      throw new CheckpointException(
          directory().path()
              + ": has no checkpoint.safetensors, and with it not the weights of the earlier run that"
              + " it starts from; delete it, and train again from that run");
    }
    if (hasEpochToTrain()) {
      directory().deleteResult(); // with it the run would pass for finished
    }
  }

  /** {@return whether this process is the one that reads and writes the run directory} */
  private boolean keepsTheRun() {
    return group.rank() == 0;
  }

  /** Gives all nodes what node 0 has: it alone knows the run, and what it started from. */
  private void broadcast() {
    if (group.hasOthers()) {
      broadcastWeights();
      adam.broadcast(group);
      restore(Json.strings(group.gather(Json.text(state())).get(0)));
    }
  }

  private void broadcastWeights() {
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model).values().forEach(p -> group.broadcast(p.detach()));
    }
  }

  /**
   * {@return an untrained model on the device and in the precision of the configuration} The
   * parameters alone may be more than the machine can hold: {@link ConfigException}.
   */
  public static SequenceModel build(RunConfig config, DataSpec dataSpec) {
    Devices.problem(config.device())
        .ifPresent(
            problem -> {
              throw new ConfigException(problem);
            });
    Device device = Devices.named(config.device());
    try {
      SequenceModel model = config.network().build(dataSpec);
      model.to(device, false);
      if (config.reducedPrecision()) {
        model.useBfloat16();
      }
      return model;
    } catch (RuntimeException e) {
      if (NativeFailure.isWantOfMemory(e)) {
        throw new ConfigException(
            "training needs more memory than there is, for the parameters alone; lower"
                + " model.hidden_size");
      }
      throw e;
    }
  }

  /** {@return what training will need} More than the machine has is a {@link ConfigException}. */
  public static MemoryEstimate requireFits(
      SequenceModel model, RunConfig config, DataSpec dataSpec, Split split) {
    MemoryEstimate memory =
        MemoryEstimate.of(
            model,
            config,
            dataSpec,
            Trainer.windows(model, split, dataSpec.length(), config.train()),
            Windows.before(split, Split.Part.TEST, dataSpec.length()));
    memory.requireFits();
    return memory;
  }

  @Override
  public Scorer untrained() {
    model.startEpoch(0, new SplittableRandom(config.seed())); // some models begin by clustering
    return scorer();
  }

  private boolean done() {
    return nextEpoch >= config.train().epochs() || stopping.stop();
  }

  @Override
  String whyNothingIsLeft() {
    String command = "; to go on: ``Training.resume(" + directory().path() + ", ";
    return stopping.stop()
        ? "training stopped early after "
            + nextEpoch
            + " epochs"
            + command
            + "train.patience="
            + 2 * config.train().patience()
            + ")``"
        : "all "
            + nextEpoch
            + " epochs were trained"
            + command
            + "train.epochs="
            + 2 * config.train().epochs()
            + ")``";
  }

  private boolean hasEpochToTrain() {
    return !done() && nextEpoch < lastEpoch;
  }

  private void train() {
    if (hasEpochToTrain()) {
      beginEvents();
    }
    while (hasEpochToTrain()) {
      epoch(nextEpoch);
    }
  }

  /** From here on TensorBoard is told, where that is asked for. */
  private void beginEvents() {
    if (events == null && keepsTheRun() && config.train().tensorboard()) {
      events = new TensorBoardFile(directory().file("tensorboard"), nextEpoch + 1);
    }
  }

  private RunReport end() {
    if (keepsTheRun()) {
      directory().loadWeights(model, TrainedRun.MODEL, started().id());
    }
    broadcastWeights();
    long start = System.nanoTime();
    Ranking valid;
    Ranking test;
    Optional<WithBornLater> withBornLater;
    try (Scorer scorer = scorer()) {
      valid = rank(scorer, Split.Part.VALID, Progress.SILENT);
      test = rank(scorer, Split.Part.TEST, Progress.SILENT);
      withBornLater = keepsTheRun() ? withBornLater(scorer, test) : Optional.empty();
      if (keepsTheRun()) {
        ServingCheck.write(directory(), scorer, dataset);
      }
    }
    secondsEvaluating += seconds(start);
    RunReport report =
        RunReport.of(
            name(),
            config,
            stopping.bestEpoch() + 1,
            nextEpoch,
            valid,
            test,
            Map.of("training", secondsTraining, "evaluating", secondsEvaluating),
            Map.of(
                "examples_per_second", examples / secondsTraining,
                "slots_per_second", slots / secondsTraining,
                "seconds_per_epoch", secondsTraining / nextEpoch),
            Checkpoint.trainedValues(model),
            mostMemoryBytes(),
            withBornLater);
    if (keepsTheRun()) {
      directory().writeResult(report, dataset.users(), valid, test);
    }
    Map<String, Double> result = new LinkedHashMap<>();
    for (String metric : WATCHED) {
      result.put("test/" + metric, RunReport.figure(report.test(), metric));
      result.put("test_masked/" + metric, RunReport.figure(report.maskedTest(), metric));
    }
    if (!nothingLeft) { // another process may have trained the last epoch
      beginEvents();
    }
    watch(nextEpoch, result);
    return report;
  }

  private void epoch(int number) {
    Trainer.Epoch epoch = trainer.epoch(number, ofWholeRun(number));
    long start = System.nanoTime();
    Ranking valid;
    try (Scorer scorer = scorer()) {
      valid = rank(scorer, Split.Part.VALID, Progress.SILENT);
    }
    double evaluating = seconds(start);
    double monitored = Metrics.mean(MONITORED, valid.ranks());
    // The kept model is written first: a crash before the checkpoint repeats this epoch, bit by
    // bit, or with other workers otherwise, and then the kept model must not pass for another's.
    if (stopping.improves(number, monitored) && keepsTheRun()) {
      try (Scope scope = Scope.inference()) { // what is saved is views of the parameters
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(RunDirectory.ID, started().id());
        metadata.put(EPOCH, "" + number);
        metadata.put(SCORE, "" + stopping.best());
        directory().writeWeights(TrainedRun.MODEL, Checkpoint.save(model, metadata));
      }
    }
    secondsTraining += epoch.seconds();
    secondsEvaluating += evaluating;
    examples += epoch.examples();
    slots += epoch.slots();
    nextEpoch = number + 1;
    Map<String, String> cells = new LinkedHashMap<>();
    epoch.parts().forEach((name, value) -> cells.put("loss_" + name, number(value)));
    cells.put("valid_" + MONITORED, number(monitored));
    cells.put("valid_ndcg@5", number(Metrics.mean("ndcg@5", valid.ranks())));
    cells.put("seconds_training", String.format(Locale.ROOT, "%.2f", epoch.seconds()));
    cells.put("seconds_evaluating", String.format(Locale.ROOT, "%.2f", evaluating));
    cells.put(RunDirectory.WITHOUT_BETTER, "" + stopping.worse());
    if (keepsTheRun()) {
      directory().writeEpoch(number, cells);
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    epoch.parts().forEach((name, value) -> figures.put("loss/" + name, value));
    figures.put("valid/" + MONITORED, monitored);
    figures.put("valid/ndcg@5", Metrics.mean("ndcg@5", valid.ranks()));
    figures.put("seconds/training", epoch.seconds());
    figures.put("seconds/evaluating", evaluating);
    watch(number + 1, figures);
    trainer.gatherState();
    if (keepsTheRun()) {
      save();
    }
    started()
        .ended()
        .accept(
            new EpochReport(
                number + 1,
                lastEpoch,
                epoch.parts(),
                MONITORED,
                monitored,
                stopping.best(),
                stopping.bestEpoch() + 1,
                epoch.seconds() + evaluating,
                stopping.stop()
                    ? 0
                    : (lastEpoch - nextEpoch) * (secondsTraining + secondsEvaluating) / nextEpoch));
  }

  /** Shows figures to who watches the run with TensorBoard; an epoch is a step, from 1. */
  private void watch(int epoch, Map<String, Double> figures) {
    if (events != null) {
      events.write(epoch, figures);
    }
  }

  /** A bar for all epochs, so that its time left is that of the run. */
  private Progress ofWholeRun(int number) {
    int epochs = lastEpoch;
    String best =
        number == 0 ? "" : String.format(Locale.ROOT, ", best %s %.4f", MONITORED, stopping.best());
    String detail = String.format(Locale.ROOT, "epoch %d of %d%s", number + 1, epochs, best);
    return (what, done, ofEpoch, losses) ->
        started()
            .progress()
            .at(what, number * ofEpoch + done, epochs * ofEpoch, detail + "  " + losses);
  }

  private long mostMemoryBytes() {
    return Math.max(peakMemoryBytes, peakMemoryBytes());
  }

  /** {@return what scores with the weights of now} */
  private Scorer scorer() {
    return new NetworkScorer(model, dataSpec.length());
  }

  /** {@return what decides the next epoch, but for weights and the optimiser; and what it took} */
  private Map<String, String> state() {
    Map<String, String> state = new LinkedHashMap<>();
    state.put(RunDirectory.ID, started().id());
    state.put("next_epoch", "" + nextEpoch);
    state.put("best", "" + stopping.best());
    state.put("best_epoch", "" + stopping.bestEpoch());
    state.put("worse", "" + stopping.worse());
    state.put("seconds_training", "" + secondsTraining);
    state.put("seconds_evaluating", "" + secondsEvaluating);
    state.put("examples", "" + examples);
    state.put("slots", "" + slots);
    state.put("peak_memory_bytes", "" + mostMemoryBytes());
    if (nextEpoch > 0) {
      state.put(RunDirectory.WORKERS, "" + trainer.workers());
    }
    return state;
  }

  private void save() {
    Map<String, String> state = state();
    try (Scope scope = Scope.inference()) {
      Safetensors weights = Checkpoint.save(model, state);
      Map<String, Safetensors.Entry> all = new LinkedHashMap<>(weights.entries());
      all.putAll(adam.save(Map.of()).entries());
      directory().writeWeights(RunDirectory.CHECKPOINT, new Safetensors(state, all));
    }
  }

  private void restore() {
    Safetensors saved = directory().loadWeights(model, RunDirectory.CHECKPOINT, started().id());
    adam.load(saved, directory().file(RunDirectory.CHECKPOINT));
    restore(saved.metadata());
    takeUpKeptModel();
  }

  /** A model that was kept in an epoch whose checkpoint was not written is the best there is. */
  private void takeUpKeptModel() {
    if (!directory().has(TrainedRun.MODEL)) {
      return;
    }
    Map<String, String> kept = directory().weights(TrainedRun.MODEL, started().id()).metadata();
    if (!kept.containsKey(SCORE)) {
      return; // of an older Horae, or from elsewhere
    }
    int epoch = (int) figure(TrainedRun.MODEL, kept, EPOCH);
    if (epoch >= nextEpoch) {
      double score = figure(TrainedRun.MODEL, kept, SCORE);
      stopping = new EarlyStopping(config.train().patience(), score, epoch, 0);
    }
  }

  private void restore(Map<String, String> saved) {
    nextEpoch = (int) figure(saved, "next_epoch");
    stopping =
        new EarlyStopping(
            config.train().patience(),
            figure(saved, "best"),
            (int) figure(saved, "best_epoch"),
            (int) figure(saved, "worse"));
    secondsTraining = figure(saved, "seconds_training");
    secondsEvaluating = figure(saved, "seconds_evaluating");
    examples = (long) figure(saved, "examples");
    slots = (long) figure(saved, "slots");
    peakMemoryBytes = Long.parseLong(saved.getOrDefault("peak_memory_bytes", "0"));
  }

  /** {@return what {@link #state} has under a name; whole numbers are exact far beyond ours} */
  private double figure(Map<String, String> saved, String name) {
    return figure(RunDirectory.CHECKPOINT, saved, name);
  }

  /** {@return a number that the metadata of a file has under a name} */
  private double figure(String file, Map<String, String> saved, String name) {
    try {
      return Double.parseDouble(saved.getOrDefault(name, ""));
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          directory().file(file)
              + ": does not say "
              + name
              + ", as the state of a training does; copy the run directory again, or train anew",
          e);
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }
}
