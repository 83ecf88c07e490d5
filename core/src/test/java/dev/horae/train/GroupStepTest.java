package dev.horae.train;

import static dev.horae.train.TrainingStepTest.LENGTH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.Close;
import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Team;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workers that are spread over the nodes of a group do what as many do in one process. Here each
 * node is a thread; between them is what is between processes.
 */
@EnabledOnOs(OS.LINUX) // where there is Gloo
@Timeout(60) // what breaks shows as a hang
class GroupStepTest {

  private record Chosen(NetworkConfig model, LoopConfig train) {}

  @TempDir Path folder;

  static Stream<String> models() {
    return Arrays.stream(NetworkConfig.class.getPermittedSubclasses()).map(Names::choice);
  }

  /** Dropout, draws, and whatever a model compares across the batch. */
  @ParameterizedTest
  @MethodSource("models")
  void twoNodesGiveTheBitsOfTwoWorkers(String model) {
    List<String> settings = List.of("model.type=" + model);
    assertThat(nodes(2, 1, settings)).isEqualTo(alone(2, settings));
  }

  /** More nodes; more workers in each; more workers than rows, so that whole nodes have none. */
  @ParameterizedTest
  @CsvSource({"3,1", "2,2", "3,2", "2,32"})
  void moreOfThemToo(int nodes, int workers) {
    List<String> settings = List.of("model.type=hm4sr", "train.gradient_clip=0.1");
    assertThat(nodes(nodes, workers, settings)).isEqualTo(alone(nodes * workers, settings));
  }

  @ParameterizedTest
  @CsvSource({"sasrec", "hm4sr", "dif-sr"})
  void aSampleOfTheItemsToo(String model) {
    List<String> settings =
        List.of("model.type=" + model, "train.negatives=9", "train.gradient_clip=0.1");
    assertThat(nodes(2, 2, settings)).isEqualTo(alone(4, settings));
  }

  /** The sums over three workers of a node are others than those over six: the last bits differ. */
  @Test
  void threeWorkersInEachNodeAreClose() {
    List<String> settings =
        List.of("model.type=sasrec", "model.dropout=0", "model.attention_dropout=0");
    Map<String, List<Float>> one = alone(6, settings);
    Map<String, List<Float>> two = nodes(2, 3, settings);
    one.forEach(
        (name, values) -> Close.assertClose(array(two.get(name)), array(values), 1e-5f, name));
  }

  /** What docs/training.md says that a step costs; a few bytes of names and numbers come to it. */
  @ParameterizedTest
  @CsvSource({"sasrec,0", "core,1"})
  void vectorsThatAreRowsOfAParameterTravelAsThatParameterOnly(String name, int apart) {
    SequenceModel[] models = {
      model(List.of("model.type=" + name), 1), model(List.of("model.type=" + name), 1)
    };
    Adam[] adams = {
      new Adam(models[0], Adam.Rule.of(0.01)), new Adam(models[1], Adam.Rule.of(0.01))
    };
    assertThat(models[0].itemParameter() == null).isEqualTo(apart == 1);
    String rendezvous = "file:" + folder.resolve("rendezvous");
    long[] sent = new long[2];
    new Team(2, "node")
        .run(
            node -> {
              torch.set_num_threads(1);
              try (Group group = Group.of(rendezvous, node, 2, Duration.ofSeconds(30))) {
                group.connect();
                models[node].train(true);
                TrainingStep step =
                    new TrainingStep(models[node], adams[node], 1, false, false, group);
                step.run(WorkerStepContractTest.shards(models[node]), 0);
                sent[node] = group.sentBytes();
              }
            });
    long width = 64;
    long values = adams[0].size() + apart * models[0].itemRows() * width;
    assertThat(sent[0] + sent[1]).isBetween(8 * values, 8 * values + 2_000);
  }

  private Map<String, List<Float>> nodes(int nodes, int workers, List<String> settings) {
    List<Map<String, List<Float>>> ends = new ArrayList<>();
    List<Trainer> trainers = new ArrayList<>();
    List<SequenceModel> models = new ArrayList<>();
    List<Adam> adams = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    String rendezvous = "file:" + folder.resolve("rendezvous");
    for (int node = 0; node < nodes; node++) { // one by one: their seed is the process's
      groups.add(Group.of(rendezvous, node, nodes, Duration.ofSeconds(30)));
      models.add(model(settings, workers));
      adams.add(new Adam(models.get(node), read(settings, workers).train()));
      trainers.add(trainer(models.get(node), adams.get(node), settings, workers, groups.get(node)));
    }
    new Team(nodes, "node")
        .run(
            node -> {
              torch.set_num_threads(1);
              groups.get(node).connect();
              twoEpochs(trainers.get(node));
            });
    for (int node = 0; node < nodes; node++) {
      ends.add(state(models.get(node), adams.get(node)));
      groups.get(node).close();
    }
    assertThat(ends).allMatch(ends.get(0)::equals);
    return ends.get(0);
  }

  private static Map<String, List<Float>> alone(int workers, List<String> settings) {
    SequenceModel model = model(settings, workers);
    Adam adam = new Adam(model, read(settings, workers).train());
    twoEpochs(trainer(model, adam, settings, workers, Group.alone()));
    return state(model, adam);
  }

  private static void twoEpochs(Trainer trainer) {
    trainer.epoch(0, Progress.SILENT);
    trainer.epoch(1, Progress.SILENT);
    trainer.gatherState();
  }

  private static Trainer trainer(
      SequenceModel model, Adam adam, List<String> settings, int workers, Group group) {
    return new Trainer(
        model,
        adam,
        Split.leaveOneOut(TrainingStepTest.histories(9, 14, 3, 8, 5, 11)),
        LENGTH,
        read(settings, workers).train(),
        2025,
        false,
        group);
  }

  private static SequenceModel model(List<String> settings, int workers) {
    torch.manual_seed(7);
    return read(settings, workers).model().build(TrainingStepTest.dataSpec());
  }

  private static Chosen read(List<String> settings, int workers) {
    List<String> all = new ArrayList<>(List.of("train.workers=" + workers, "train.batch_size=16"));
    all.addAll(settings);
    return ConfigReader.read(null, all, Chosen.class);
  }

  /** {@return weights and what the optimiser keeps, by name} */
  private static Map<String, List<Float>> state(SequenceModel model, Adam adam) {
    Map<String, List<Float>> state = new LinkedHashMap<>();
    Checkpoint.parameters(model).forEach((name, p) -> state.put(name, list(Ops.floats(p))));
    try (Scope scope = Scope.inference()) {
      adam.save(Map.of()).entries().entrySet().stream()
          .filter(entry -> entry.getValue().dtype().equals("F32"))
          .forEach(entry -> state.put(entry.getKey(), list(entry.getValue().floats())));
    }
    return state;
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private static float[] array(List<Float> list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i);
    }
    return values;
  }
}
