package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import dev.horae.model.TicoserecAugmentation.Operator;
import dev.horae.model.TicoserecAugmentation.Rules;
import dev.horae.tensor.Ops;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Operators, similarities and exemptions against those of the official code, executed. */
class TicoserecAugmentationTest {

  private static JsonNode official;

  @BeforeAll
  static void read() throws IOException {
    String name = "/golden/models/ticoserec-augment.json";
    try (InputStream file = TicoserecAugmentationTest.class.getResourceAsStream(name)) {
      official = new ObjectMapper().readTree(file);
    }
  }

  @Test
  void everyOperatorDoesWhatTheOfficialOneDid() {
    int compared = 0;
    for (JsonNode one : official.path("operators").path("cases")) {
      int[] items = ints(one.path("items"));
      long[] times = longs(one.path("times"));
      for (JsonNode op : one.path("ops")) {
        Operator operator = Operator.valueOf(op.path("op").asText().toUpperCase(Locale.ROOT));
        int[] expected = ints(op.path("output"));
        Deque<Integer> drawn = replay(op.path("random_draws"), items, expected);
        TicoserecAugmentation augmentation =
            new TicoserecAugmentation(
                rules(operator, op.path("mode").asText(), op.path("rate").asText()),
                item -> 1000 + item,
                bound -> {
                  assertThat(drawn.peek()).isBetween(0, bound - 1);
                  return drawn.pop();
                });
        assertThat(augmentation.apply(operator, items, times))
            .as("%s of %s", op, one.path("items"))
            .isEqualTo(expected);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(24 * 17);
  }

  /** {@return recorded draws as what a source of uniform integers must have given} */
  private static Deque<Integer> replay(JsonNode draws, int[] items, int[] output) {
    Deque<Integer> drawn = new ArrayDeque<>();
    for (JsonNode draw : draws) {
      switch (draw.get(0).asText()) {
        case "randint" -> drawn.add(draw.get(3).asInt() - draw.get(1).asInt());
        case "sample" -> {
          int[] wanted = ints(draw.get(1));
          int[] left = IntStream.range(0, items.length).toArray();
          for (int i = 0; i < wanted.length; i++) {
            drawn.add(bringTo(left, i, wanted[i], 1) - i);
          }
        }
        case "shuffled" -> {
          int[] wanted = ints(draw.get(1));
          int start = shuffledFrom(items, output, wanted);
          int[] window = Arrays.copyOfRange(items, start, start + wanted.length);
          for (int i = wanted.length - 1; i > 0; i--) {
            drawn.add(bringTo(window, i, wanted[i], -1));
          }
        }
        default -> throw new IllegalArgumentException(draw.toString());
      }
    }
    return drawn;
  }

  /** Swaps a {@code value} that lies at or beyond {@code i} to {@code i}. {@return where it lay} */
  private static int bringTo(int[] values, int i, int value, int direction) {
    int j = i;
    while (values[j] != value) {
      j += direction;
    }
    values[j] = values[i];
    values[i] = value;
    return j;
  }

  private static int shuffledFrom(int[] items, int[] output, int[] shuffled) {
    int[] sorted = shuffled.clone();
    Arrays.sort(sorted);
    for (int start = items.length - shuffled.length; start >= 0; start--) {
      int[] window = Arrays.copyOfRange(items, start, start + shuffled.length);
      Arrays.sort(window);
      int[] changed = items.clone();
      System.arraycopy(shuffled, 0, changed, start, shuffled.length);
      if (Arrays.equals(window, sorted) && Arrays.equals(changed, output)) {
        return start;
      }
    }
    throw new IllegalArgumentException(Arrays.toString(shuffled));
  }

  private static Rules rules(Operator operator, String mode, String rate) {
    String name = operator.name().toLowerCase(Locale.ROOT);
    return ConfigReader.read(
        null, List.of(name + "_mode=" + mode, name + "_rate=" + rate), Rules.class);
  }

  @Test
  void longHistoriesMeetAllOperatorsShortOnesThree() {
    JsonNode lists = official.path("operator_lists");
    int threshold = lists.path("threshold").asInt();
    assertThat(ConfigReader.read(null, List.of(), Rules.class).shortLength()).isEqualTo(threshold);
    assertThat(names(TicoserecAugmentation.operators(threshold + 1, threshold)))
        .isEqualTo(texts(lists.path("long")));
    assertThat(names(TicoserecAugmentation.operators(threshold, threshold)))
        .isEqualTo(texts(lists.path("short")));
  }

  @Test
  void variesAsTheOfficialCodeMeasuresIt() {
    for (JsonNode one : official.path("get_var")) {
      long[] times = longs(one.path("times"));
      assertThat(TicoserecAugmentation.variance(times, 0, times.length))
          .isCloseTo(one.path("var").asDouble(), within(1e-9));
    }
  }

  @Test
  void leavesTheUsersWithTheMostEvenPausesAlone() {
    JsonNode recorded = official.path("not_augmented");
    List<long[]> times = new ArrayList<>();
    recorded.path("users").forEach(user -> times.add(longs(user)));
    Histories histories =
        histories(
            times.stream().map(t -> new int[t.length]).toList(), times.toArray(long[][]::new));
    double ratio = recorded.path("ratio").asDouble();
    assertThat(numbers(TicoserecAugmentation.even(histories, ratio, false)))
        .containsExactlyInAnyOrderElementsOf(integers(recorded.path("exempt_fixed")));
    assertThat(numbers(TicoserecAugmentation.even(histories, ratio, true)))
        .containsExactlyInAnyOrderElementsOf(integers(recorded.path("exempt_official")));
  }

  @Test
  void similarByUsersAsTheOfficialCode() {
    TicoserecSimilarity similar = byUsers(false);
    TicoserecSimilarity reversed = byUsers(true);
    JsonNode recorded = official.path("itemcf_iuf");
    double most = recorded.path("official_max_score").asDouble();
    double least = recorded.path("official_min_score").asDouble();
    for (JsonNode top : recorded.path("top1")) {
      int item = top.path("item").asInt();
      double expected = (top.path("best_score").asDouble() - least) / (most - least);
      assertThat(similar.item()[item]).isEqualTo(top.path("official_top1").asInt());
      assertThat(similar.score()[item]).isCloseTo(expected, within(1e-12));
      assertThat(reversed.item()[item]).isEqualTo(similar.item()[item]);
      assertThat(reversed.score()[item]).isCloseTo(1 - expected, within(1e-12));
    }
    assertThat(similar.item()[15]).isEqualTo(TicoserecSimilarity.NONE); // in no history
  }

  @Test
  void aUserWithFewItemsSaysMoreThanOneWithMany() {
    Histories histories =
        histories(List.of(new int[] {1, 2, 3, 9}, new int[] {1, 2, 9}, new int[] {2, 3, 9}));
    TicoserecSimilarity similar = TicoserecSimilarity.byUsers(histories, 9, false);
    assertThat(similar.item()).containsExactly(-1, 2, 1, 2, -1, -1, -1, -1, -1, -1);
    assertThat(similar.score()[1]).isEqualTo(1); // .666093 as for 3 and 2; 1 and 3 have .360674
    assertThat(similar.score()[3]).isEqualTo(1);
  }

  private static TicoserecSimilarity byUsers(boolean asReleased) {
    List<int[]> users = new ArrayList<>();
    official
        .path("itemcf_iuf")
        .path("users")
        .forEach(user -> users.add(Arrays.copyOf(ints(user), user.size() - 2))); // not held out
    return TicoserecSimilarity.byUsers(histories(users), 16, asReleased);
  }

  @Test
  void similarByVectorsAndByBothAsTheOfficialCode() {
    JsonNode recorded = official.path("online");
    JsonNode embedding = recorded.path("embedding");
    int rows = embedding.size();
    int width = embedding.get(0).size();
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) embedding.get(i / width).get(i % width).asDouble();
    }
    Tensor table = Ops.float32(values, rows, width);
    int items = rows - 2; // the official table has a last row that no item has
    TicoserecSimilarity similar = TicoserecSimilarity.byVectors(table, items, false);
    TicoserecSimilarity released = TicoserecSimilarity.byVectors(table, items, true);
    TicoserecSimilarity both = byUsers(false).or(similar);
    TicoserecSimilarity releasedBoth = byUsers(true).or(released);
    for (JsonNode row : recorded.path("rows")) {
      int item = row.path("item").asInt();
      assertThat(similar.item()[item]).isEqualTo(row.path("fixed_top1").asInt());
      assertThat(similar.score()[item]).isCloseTo(row.path("fixed_score").asDouble(), within(1e-6));
      assertThat(released.item()[item]).isEqualTo(row.path("official_top1").asInt());
      assertThat(released.score()[item])
          .isCloseTo(row.path("official_reversed_score").asDouble(), within(1e-6));
      if (row.has("hybrid_fixed")) {
        assertThat(both.item()[item]).isEqualTo(row.path("hybrid_fixed").asInt());
        assertThat(releasedBoth.item()[item]).isEqualTo(row.path("hybrid_official").asInt());
      } else { // nobody has the item
        assertThat(both.item()[item]).isEqualTo(similar.item()[item]);
      }
    }
  }

