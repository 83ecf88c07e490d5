package dev.horae.train;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;

import dev.horae.config.Default;
import dev.horae.config.Doc;

/** How a model is trained: batches, Adam, and when to stop. */
public record LoopConfig(
    @Default("auto")
        @Doc(
            "shared: one pass per history; prefix: one per example, as the paper; auto: shared"
                + " where the model allows it")
        Batching batching,
    @Default("1024") @Doc("examples per step; shared fills up with whole histories") int batchSize,
    @Default("0")
        @Doc(
            "items drawn per step that a target is compared with, beside the batch's targets; 0 ="
                + " all items. For catalogues above some 100,000")
        int negatives,
    @Default("10")
        @Doc(
            "sliding-window stride beyond the maximum length, in targets; 1 is exact, more is"
                + " cheaper")
        int windowStride,
    @Default("0")
        @Doc(
            "threads, one core each; 0 = one per core. Results are reproducible for a fixed number")
        int workers,
    @Default("0.001") @Doc("learning rate") double learningRate,
    @Default("1e-8") @Doc("Adam's epsilon") double adamEpsilon,
    @Default("0") @Doc("weight decay, of the parameters that the model lets decay")
        double weightDecay,
    @Default("false") @Doc("decay the weights themselves (AdamW), not by way of their gradients")
        boolean decoupledDecay,
    @Default("0") @Doc("global gradient-norm clip; 0 = none") double gradientClip,
    @Default("100") @Doc("maximum number of epochs") int epochs,
    @Default("10")
        @Doc(
            "early-stopping patience: training ends after more than so many epochs in a row below"
                + " the best validation NDCG@20")
        int patience,
    @Default("0")
        @Doc(
            "of how many users validation ranks the targets, the same ones in every epoch and run;"
                + " 0 = all. For shops above some 100,000 users; test targets are all ranked")
        int validationUsers,
    @Default("false")
        @Doc("also write the figures of each epoch for TensorBoard, to tensorboard/ in the run")
        boolean tensorboard) {

  public LoopConfig {
    unless(batchSize > 1, "batchSize", batchSize, "is below 2", "1024 is the paper's");
    unlessPositive("windowStride", windowStride, "1 is exact");
    unless(negatives >= 0, "negatives", negatives, "is negative", "0 compares with all items");
    unless(workers >= 0, "workers", workers, "is negative", "0 is one per core");
    workers = workers == 0 ? Runtime.getRuntime().availableProcessors() : workers;
    unlessPositive("learningRate", learningRate, "try 0.001");
    unlessPositive("adamEpsilon", adamEpsilon, "try 1e-8");
    unless(weightDecay >= 0, "weightDecay", weightDecay, "is negative", "0 is none");
    unless(gradientClip >= 0, "gradientClip", gradientClip, "is negative", "0 is none");
    unlessPositive("epochs", epochs, "100 is the paper's");
    unless(patience >= 0, "patience", patience, "is negative", "10 is the paper's");
    unless(validationUsers >= 0, "validationUsers", validationUsers, "is negative", "0 is all");
  }

  /**
   * {@return whether a step takes a sample of the items}
   *
   * @param items how many there are, N
   */
  public boolean samples(long items) {
    return negatives > 0 && negatives < items;
  }

  /** How the examples lie in batches. */
  public enum Batching {
    /** {@link #SHARED} where that gives the same losses, else {@link #PREFIX}. */
    AUTO,
    /** One pass per history gives the predictions of all its prefixes. */
    SHARED,
    /** The paper's: one window per (prefix, next item). */
    PREFIX
  }
}
