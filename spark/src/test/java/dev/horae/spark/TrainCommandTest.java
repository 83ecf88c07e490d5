package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.run.RunDirectory;
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

  @Test
  void nodesGiveTheBitsOfOneProcessAlsoWhenTheyGoOn() throws Exception {
    Path one = folder.resolve("one");
    Training.run(
        TrainedShop.get().data(),
        "sasrec",
        one,
        "model.hidden_size=16",
        "model.inner_size=32",
        "train.workers=2",
        "train.epochs=2");
    Path nodes = folder.resolve("nodes");
    String said = Verb.done(training(nodes, "train.epochs=1"));
    assertThat(said).startsWith("sasrec trained 1 epochs on 2 nodes in ").endsWith(nodes + "\n");
    assertThat(weights(nodes)).isNotEqualTo(weights(one));
    Verb.done(words("train", List.of("train.epochs=2"), "--resume", nodes));
    assertThat(weights(nodes)).isEqualTo(weights(one));
    RunDirectory run = RunDirectory.open(nodes);
    assertThat(run.config().data()).isEqualTo(RunDirectory.open(one).config().data());
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
                + " horae spark train --resume %s --nodes 2\n".formatted(run));
    assertThat(ended.code()).isEqualTo(1);
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
        .startsWith("--nodes 3 need as many tasks at once, and --master has 2; ");
    assertThat(run).doesNotExist();
  }
}
