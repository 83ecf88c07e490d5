package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.features.Encoding;
import dev.horae.features.FeatureStore;
import dev.horae.run.Training;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Scored;
import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorsCommandTest {

  private static final int BEST = 5;

  @TempDir Path folder;

  private static Map<String, List<Float>> read(Path place) {
    Map<String, List<Float>> vectors = new HashMap<>();
    for (Row row : SparkSession.active().read().parquet(place.toString()).collectAsList()) {
      vectors.put(row.getString(0), row.getList(1));
    }
    return vectors;
  }

  private static double product(List<Float> a, List<Float> b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }

  /** {@return the five best items of each user, from the vectors of all} */
  private static Map<String, List<String>> best(Path place, Map<String, List<Float>> users) {
    Map<String, List<Float>> items = read(place.resolve("items"));
    Map<String, List<String>> best = new HashMap<>();
    users.forEach(
        (user, vector) ->
            best.put(
                user,
                items.keySet().stream()
                    .sorted(Comparator.comparingDouble(item -> -product(vector, items.get(item))))
                    .limit(BEST)
                    .toList()));
    return best;
  }

  /** {@return the same as JVector finds them in its file, as docs/spark.md shows} */
  private static Map<String, List<String>> bestBySearch(Path place, Map<String, List<Float>> users)
      throws IOException {
    List<String> ids = Files.readAllLines(place.resolve("items.ids.txt"));
    Map<String, List<String>> best = new HashMap<>();
    try (ReaderSupplier file = ReaderSupplierFactory.open(place.resolve("items.jvector"));
        OnDiskGraphIndex index = OnDiskGraphIndex.load(file)) {
      for (Map.Entry<String, List<Float>> user : users.entrySet()) {
        float[] values = new float[user.getValue().size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = user.getValue().get(i);
        }
        SearchResult found =
            GraphSearcher.search(
                VectorizationProvider.getInstance()
                    .getVectorTypeSupport()
                    .createFloatVector(values),
                BEST,
                ids.size(), // kept on the way: all, of so few
                index.getView(),
                VectorSimilarityFunction.DOT_PRODUCT,
                index,
                Bits.ALL);
        best.put(
            user.getKey(),
            Arrays.stream(found.getNodes()).map(node -> ids.get(node.node)).toList());
      }
    }
    return best;
  }

  @Test
  void theProductOfTwoVectorsIsTheScore() throws Exception {
    TrainedShop shop = TrainedShop.get();
    Path out = folder.resolve("vectors");
    String said =
        Verb.done(
            "vectors",
            shop.run(),
            "--data",
            shop.data().directory(),
            "--jvector",
            "--output",
            out,
            "--master=local[2]");
    assertThat(said).isEqualTo("vectors of 16 values, of 48 items and 60 users: " + out + "\n");
    Map<String, List<Float>> items = read(out.resolve("items"));
    Map<String, List<Float>> users = read(out.resolve("users"));
    assertThat(items).hasSize(48);
    assertThat(users).hasSize(60);
    assertThat(best(out, users)).isEqualTo(bestBySearch(out, users));
    Dataset data = shop.data();
    List<Event> history = new ArrayList<>(); // of user 0
    for (int e = 0; e < data.histories().starts()[1]; e++) {
      String item = data.catalogue().item(data.histories().items()[e]).id();
      history.add(new Event(item, data.histories().times()[e]));
    }
    try (Recommender recommender = Recommender.open(shop.run())) {
      for (Scored best : recommender.recommend(history, 48).items()) {
        double score = product(users.get(data.users().get(0)), items.get(best.item()));
        assertThat(score).isCloseTo(best.score(), within(1e-4 * Math.abs(best.score()) + 1e-5));
      }
      // what it writes for NumPy is what encode takes for vectors made elsewhere
      Dataset other = TrainedShop.copy(folder.resolve("data"));
      Encoding.text(other, out.resolve("items.npy").toString());
      FeatureTable table = FeatureStore.read(other, "text", "items");
      float[] expected = recommender.itemVectors().values();
      Arrays.fill(expected, 0, table.width(), 0); // padding, whose vector is not exported
      assertThat(table.values()).isEqualTo(expected);
    }
  }

  @Test
  void aModelWithoutVectorsIsRefused() throws Exception {
    Path run = folder.resolve("run");
    Training.run(TrainedShop.get().data(), "most-popular", run);
    Path out = folder.resolve("vectors");
    Verb verb = Verb.run("vectors", run, "--output", out, "--master=local");
    assertThat(verb.err()).startsWith("the score of most-popular is no product of two vectors, so");
    assertThat(verb.code()).isEqualTo(3);
    assertThat(out).doesNotExist();
  }
}
