package dev.horae.tensor;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Processes, the nodes, that work on one task and exchange tensors in main memory by libtorch's
 * Gloo. Every node must call the same collective operations in the same order. What they compute
 * does not depend on which message comes first.
 *
 * <p>Between the nodes nothing is encrypted and nobody is authenticated, as everywhere in
 * torch.distributed: for networks that are trusted. Linux only, for so is Bytedeco's Gloo.
 */
public final class Group implements AutoCloseable {

  private static final String FILE = "file:";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String DOCUMENTATION = "192.0.2.1"; // RFC 5737: is nobody's
  private static final String LONG = "int64";
  private static final int MOST_PORT = 65_535;
  private static final long PAUSE_MILLIS = 50; // between two looks at who has come
  private static final int TAGS = 1 << 20;

  private final String rendezvous;
  private final int rank;
  private final int size;
  private final Duration timeout;
  private @Nullable Store store; // null until connected, and alone
  private @Nullable ProcessGroupGloo gloo; // likewise
  private int tag; // of the next exchange
  private long sentBytes;

  private Group(String rendezvous, int rank, int size, Duration timeout) {
    this.rendezvous = rendezvous;
    this.rank = rank;
    this.size = size;
    this.timeout = timeout;
  }

  /** {@return a group of this process only} Its operations do nothing, and cost nothing. */
  public static Group alone() {
    return new Group("", 0, 1, Duration.ZERO);
  }

  /**
   * A group that is yet to {@link #connect}.
   *
   * @param rendezvous {@code HOST:PORT}, where node 0 will listen, or {@code file:PATH}, a file
   *     that is not there yet, on a file system that all nodes share
   * @param rank of this node, from 0
   * @param size how many nodes there are, at least 2
   * @param timeout how long to wait for the other nodes, at the start and in each operation
   * @throws IllegalArgumentException when one of them cannot be
   */
  public static Group of(String rendezvous, int rank, int size, Duration timeout) {
    if (size < 2 || rank < 0 || rank >= size) {
      throw new IllegalArgumentException("node " + rank + " of " + size);
    }
    if (!rendezvous.startsWith(FILE)) {
      port(rendezvous);
    }
    return new Group(rendezvous, rank, size, timeout);
  }

  /** {@return which node this is, from 0} */
  public int rank() {
    return rank;
  }

  /** {@return how many nodes there are} */
  public int size() {
    return size;
  }

  /** {@return whether there are other nodes} */
  public boolean hasOthers() {
    return size > 1;
  }

  /** {@return how many bytes of tensors this node has sent to others so far} */
  public long sentBytes() {
    return sentBytes;
  }

  // ---- coming together

