package dev.horae.index;

import dev.horae.data.AtomicFiles;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.NodesIterator;
import io.github.jbellis.jvector.graph.similarity.ScoreFunction;
import io.github.jbellis.jvector.util.Bits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which items are near which, as JVector built it: node i is item i + 1 and has up to M neighbours.
 * JVector searches it. It holds numbers alone and no vectors, so that the file of it, which is
 * mapped, is small: 4 M bytes per item. Any number of threads may read it.
 */
final class ItemGraph implements ImmutableGraphIndex {

  private static final String NEIGHBOURS = "neighbours";
  private static final String ENTRY = "entry";
  private static final int NONE = -1; // behind the last neighbour of a node
  private static final int BLOCK = 1 << 28; // values of a buffer; as safetensors cuts

  private final List<IntBuffer> blocks; // [N, M]
  private final int nodes;
  private final int degree;
  private final int entry;

  private ItemGraph(List<IntBuffer> blocks, int nodes, int degree, int entry) {
    this.blocks = blocks;
    this.nodes = nodes;
    this.degree = degree;
    this.entry = entry;
  }

  /**
   * Keeps of a graph what a search needs.
   *
   * @param built of one layer
   */
  static ItemGraph of(ImmutableGraphIndex built) {
    int nodes = built.size(0);
    int degree = built.getDegree(0);
    List<IntBuffer> blocks = new ArrayList<>();
    for (long at = 0; at < (long) nodes * degree; at += BLOCK) {
      int length = (int) Math.min(BLOCK, (long) nodes * degree - at);
      blocks.add(
          ByteBuffer.allocateDirect(4 * length).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer());
    }
    int[] row = new int[degree];
    try (View view = built.getView()) {
      for (int node = 0; node < nodes; node++) {
        Arrays.fill(row, NONE);
        NodesIterator neighbours = view.getNeighborsIterator(0, node);
        for (int n = 0; n < degree && neighbours.hasNext(); n++) {
          row[n] = neighbours.nextInt();
        }
        for (int n = 0; n < degree; n++) {
          long at = (long) node * degree + n;
          blocks.get((int) (at / BLOCK)).put((int) (at % BLOCK), row[n]);
        }
      }
      return new ItemGraph(blocks, nodes, degree, view.entryNode().node);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
  }

  /** Writes it, whole or not at all, with more to say about it. */
  void write(Path file, Map<String, String> more) {
    Map<String, String> metadata = new TreeMap<>(more);
    metadata.put(ENTRY, Integer.toString(entry));
    List<ByteBuffer> bytes = new ArrayList<>();
    for (IntBuffer block : blocks) {
      ByteBuffer copy = ByteBuffer.allocate(4 * block.capacity()).order(ByteOrder.LITTLE_ENDIAN);
      copy.asIntBuffer().put(block.duplicate().clear());
      bytes.add(copy);
    }
    Safetensors.Entry neighbours =
        new Safetensors.Entry("I32", new long[] {nodes, degree}, bytes, 0);
    AtomicFiles.write(file, new Safetensors(metadata, Map.of(NEIGHBOURS, neighbours))::write);
  }

  /**
   * Maps what {@link #write} wrote.
   *
   * @param stored checked against its checksum
   * @param file named in errors
   * @throws CheckpointException when it is no graph of so many items
   */
  static ItemGraph read(Safetensors stored, int items, Path file) {
    Safetensors.Entry neighbours = stored.entries().get(NEIGHBOURS);
    String entry = stored.metadata().getOrDefault(ENTRY, "");
    if (neighbours == null
        || !neighbours.dtype().equals("I32")
        || neighbours.shape().length != 2
        || neighbours.shape()[0] != items
        || !entry.matches("\\d{1,9}")
        || Integer.parseInt(entry) >= items) {
      throw new CheckpointException(file + ": is no graph of " + items + " items; delete it");
    }
    List<IntBuffer> blocks =
        neighbours.blocks().stream()
            .map(block -> block.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind().asIntBuffer())
            .toList();
    int degree = Math.toIntExact(neighbours.shape()[1]);
    return new ItemGraph(blocks, items, degree, Integer.parseInt(entry));
  }

  @Override
  public View getView() {
    return new Neighbours();
  }

  /** Reads the graph; one thread's. */
  private final class Neighbours implements View {

    private int get(int node, int n) {
      long at = (long) node * degree + n;
      return blocks.get((int) (at / BLOCK)).get((int) (at % BLOCK));
    }

    @Override
    public NodesIterator getNeighborsIterator(int level, int node) {
      int[] found = new int[degree];
      int count = 0;
      while (count < degree && get(node, count) != NONE) {
        found[count] = get(node, count);
        count++;
      }
      return new NodesIterator.ArrayNodesIterator(found, count);
    }

    @Override
    public void processNeighbors(
        int level,
        int node,
        ScoreFunction scores,
        IntMarker visited,
        NeighborProcessor neighbours) {
      for (int n = 0; n < degree; n++) {
        int next = get(node, n);
        if (next == NONE) {
          return;
        }
        if (visited.mark(next)) {
          neighbours.process(next, scores.similarityTo(next));
        }
      }
    }

    @Override
    @SuppressWarnings("deprecation") // it must be there nevertheless
    public int size() {
      return nodes;
    }

    @Override
    public NodeAtLevel entryNode() {
      return new NodeAtLevel(0, entry);
    }

    @Override
    public Bits liveNodes() {
      return Bits.ALL;
    }

    @Override
    public boolean contains(int level, int node) {
      return level == 0 && node >= 0 && node < nodes;
    }

    @Override
    public void close() {}
  }

  @Override
  public NodesIterator getNodes(int level) {
    return NodesIterator.fromPrimitiveIterator(IntStream.range(0, nodes).iterator(), nodes);
  }

  @Override
  public int maxDegree() {
    return degree;
  }

  @Override
  public List<Integer> maxDegrees() {
    return List.of(degree);
  }

  /** {@return 0: it has no vectors} */
  @Override
  public int getDimension() {
    return 0;
  }

  @Override
  public boolean isHierarchical() {
    return false;
  }

  @Override
  public int getMaxLevel() {
    return 0;
  }

  @Override
  public int getDegree(int level) {
    return degree;
  }

  @Override
  public double getAverageDegree(int level) {
    View view = getView();
    long sum = 0;
    for (int node = 0; node < nodes; node++) {
      sum += view.getNeighborsIterator(0, node).size();
    }
    return sum / (double) Math.max(1, nodes);
  }

  @Override
  public int size(int level) {
    return nodes;
  }

  @Override
  public long ramBytesUsed() {
    return 4L * nodes * degree;
  }

  @Override
  public void close() {}
}
