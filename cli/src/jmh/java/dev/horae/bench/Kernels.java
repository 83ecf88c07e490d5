package dev.horae.bench;

import dev.horae.config.ConfigReader;
import dev.horae.data.Progress;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.eval.Ranking;
import dev.horae.model.NetworkConfig;
import dev.horae.nn.BlockedSoftmax;
import dev.horae.nn.Losses;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import dev.horae.train.Adam;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The parts that a step of training and an evaluation spend their time in, one at a time, on one
 * thread, at the sizes of HM4SR on Games: 1,024 examples, 10,672 items, three views of 64.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Kernels {

  private static final int EXAMPLES = 1024;
  private static final int WIDTH = 192;

  /** Two square matrices, 2 · 2048³ operations: 17.2 GFLOP. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Matrices {
    @Param({"Float", "BFloat16"})
    public String type;

    Tensor a;
    Tensor b;

    @Setup
    public void draw() {
      a = torch.rand(2048, 2048).to(ScalarType.valueOf(type));
      b = torch.rand(2048, 2048).to(ScalarType.valueOf(type));
    }
  }

  @Benchmark
  public void matrixProduct(Matrices m) {
    try (Scope scope = Scope.inference()) {
      m.a.matmul(m.b);
    }
  }

  /** User vectors, an item table that learns, and the items that came next. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Scores {
    Tensor users;
    Tensor items;
    Tensor targets;

    @Setup
    public void draw() {
      int n = SyntheticData.Shape.GAMES.items();
      SplittableRandom random = new SplittableRandom(1);
      users = torch.randn(EXAMPLES, WIDTH).set_requires_grad(true);
      items = torch.randn(n + 1, WIDTH).set_requires_grad(true);
      targets = Ops.int64(random.longs(EXAMPLES, 1, n + 1).toArray(), EXAMPLES);
    }
  }

  /** Loss and both gradients in one pass over blocks: 12.6 GFLOP. */
  @Benchmark
  public void blockedSoftmax(Scores s) {
    try (Scope scope = Scope.inference()) {
      Tensor items = s.items.detach();
      Tensor users = s.users.detach();
      new BlockedSoftmax(items, torch.zeros_like(items), 1, 1.0 / EXAMPLES)
          .rows(users, s.targets, torch.empty_like(users));
    }
  }

  /** Its plain twin, by autograd. */
  @Benchmark
  public void softmaxCrossEntropy(Scores s) {
    try (Scope scope = Scope.training()) {
      Losses.softmax(s.users, s.items, s.targets, true).backward();
    }
  }

  /** A million values: what the encoders of 1,024 events drop in about one layer of all passes. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Activations {
    Tensor x;

    @Setup
    public void draw() {
      x = torch.randn(1 << 20);
    }
  }

  @Benchmark
  public void dropout(Activations activations) {
    try (Scope scope = Scope.inference()) {
      Dropout.apply(activations.x, 0.5);
    }
  }

  /** Its plain twin. */
  @Benchmark
  public void libtorchDropout(Activations activations) {
    try (Scope scope = Scope.inference()) {
      torch.dropout(activations.x, 0.5, true);
    }
  }

  /** A million parameters with gradients. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Parameters {
    LinearImpl layer;
    Adam adam;

    @Setup
    public void build() {
      layer = new LinearImpl(1024, 1024);
      adam = new Adam(layer, Adam.Rule.of(0.001));
    }
  }

  @Benchmark
  public void adamStep(Parameters parameters) {
    try (Scope scope = Scope.inference()) {
      parameters.adam.step();
    }
  }

  /** The histories of the Games shape. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Games {
    SyntheticData data;
    List<Windows.Plan> plans;
    int next;

    @Setup
    public void generate() {
      data = SyntheticData.generate(SyntheticData.Shape.GAMES, 1);
      plans =
          Windows.shared(data.dataset().split(), 50, 1).shuffled(EXAMPLES, RowLayout.PACKED, 1, 0);
    }
  }

  /** One packed batch of about a thousand examples. */
  @Benchmark
  public SequenceBatch batching(Games games) {
    games.next = (games.next + 1) % games.plans.size();
    return games.plans.get(games.next).batch();
  }

  /** An untrained model and 512 users, one block of an evaluation. */
  @State(org.openjdk.jmh.annotations.Scope.Benchmark)
  public static class Evaluation {
    SequenceModel model;
    Split split;

    @Setup
    public void build(Games games) {
      DataSpec dataSpec = DataSpec.of(games.data.dataset(), games.data.features());
      RunConfig config = ConfigReader.read(null, List.of(), RunConfig.class);
      model = ((NetworkConfig) config.model()).build(dataSpec);
      split = Split.leaveOneOut(Sample.of(games.data.dataset().histories(), 512));
    }
  }

  /** Item table, user vectors and ranks of one block. */
  @Benchmark
  public Ranking rankingBlock(Evaluation evaluation) {
    Scorer scorer = new NetworkScorer(evaluation.model, 50);
    return Ranking.of(scorer, evaluation.split, Split.Part.TEST, Progress.SILENT);
  }
}