  /**
   * Waits for the other nodes; outside any scope.
   *
   * @throws GroupException when they do not all come in time
   */
  public void connect() {
    if (!hasOthers() || gloo != null) {
      return;
    }
    Scope.requireNone("Group");
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new GroupException(
          "training over several nodes needs Linux, for its transport (Gloo) is built for no other"
              + " system here; train on one");
    }
    Store meeting = rendezvous.startsWith(FILE) ? file() : tcp();
    store = meeting;
    boolean near = meet(meeting);
    ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(milliseconds());
    GlooDeviceVector devices = new GlooDeviceVector();
    devices.resize(1);
    devices.put(0, ProcessGroupGloo.createDeviceForHostname(near ? LOOPBACK : address()));
    options.devices(devices);
    options.threads(1);
    try {
      gloo = new ProcessGroupGloo(meeting, rank, size, options);
    } catch (RuntimeException e) {
      throw new GroupException(
          "node "
              + rank
              + " cannot reach all of the others, which met at "
              + rendezvous
              + " ("
              + reason(e)
              + "); open all ports between the nodes, and start all of them again",
          e);
    }
  }

  private Store file() {
    try {
      return new FileStore(rendezvous.substring(FILE.length()), size);
    } catch (RuntimeException e) {
      throw unusable(e);
    }
  }

  private GroupException unusable(RuntimeException e) {
    return new GroupException(
        rendezvous
            + ": cannot be used ("
            + reason(e)
            + "); name a new file in a directory that all nodes can write",
        e);
  }

  private Store tcp() {
    TCPStoreOptions options = new TCPStoreOptions();
    options.port((short) port(rendezvous)); // unsigned there
    options.isServer(rank == 0);
    options.waitWorkers(false);
    options.timeout(milliseconds());
    try {
      return new TCPStore(host(rendezvous), options);
    } catch (RuntimeException e) {
      throw new GroupException(
          rank == 0
              ? rendezvous
                  + ": node 0 cannot listen there ("
                  + reason(e)
                  + "); give all nodes the address of node 0's machine and a free port"
              : rendezvous
                  + ": node 0 was not there within "
                  + timeout.toSeconds()
                  + " s ("
                  + reason(e)
                  + "); start it, or correct the rendezvous",
          e);
    }
  }

  /**
   * Says that this node is there, and waits for the others to say it.
   *
   * @return whether all are in one network namespace, and so reach each other by loopback
   */
  private boolean meet(Store meeting) {
    String network = "horae/network/" + network();
    try {
      meeting.add(network, 1);
      if (meeting.add(key(rank), 1) > 1) {
        throw new GroupException(
            rendezvous
                + ": node "
                + rank
                + " has been there already; two processes have the same number, or an earlier start"
                + " left it: give each node its own number, and all of them a new rendezvous");
      }
    } catch (RuntimeException e) {
      throw e instanceof GroupException ? e : unusable(e);
    }
    try {
      StringVector all =
          new StringVector(IntStream.range(0, size).mapToObj(Group::key).toArray(String[]::new));
      long start = System.nanoTime();
      while (!meeting.check(all)) {
        if (System.nanoTime() - start > timeout.toNanos()) {
          throw new GroupException(
              "%s: within %s s came %s; start them all, with the same rendezvous"
                  .formatted(rendezvous, timeout.toSeconds(), whoCame(meeting)));
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      return meeting.add(network, 0) == size;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GroupException(rendezvous + ": interrupted while waiting for the other nodes", e);
    } catch (RuntimeException e) {
      throw e instanceof GroupException ? e : lostBefore(e);
    }
  }

  private GroupException lostBefore(RuntimeException e) {
    return new GroupException(
        "%s: node 0 ended before all had come (%s); its own messages say why"
            .formatted(rendezvous, reason(e)),
        e);
  }

  /** {@return such as {@code nodes [0, 2] of 4, and not [1, 3]}} */
  private String whoCame(Store meeting) {
    List<Integer> came = new ArrayList<>();
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      (meeting.check(new StringVector(key(i))) ? came : missing).add(i);
    }
    return "nodes " + came + " of " + size + ", and not " + missing;
  }

  private static String key(int node) {
    return "horae/node/" + node;
  }

  /** {@return what processes have in common that reach each other by the loopback interface} */
  private static String network() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    } catch (IOException e) { // not to be seen from a sandbox: then nobody else's is the same
      return ProcessHandle.current().pid() + "/" + System.nanoTime();
    }
  }

  /** {@return this node's address on the interface that leads to the others; nothing is sent} */
  private String address() {
    String towards = rendezvous.startsWith(FILE) ? DOCUMENTATION : host(rendezvous);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(towards, 1));
      return socket.getLocalAddress().getHostAddress();
    } catch (SocketException | UncheckedIOException e) {
      return InetAddress.getLoopbackAddress().getHostAddress(); // there is no other
    }
  }

  private static String host(String rendezvous) {
    return rendezvous.substring(0, rendezvous.lastIndexOf(':'));
  }

  private static int port(String rendezvous) {
    String port = rendezvous.substring(rendezvous.lastIndexOf(':') + 1);
    if (rendezvous.lastIndexOf(':') < 1
        || !port.matches("\\d{1,5}")
        || Integer.parseInt(port) < 1
        || Integer.parseInt(port) > MOST_PORT) {
      throw new IllegalArgumentException(
          rendezvous + " is neither HOST:PORT nor file:PATH, such as 10.0.0.1:29500");
    }
    return Integer.parseInt(port);
  }

  private Milliseconds milliseconds() {
    return new Milliseconds(timeout.toMillis());
  }

  // ---- collective operations

  /** {@return what each node said, in their order} */
  public List<String> gather(String mine) {
    if (!hasOthers()) {
      return List.of(mine);
    }
    try (Scope scope = Scope.inference()) {
      byte[] bytes = mine.getBytes(StandardCharsets.UTF_8);
      List<Tensor> lengths = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        lengths.add(Ops.int64(new long[] {bytes.length}, 1));
      }
      exchange(to -> List.of(lengths.get(rank)), from -> List.of(lengths.get(from)));
      List<Tensor> texts = new ArrayList<>();
      for (Tensor length : lengths) {
        texts.add(torch.empty(length.item_long()).to(ScalarType.Byte));
      }
      new BytePointer(texts.get(rank).data_ptr()).put(bytes);
      exchange(to -> List.of(texts.get(rank)), from -> List.of(texts.get(from)));
      return texts.stream().map(Group::text).toList();
    }
  }

  private static String text(Tensor utf8) {
    byte[] bytes = new byte[Math.toIntExact(utf8.numel())];
    new BytePointer(utf8.data_ptr()).get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * {@return the sums over all nodes}
   *
   * @param mine as many on all nodes
   */
  public long[] sum(long[] mine) {
    if (!hasOthers()) {
      return mine;
    }
    try (Scope scope = Scope.inference()) {
      Tensor sum = torch.zeros(mine.length).to(ScalarType.Long);
      gather(List.of(Ops.int64(mine, mine.length))).forEach(of -> sum.add_(of.get(0)));
      return Ops.longs(sum);
    }
  }

  /**
   * {@return the tensors that each node gave, in their order; this node's own as they are} As many
   * as each likes, of any shape.
   *
   * @param mine float32 or int64
   */
  public List<List<Tensor>> gather(List<Tensor> mine) {
    String shapes = mine.stream().map(Group::shape).collect(Collectors.joining("\n"));
    List<List<Tensor>> all = new ArrayList<>();
    for (String said : gather(shapes)) {
      all.add(all.size() == rank ? mine : said.lines().map(Group::empty).toList());
    }
    List<Tensor> plain = mine.stream().map(Tensor::contiguous).toList();
    exchange(to -> plain, all::get);
    return all;
  }

  private static String shape(Tensor x) {
    String dtype = x.scalar_type().intern() == ScalarType.Long ? LONG : "float";
    return dtype
        + " "
        + Arrays.stream(x.sizes().vec().get())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(" "));
  }

  private static Tensor empty(String shape) {
    String[] words = shape.split(" ", -1);
    long[] sizes = Arrays.stream(words).skip(1).mapToLong(Long::parseLong).toArray();
    ScalarType dtype = words[0].equals(LONG) ? ScalarType.Long : ScalarType.Float;
    return torch.empty(sizes).to(dtype);
  }

  /**
   * Fills a tensor of which each node has some rows.
   *
   * @param rows [n, any], contiguous
   * @param starts first row of each node, and behind the last n
   */
  public void allGather(Tensor rows, long[] starts) {
    exchange(
        to -> List.of(part(rows, 0, starts, rank)), from -> List.of(part(rows, 0, starts, from)));
  }

  /**
   * {@return what each node has of this node's rows, in the order of the nodes; this node's own is
   * a view}
   *
   * @param mine of the same shape on all nodes
   * @param axis along which the rows lie
   * @param starts first row of each node, and behind the last how many there are
   */
  public List<Tensor> allToAll(Tensor mine, int axis, long[] starts) {
    Tensor own = part(mine, axis, starts, rank);
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      parts.add(i == rank ? own : torch.empty_like(own));
    }
    exchange(
        to -> List.of(part(mine, axis, starts, to).contiguous()), from -> List.of(parts.get(from)));
    return parts;
  }

  private static Tensor part(Tensor x, int axis, long[] starts, int node) {
    return x.narrow(axis, starts[node], starts[node + 1] - starts[node]);
  }

  /** Overwrites {@code x}, contiguous and of the same shape everywhere, with that of node 0. */
  public void broadcast(Tensor x) {
    exchange(to -> rank == 0 ? List.of(x) : List.of(), from -> from == 0 ? List.of(x) : List.of());
  }

  /**
   * Sends to each other node, and receives from it, tensors whose shapes both know.
   *
   * @param outgoing contiguous, by node
   * @param incoming likewise; overwritten
   */
  private void exchange(IntFunction<List<Tensor>> outgoing, IntFunction<List<Tensor>> incoming) {
    if (!hasOthers()) {
      return;
    }
    ProcessGroupGloo connected = requireNonNull(gloo, "connect() comes first");
    tag = (tag + 1) % TAGS;
    List<List<Work>> begun = new ArrayList<>(); // by node
    try (Scope scope = Scope.inference()) {
      for (int i = 0; i < size; i++) {
        int other = i;
        List<Work> with = new ArrayList<>();
        if (other != rank) {
          require(
              other,
              () -> {
                List<Tensor> sent = outgoing.apply(other);
                transfers(sent).forEach(x -> with.add(connected.send(x, other, tag)));
                sentBytes += sent.stream().mapToLong(Tensor::nbytes).sum();
                transfers(incoming.apply(other))
                    .forEach(x -> with.add(connected.recv(x, other, tag)));
              });
        }
        begun.add(with);
      }
      for (int i = 0; i < size; i++) {
        List<Work> with = begun.get(i);
        require(i, () -> with.forEach(Work::_wait));
      }
    }
  }

  private static Stream<TensorVector> transfers(List<Tensor> tensors) {
    return tensors.stream().filter(x -> x.numel() > 0).map(TensorVector::new);
  }

  /** Says which node was lost when it was. */
  private void require(int other, Runnable transfer) {
    try {
      transfer.run();
    } catch (RuntimeException e) {
      boolean late = String.valueOf(e.getMessage()).contains("Timed out");
      throw new GroupException(
          late
              ? "node %s of %s did not answer node %s within %s s; look whether it still works, or give a longer ``timeout``"
                  .formatted(other, size, rank, timeout.toSeconds())
              : "node %s lost node %s of %s (%s); its own messages say why it ended"
                  .formatted(rank, other, size, reason(e)),
          e);
    }
  }

  /** {@return what libtorch says, without the place in its sources} */
  private static String reason(RuntimeException e) {
    return String.valueOf(e.getMessage())
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("^\\[[^\\]]*\\] ", "");
  }

  /** Leaves the others, which fail should they still need this node. */
  @Override
  public void close() {
    if (gloo != null) {
      gloo.close();
    }
    if (store != null) {
      store.close();
    }
  }
}
