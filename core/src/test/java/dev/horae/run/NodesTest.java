package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.OperatingSystemMXBean;
import dev.horae.JavaProcess;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.tensor.Group;
import dev.horae.tensor.GroupException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run that is shared by processes, of which this one is node 0. */
@EnabledOnOs(OS.LINUX) // where there is Gloo
@Timeout(120) // what breaks shows as a hang
class NodesTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final String[] SETTINGS = {
    "train.weight_decay=0.01",
    "train.decoupled_decay=true",
    "train.gradient_clip=0.5",
    "train.validation_users=40",
    "train.workers=1"
  };

  @TempDir Path folder;

  /**
   * The other node dies without warning in the second epoch; both begin again, and all ends as in
   * one process with as many workers.
   */
  @Test
  void endsWithTheBitsOfOneProcessAfterANodeWasKilled() throws IOException, InterruptedException {
    Path whole = folder.resolve("whole");
    String[] asMany = SETTINGS.clone();
    asMany[asMany.length - 1] = "train.workers=2";
    SmallRun.train(whole, Progress.SILENT, asMany);

    Path run = folder.resolve("run");
    Process victim = start("first", 6);
    assertThatThrownBy(() -> node0("first", run))
        .isInstanceOf(GroupException.class)
        .hasMessageMatching("node 0 lost node 1 of 2 \\(.+\\); its own messages say why it ended");
    assertThat(victim.waitFor()).isEqualTo(Other.EXIT);
    assertThat(RunDirectory.open(run).epochs()).isEqualTo(1);
    assertThat(run.resolve("metrics.json")).doesNotExist();

    Process other = start("second", Integer.MAX_VALUE);
    node0("second", run);
    assertThat(other.waitFor()).isZero();
    for (String file : List.of("model.safetensors", "ranks-test.csv", "ranks-valid.csv")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(report(run).test()).isEqualTo(report(whole).test());
    assertThat(report(run).diagnostics()).isEqualTo(report(whole).diagnostics());
  }

  @Test
  void nodesThatWouldNotTrainTheSameAreRefusedAtOnce() {
    Path run = folder.resolve("refused");
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> node("third", 1, run, Progress.SILENT, "train.batch_size=50", "seed=4"));
    String expected =
        """
        node 1: seed is 4, and 3 on node 0; give all nodes the same settings, data and Horae
        node 1: train.batch_size is 50, and 100 on node 0; give all nodes the same settings, data and Horae
        2 problems; nothing was run""";
    assertThatThrownBy(() -> node("third", 0, run, Progress.SILENT))
        .isInstanceOf(ConfigException.class)
        .hasMessage(expected);
    assertThatThrownBy(other::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ConfigException.class)
        .hasMessage(expected);
  }

  /** The other node's heap leaves a memory in which either fits, and not both. */
  @Test
  void nodesThatDoNotFitIntoTheirMachineTogetherAreRefused()
      throws IOException, InterruptedException {
    MemoryEstimate plan = SmallRun.plan(SETTINGS);
    long physical =
        ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    int heap = 512 << 20;
    long alone = plan.base() + plan.outsideHeap() + 200_000_000;
    long most = physical + heap - alone;
    Process other =
        start(
            "fourth",
            Integer.MAX_VALUE,
            "-Xms" + heap,
            "-Xmx" + most,
            "-XX:+UseG1GC",
            "-XX:G1HeapRegionSize=1m");
    Path run = folder.resolve("too-much");
    assertThatThrownBy(() -> node0("fourth", run))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("nodes 0, 1 are on one machine, which has ")
        .hasMessageContaining("; start fewer there, ");
    assertThat(other.waitFor()).isEqualTo(1);
    assertThat(folder.resolve("fourth.log"))
        .content()
        .contains("ConfigException: nodes 0, 1 are on one machine, ");
  }

  @Test
  void aModelThatIsCountedIsRefused() {
    try (Group group = Group.of("file:" + folder.resolve("unused"), 0, 2, TIMEOUT)) {
      assertThatThrownBy(
              () ->
                  Training.of(
                      ConfigReader.read(null, List.of("model.type=most-popular"), RunConfig.class),
                      SmallRun.dataset(),
                      List.of(),
                      group))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("model.type = most-popular is not trained on several nodes");
    }
  }

  private Process start(String rendezvous, int calls) throws IOException {
    return start(rendezvous, calls, "-Xmx1g", "-XX:TieredStopAtLevel=1");
  }

  private Process start(String rendezvous, int calls, String... java) throws IOException {
    return JavaProcess.of(Other.class, List.of(java), folder.resolve(rendezvous), calls)
        .redirectErrorStream(true)
        .redirectOutput(new File(folder.toFile(), rendezvous + ".log"))
        .start();
  }

  private void node0(String rendezvous, Path run) {
    node(rendezvous, 0, run, Progress.SILENT);
  }

  private void node(
      String rendezvous, int rank, Path run, Progress progress, String... otherSettings) {
    join(folder.resolve(rendezvous), rank, run, progress, otherSettings);
  }

  private static void join(
      Path rendezvous, int rank, Path run, Progress progress, String... otherSettings) {
    List<String> settings = new ArrayList<>(Arrays.asList(SETTINGS));
    settings.addAll(List.of(otherSettings));
    try (Group group = Group.of("file:" + rendezvous, rank, 2, TIMEOUT)) {
      SmallRun.node(run, group, progress, settings.toArray(String[]::new));
    }
  }

  private static RunReport report(Path run) {
    return Json.read(run.resolve("metrics.json"), RunReport.class);
  }

  /** Node 1, which dies without warning at the n-th sign of progress, if there are as many. */
  static final class Other {
    static final int EXIT = 137;

    private Other() {}

    public static void main(String[] args) {
      int[] calls = {Integer.parseInt(args[1])};
      join(
          Path.of(args[0]),
          1,
          Path.of("nowhere"),
          (what, done, total, detail) -> {
            if (--calls[0] == 0) {
              Runtime.getRuntime().halt(EXIT);
            }
          });
    }
  }
}
