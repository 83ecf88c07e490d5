package dev.horae.spark;

import dev.horae.data.FeatureTable;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Vectors of items as an index of <a href="https://github.com/datastax/jvector">JVector</a>, in its
 * own format with the vectors in it: a graph (HNSW's layers over Vamana) in which items are
 * neighbours by their products. Node i is the item i + 1.
 */
final class JVectorFile {

  private static final int DEGREE = 32; // neighbours of an item
  private static final int BEAM = 200; // candidates among which they are chosen
  private static final float OVERFLOW = 1.2f; // more neighbours than the degree, for a while
  private static final float ALPHA = 1.2f; // how much longer than need be a neighbour may be

  /** JVector says at every start how it found its threads, and which modules Java lacks. */
  private static final Logger CHATTER = Logger.getLogger("io.github.jbellis.jvector");

  static {
    CHATTER.setLevel(Level.SEVERE);
  }

  private JVectorFile() {}

  /**
   * Builds an index and writes it.
   *
   * <p>By the constructor, as the server does: JVector's newer way to make a builder asks the
   * process's management whether there are layers.
   *
   * @param table row 0 is padding and left out
   */
  @SuppressWarnings("deprecation")
  static void write(FeatureTable table, Path file) throws IOException {
    VectorTypeSupport types = VectorizationProvider.getInstance().getVectorTypeSupport();
    int width = table.width();
    List<VectorFloat<?>> vectors = new ArrayList<>();
    for (int row = 1; row < table.rows(); row++) {
      vectors.add(
          types.createFloatVector(
              Arrays.copyOfRange(table.values(), row * width, (row + 1) * width)));
    }
    ListRandomAccessVectorValues all = new ListRandomAccessVectorValues(vectors, width);
    BuildScoreProvider products =
        BuildScoreProvider.randomAccessScoreProvider(all, VectorSimilarityFunction.DOT_PRODUCT);
    try (GraphIndexBuilder builder =
        new GraphIndexBuilder(products, width, DEGREE, BEAM, OVERFLOW, ALPHA, true)) {
      OnDiskGraphIndex.write(builder.build(all), all, file);
    }
  }
}
