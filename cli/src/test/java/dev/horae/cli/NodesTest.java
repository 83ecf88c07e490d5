package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.TrainedShop.Result;
import dev.horae.run.RunDirectory;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training in several processes, as the command line starts and ends them. */
@EnabledOnOs(OS.LINUX) // where there is Gloo
@Timeout(120) // what breaks shows as a hang
class NodesTest {

  private static TrainedShop shop;

  @TempDir Path folder;
  private Process process;

  @BeforeAll
  static void openShop() throws Exception {
    shop = TrainedShop.get();
  }

  @AfterEach
  void endWhatGoesOn() {
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void twoProcessesGiveTheBitsOfOneAndKeepTheirWorkers() {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    assertThat(TrainedShop.train(shop.data(), one, "train.workers=4").code()).isZero();
    Result result = TrainedShop.train(shop.data(), two, "train.workers=2", "--nodes=2");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("run directory: " + two);
    for (String file : new String[] {"model.safetensors", "ranks-valid.csv", "ranks-test.csv"}) {
      assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
    }
    Result again = // whatever the machine has
        TrainedShop.done("train", "--resume", two, "--nodes=2", "train.epochs=3");
    assertThat(again.out()).doesNotContain("warning: ");
    assertThat(RunDirectory.open(two).config().train().workers()).isEqualTo(2);
    assertThat(TrainedShop.done("train", "--resume", two, "train.epochs=4").out())
        .contains(
            "\nwarning: 4 workers (of all nodes together) have trained it so far, and 2 go on: its"
                + " bits will be others than those of a run that was not stopped\n");
  }

  @Test
  void aNodeThatIsKilledEndsAllWithOneMessage() throws Exception {
    Path run = start();
    process.children().findFirst().orElseThrow().destroyForcibly();
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(Program.err(folder))
        .isEqualTo(
            "node 1: was ended by signal 9; all nodes have stopped, continue with: horae train"
                + " --resume "
                + run
                + " --nodes 2\n");
  }

  /** To all of a terminal's programs at once, as Ctrl-C does: the child first, then the parent. */
  @Test
  void allEndTogetherAndSayHowToContinue() throws Exception {
    Path run = start();
    ProcessHandle child = process.children().findFirst().orElseThrow();
    child.destroy(); // a terminal stops all at once
    Program.signal(process, "INT");
    assertThat(process.waitFor()).isEqualTo(130);
    assertThat(Program.err(folder))
        .isEqualTo("stopped; continue with: horae train --resume " + run + " --nodes 2\n");
  }

  private ProcessBuilder nodes(Path run, String... more) throws Exception {
    List<Object> words =
        new ArrayList<>(List.of("train", "--data", shop.data(), "--out", run, "--nodes=2"));
    words.addAll(List.of(more));
    return Program.of(folder, List.of(), words.toArray());
  }

  /** {@return the directory of a run of two nodes that has trained an epoch, and goes on} */
  private Path start() throws Exception {
    Path run = folder.resolve("run");
    process =
        nodes(
                run,
                "model.hidden_size=16",
                "model.inner_size=32",
                "train.epochs=100000",
                "train.patience=100000")
            .redirectOutput(Redirect.PIPE)
            .start();
    Program.await(process.getInputStream(), "epoch 1");
    return run;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nodes=0 | --nodes 0 is not positive; 2 are two processes",
        "--nodes=2 --timeout=0 | --timeout 0 is not positive; 300 are five minutes",
        "--nodes=2 --node=1 | --node and --rendezvous go together, with --nodes; without both,"
            + " --nodes starts all nodes on this machine",
        "--node=1 --rendezvous=a:1 | --node and --rendezvous go together, with --nodes; without"
            + " both, --nodes starts all nodes on this machine",
        "--nodes=2 --node=2 --rendezvous=a:1 | --node 2 is none of --nodes 2; count from 0",
        "--nodes=2 --node=0 --rendezvous=a | --rendezvous a is neither HOST:PORT nor file:PATH,"
            + " such as 10.0.0.1:29500",
      })
  void optionsThatDoNotFitAreRefused(String options, String message) {
    Result result =
        TrainedShop.train(shop.data(), folder.resolve("no"), (Object[]) options.split(" ", -1));
    assertThat(result.err()).isEqualTo(message + "\n'horae train --help' explains it.\n");
    assertThat(result.code()).isEqualTo(2);
    assertThat(folder.resolve("no")).doesNotExist();
  }

  @Test
  void whoDoesNotComeIsNamed() {
    Result result =
        TrainedShop.train(
            shop.data(),
            folder.resolve("alone"),
            "--nodes=2",
            "--node=0",
            "--rendezvous=file:" + folder.resolve("meeting"),
            "--timeout=1");
    assertThat(result.err())
        .isEqualTo(
            "file:%s: within 1 s came nodes [0] of 2, and not [1]; start them all, with the same rendezvous; all nodes have stopped, and nothing was trained\n"
                .formatted(folder.resolve("meeting")));
    assertThat(result.code()).isEqualTo(1);
    assertThat(folder.resolve("alone")).doesNotExist();
  }

  @Test
  void nodesThatDifferLeaveNoRun() throws Exception {
    Path run = folder.resolve("run");
    String meeting = "--rendezvous=file:" + folder.resolve("meeting");
    process = nodes(run, "--node=1", meeting, "train.batch_size=64", "seed=5").start();
    Result result = TrainedShop.train(shop.data(), run, "--nodes=2", "--node=0", meeting, "seed=6");
    assertThat(result.err()).contains("node 1: seed is 5, and 6 on node 0; ");
    assertThat(result.code()).isEqualTo(2);
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(run).doesNotExist();
  }
}
