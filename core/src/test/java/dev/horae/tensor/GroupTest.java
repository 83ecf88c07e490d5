package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX) // where there is Gloo
@Timeout(60) // what breaks shows as a hang
class GroupTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofSeconds(1);

  @TempDir Path folder;

  @Test
  void exchangesAnyTensors() {
    List<String> found =
        inGroup(
            3,
            group -> {
              List<Tensor> mine = new ArrayList<>(); // none, one and two of them
              for (int i = 0; i < group.rank(); i++) {
                mine.add(torch.full(new long[] {2, i}, new Scalar(group.rank())));
              }
              mine.add(Ops.int64(new long[] {1L << 40, -group.rank()}, 2));
              List<List<Tensor>> all = group.gather(mine);
              StringBuilder text = new StringBuilder();
              for (List<Tensor> tensors : all) {
                for (Tensor x : tensors) {
                  text.append(x.dim() == 2 ? x.numel() + " " : "");
                  text.append(x.dim() == 1 ? List.of(Ops.longs(x)[0], Ops.longs(x)[1]) : "");
                }
              }
              return text + " " + group.gather("ü" + group.rank());
            });
    String expected = "[1099511627776, 0]0 [1099511627776, -1]0 2 [1099511627776, -2] [ü0, ü1, ü2]";
    assertThat(found).containsOnly(expected);
  }

  @Test
  void exchangesRows() {
    long[] starts = {0, 1, 1, 4}; // node 1 has none
    List<String> found =
        inGroup(
            3,
            group -> {
              Tensor rows = torch.zeros(4, 2);
              rows.narrow(0, starts[group.rank()], starts[group.rank() + 1] - starts[group.rank()])
                  .fill_(new Scalar(group.rank() + 1));
              group.allGather(rows, starts);
              Tensor mine = torch.full(new long[] {2, 4}, new Scalar(group.rank()));
              List<Tensor> parts = group.allToAll(mine, 1, starts);
              Tensor first = torch.full(new long[] {1}, new Scalar(group.rank() + 7));
              group.broadcast(first);
              return List.of(
                      text(rows),
                      parts.stream().map(GroupTest::text).toList(),
                      text(first),
                      group.sum(new long[] {group.rank(), 1})[0])
                  .toString();
            });
    String all = "[[1, 1, 3, 3, 3, 3, 3, 3], ";
    assertThat(found)
        .containsExactly(
            all + "[[0, 0], [1, 1], [2, 2]], [7], 3]",
            all + "[[], [], []], [7], 3]",
            all + "[[0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2]], [7], 3]");
  }

  private static String text(Tensor x) {
    List<Integer> values = new ArrayList<>();
    for (float value : x.numel() == 0 ? new float[0] : Ops.floats(x)) {
      values.add((int) value);
    }
    return values.toString();
  }

  @Test
  void aloneItDoesNothing() {
    try (Group group = Group.alone()) {
      group.connect();
      Tensor x = torch.ones(2);
      group.broadcast(x);
      group.allGather(x, new long[] {0, 2});
      assertThat(group.gather("x")).containsExactly("x");
      assertThat(group.sum(new long[] {3})).containsExactly(3);
      assertThat(group.hasOthers()).isFalse();
    }
  }

  @Test
  void saysWhoDidNotCome() {
    String rendezvous = "file:" + folder.resolve("meeting");
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> connect(rendezvous, 2, 3));
    assertThatThrownBy(() -> connect(rendezvous, 0, 3))
        .isInstanceOf(GroupException.class)
        .hasMessage(
            rendezvous
                + ": within 1 s came nodes [0, 2] of 3, and not [1]; start them all, with the same"
                + " rendezvous");
    assertThatThrownBy(other::join).hasMessageContaining("and not [1]");
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      String rendezvous = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> connect(rendezvous, 0, 2))
          .isInstanceOf(GroupException.class)
          .hasMessageStartingWith(rendezvous + ": node 0 cannot listen there (")
          .hasMessageEndingWith("; give all nodes the address of node 0's machine and a free port");
    }
  }

  @Test
  void aNumberIsTakenOnce() {
    String rendezvous = "file:" + folder.resolve("twice");
    CompletableFuture<Void> first = CompletableFuture.runAsync(() -> connect(rendezvous, 1, 2));
    assertThatThrownBy(first::join).hasMessageContaining("and not [0]");
    assertThatThrownBy(() -> connect(rendezvous, 1, 2))
        .isInstanceOf(GroupException.class)
        .hasMessageContaining(rendezvous + ": node 1 has been there already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"here", ":29500", "host:", "host:0", "host:70000", "host:x"})
  void aRendezvousThatCannotBeIsRefused(String rendezvous) {
    assertThatThrownBy(() -> Group.of(rendezvous, 0, 2, LONG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(rendezvous + " is neither HOST:PORT nor file:PATH, such as 10.0.0.1:29500");
  }

  private static void connect(String rendezvous, int rank, int size) {
    try (Group group = Group.of(rendezvous, rank, size, SHORT)) {
      group.connect();
    }
  }

  /** By TCP, on a port that was free a moment ago; {@return what each node has found} */
  private static List<String> inGroup(int size, Function<Group, String> work) {
    String rendezvous = "127.0.0.1:" + freePort();
    List<CompletableFuture<String>> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int rank = i;
      nodes.add(
          CompletableFuture.supplyAsync(
              () -> {
                try (Group group = Group.of(rendezvous, rank, size, LONG)) {
                  group.connect();
                  return work.apply(group);
                }
              },
              task -> new Thread(task, "node " + rank).start()));
    }
    return nodes.stream().map(CompletableFuture::join).toList();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