  @Test
  void blocksOfItemsFindWhatOneBlockFinds() {
    int items = 9_000; // more than one block of rows
    float[] values = new float[(items + 1) * 2];
    for (int i = 1; i <= items; i++) { // on a circle: neighbours are most similar
      values[2 * i] = (float) Math.cos(2 * Math.PI * i / items);
      values[2 * i + 1] = (float) Math.sin(2 * Math.PI * i / items);
    }
    values[2 * 7_000] *= 3;
    values[2 * 7_000 + 1] *= 3; // but this one is long, and so most similar to its whole side
    TicoserecSimilarity similar =
        TicoserecSimilarity.byVectors(Ops.float32(values, items + 1, 2), items, false);
    assertThat(Arrays.copyOfRange(similar.item(), 6_500, 7_000)).containsOnly(7_000);
    assertThat(Arrays.copyOfRange(similar.item(), 7_001, 7_500)).containsOnly(7_000);
    assertThat(similar.item()[7_000]).isIn(6_999, 7_001);
  }

  // ---- help

  private static Histories histories(List<int[]> items) {
    return histories(items, items.stream().map(i -> new long[i.length]).toArray(long[][]::new));
  }

  private static Histories histories(List<int[]> items, long[][] times) {
    int[] starts = new int[items.size() + 1];
    for (int u = 0; u < items.size(); u++) {
      starts[u + 1] = starts[u] + items.get(u).length;
    }
    return new Histories(
        starts,
        items.stream().flatMapToInt(Arrays::stream).toArray(),
        Arrays.stream(times).flatMapToLong(Arrays::stream).toArray());
  }

  private static List<Integer> numbers(boolean[] users) {
    return IntStream.range(0, users.length).filter(u -> users[u]).mapToObj(u -> u + 1).toList();
  }

  private static List<String> names(List<Operator> operators) {
    return operators.stream().map(o -> o.name().toLowerCase(Locale.ROOT)).toList();
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static List<Integer> integers(JsonNode list) {
    return Arrays.stream(ints(list)).boxed().toList();
  }

  private static int[] ints(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static long[] longs(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }
}
