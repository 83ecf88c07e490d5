package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Progress;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes in tasks give the bits of one process with as many workers. */
class TrainCommandTest {

  private static final List<String> SMALL =
      List.of("model.type=sasrec", "model.hidden_size=16", "model.inner_size=32");

  @TempDir Path folder;

  private static Object[] words(Object first, List<String> settings, Object... more) {
    List<Object> all = new ArrayList<>(List.of(first, "--nodes=2", "--master=local[2]"));
    all.addAll(Arrays.asList(more));
    all.addAll(settings);
    return all.toArray();
  }

  private Object[] training(Path out, String... settings) throws Exception {
    List<String> all = new ArrayList<>(SMALL);
    all.addAll(List.of(settings));
    return words("train", all, "--data", TrainedShop.get().data().directory(), "--out", out);
  }

  /** {@return the values of a run's parameters, by name} */
  static Map<String, ByteBuffer> weights(Path run) {
    Map<String, ByteBuffer> weights = new TreeMap<>();
    Safetensors.read(run.resolve("model.safetensors"))
        .entries()
        .forEach((name, entry) -> weights.put(name, entry.bytes()));
    return weights;
  }

  /** From the weights of an earlier run, and stopped in between. */
  @Test
  void nodesGiveTheBitsOfOneProcess() throws Exception {
    TrainedShop shop = TrainedShop.get();
    RunDirectory earlier = RunDirectory.open(shop.run());
    Inputs inputs =
        Inputs.open(earlier.config(List.of("train.workers=2")), shop.data().directory());
    Training training = Training.of(inputs.config(), inputs.dataset(), inputs.features());
    String start = training.startFrom(TrainedRun.open(earlier)).toString();
    RunDirectory one = RunDirectory.create(folder.resolve("one"), inputs.config());
    training.run(one, Progress.SILENT);

    Path nodes = folder.resolve("nodes");
    String goOn = "horae spark train --resume " + nodes + " --nodes 2 --master 'local[2]'\n";
    Object[] words = {
      "train",
      "--nodes=2",
      "--master=local[2]",
      "--data",
      shop.data().directory(),
      "--out",
      nodes,
      "--from",
      shop.run(),
      "--stop-after=1"
    };
    assertThat(Verb.done(words))
        .startsWith("from " + shop.run() + ": " + start + "\nepoch 1 of 1: valid ndcg@20 ")
        .endsWith("\nstopped after 1 of 2 epochs; go on with: " + goOn);
    assertThat(weights(nodes)).isNotEqualTo(weights(one.path()));
    assertThat(Verb.done(words("train", List.of(), "--resume", nodes)))
        .startsWith("epoch 2 of 2: valid ndcg@20 ")
        .contains("\nsasrec trained 2 epochs on 2 nodes in ")
        .endsWith(nodes + "\n");
    assertThat(weights(nodes)).isEqualTo(weights(one.path()));
    RunDirectory run = RunDirectory.open(nodes);
    assertThat(run.config().data()).isEqualTo(one.config().data());
    assertThat(run.config().train().workers()).isEqualTo(1);
  }

  /** Ends a node as an operating system that wants its memory does. */
  @Test
  void aNodeThatIsKilledEndsAll() throws Exception {
    Path run = folder.resolve("run");
    Object[] words = training(run, "train.epochs=100000", "train.patience=100000");
    CompletableFuture<Verb> verb = CompletableFuture.supplyAsync(() -> Verb.run(words));
    while (!Files.exists(run.resolve("epochs.csv")) && !hasEnded(verb)) {
      // it looks again
    }
    ProcessHandle.current()
        .descendants()
        .filter(TrainCommandTest::isNodeOne)
        .forEach(ProcessHandle::destroyForcibly);
    Verb ended = verb.join();
    assertThat(ended.err())
        .isEqualTo(
            "node 1: was ended by signal 9\nall nodes have stopped; go on with:"
                + " horae spark train --resume %s --nodes 2 --master 'local[2]'\n".formatted(run));
    assertThat(ended.code()).isEqualTo(1);
  }

  private static Object[] with(Object[] words, Object more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
  }

  private static boolean hasEnded(CompletableFuture<Verb> verb) throws Exception {
    try {
      verb.get(50, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static boolean isNodeOne(ProcessHandle process) {
    try {
      String command = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      return command.contains("\0" + TrainingNode.class.getName() + "\0")
          && command.contains("\0001\0002\000300\0");
    } catch (IOException e) { // it has just ended
      return false;
    }
  }

  /** Node 0 alone makes it, when all nodes agree. */
  @Test
  void whatADriverMadeThatWasStoppedBeforeIsNoRun() throws Exception {
    Path run = Files.createDirectory(folder.resolve("run"));
    assertThat(Verb.run("train", "--nodes=2", "--master=local[2]", "--resume", run).err())
        .startsWith(run + ": has no run.yaml");
    Verb.done(training(run, "train.epochs=1"));
    Verb again = Verb.run(training(run, "train.epochs=1"));
    assertThat(again.err()).startsWith(run + ": holds a run already; ");
    assertThat(again.code()).isEqualTo(3);
  }

  /** What a node alone can know, such as which devices it has. */
  @Test
  void whatANodeRefusesLeavesNoRun() throws Exception {
    Path run = folder.resolve("run");
    Verb verb = Verb.run(training(run, "device=cuda:0"));
    assertThat(verb.err())
        .contains("device = cuda:0 ")
        .endsWith("\nall nodes have stopped, and nothing was trained\n");
    assertThat(verb.code()).isEqualTo(2);
    assertThat(run).doesNotExist();
  }

  @Test
  void whatNodesCannotTrainIsRefusedBeforeThereIsARun() throws Exception {
    Path run = folder.resolve("run");
    Object[] counts = {
      "train",
      "--data",
      TrainedShop.get().data().directory(),
      "--out",
      run,
      "--nodes=2",
      "--master=local[2]",
      "model.type=most-popular"
    };
    Verb verb = Verb.run(counts);
    assertThat(verb.err())
        .startsWith("model.type = most-popular is not trained on several nodes; train it on one\n");
    assertThat(verb.code()).isEqualTo(2);
    Object[] many = training(run);
    many[1] = "--nodes=3";
    assertThat(Verb.run(many).err())
        .startsWith(
            "--nodes 3 need as many tasks at once, and --master has 2; try --master local[3]");
    Object[] wide = training(run);
    assertThat(Verb.run(with(wide, "--conf=spark.task.cpus=2")).err())
        .startsWith(
            "--nodes 2 need as many tasks at once, and --master has 1; try --master local[4]");
    assertThat(Verb.run(with(wide, "--conf=spark.task.cpus=two")).err())
        .startsWith("spark.task.cpus = two is no number of cores; 1 is Spark's own\n");
    assertThat(run).doesNotExist();
  }
}
