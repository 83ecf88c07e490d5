package dev.horae.features;

import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.encoder.MiniLm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the text of one more item as those of a table were encoded, to the bit on the machine
 * that made it. Safe for use by many threads at once.
 *
 * <p>A table does not say of which fields its texts were made, so a few of its items are encoded
 * again, by one order of fields after the other, until their vectors are those of the table.
 */
public final class ContentEncoder implements AutoCloseable {

  /** Items that are encoded again to find the fields. */
  private static final int SAMPLE = 3;

  /** Another processor may round otherwise. */
  private static final double NEAR = 1e-4;

  private final @Nullable MiniLm encoder; // null when no text can be encoded
  private final List<String> fields;
  private final String problem; // empty when texts can be encoded

  private ContentEncoder(@Nullable MiniLm encoder, List<String> fields, String problem) {
    this.encoder = encoder;
    this.fields = fields;
    this.problem = problem;
  }

  /**
   * Takes about a second.
   *
   * @param items of the tables
   * @param tables of a run: see {@code run.TrainedRun}
   */
  public static ContentEncoder of(Catalogue items, List<FeatureTable> tables) {
    Optional<FeatureTable> text =
        tables.stream().filter(table -> table.modality().equals(Encoding.TEXT)).findFirst();
    if (text.isEmpty()) {
      return without("the model was trained without text vectors");
    } else if (!text.get().encoder().equals(MiniLm.NAME)) {
      return without(
          "the text vectors '"
              + text.get().encoder()
              + "' were not made by the built-in encoder, "
              + MiniLm.NAME);
    }
    MiniLm encoder = new MiniLm();
    List<String> fields = fields(items, text.get(), encoder);
    if (!fields.isEmpty()) {
      return new ContentEncoder(encoder, fields, "");
    }
    encoder.close();
    return without(
        "the text vectors were made of other fields than title, categories and brand, which the"
            + " run does not keep");
  }

  private static ContentEncoder without(String problem) {
    return new ContentEncoder(null, List.of(), problem);
  }

  /** {@return why no text can be encoded; empty when texts can be} */
  public Optional<String> problem() {
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  /**
   * {@return the vector of an item's text; empty when it has none, or {@link #problem} says why}
   */
  public Optional<float[]> text(Item item) {
    String text = encoder == null ? "" : TextTemplate.text(item, fields);
    return encoder == null || text.isEmpty() ? Optional.empty() : Optional.of(encoder.encode(text));
  }

  /** {@return the vector of what somebody looks for: that of an item with this title alone} */
  public Optional<float[]> text(String wanted) {
    String text = TextTemplate.text(new Item("", wanted, "", List.of(), ""), List.of("title"));
    return encoder == null || text.isEmpty() ? Optional.empty() : Optional.of(encoder.encode(text));
  }

  /** {@return the fields and their order by which the table was made; empty when none is found} */
  private static List<String> fields(Catalogue items, FeatureTable table, MiniLm encoder) {
    int[] sample = sample(items, table);
    float[][] expected = new float[sample.length][];
    int[] next = {0};
    table.each(
        row -> {
          int place = Arrays.binarySearch(sample, next[0]++);
          if (place >= 0) {
            expected[place] = row.clone();
          }
        });
    for (List<String> fields : orders()) {
      boolean same = sample.length > 0;
      for (int i = 0; i < sample.length && same; i++) {
        String text = TextTemplate.text(items.item(sample[i]), fields);
        same = !text.isEmpty() && near(encoder.encode(text), expected[i]);
      }
      if (same) {
        return fields;
      }
    }
    return List.of();
  }

  /**
   * {@return items whose text differs by its fields, ascending; any with a text if there are none}
   */
  private static int[] sample(Catalogue items, FeatureTable table) {
    boolean[] filled = new boolean[table.rows()];
    int[] next = {0};
    table.each(
        row -> {
          boolean any = false;
          for (float value : row) {
            any |= value != 0;
          }
          filled[next[0]++] = any;
        });
    int[] all = IntStream.rangeClosed(1, items.size()).filter(i -> filled[i]).toArray();
    int[] telling =
        Arrays.stream(all).filter(i -> tellsFieldsApart(items.item(i))).limit(SAMPLE).toArray();
    return telling.length > 0 ? telling : Arrays.stream(all).limit(SAMPLE).toArray();
  }

  private static boolean tellsFieldsApart(Item item) {
    return Item.TEXT_FIELDS.stream()
            .map(item::text)
            .filter(text -> !text.isBlank())
            .distinct()
            .count()
        == Item.TEXT_FIELDS.size();
  }

  /** {@return every order of one field or more, the usual one first} */
  private static Set<List<String>> orders() {
    Set<List<String>> orders = new LinkedHashSet<>(List.of(Item.TEXT_FIELDS));
    List<List<String>> last = List.of(List.of());
    for (int length = 1; length <= Item.TEXT_FIELDS.size(); length++) {
      List<List<String>> longer = new ArrayList<>();
      for (List<String> order : last) {
        for (String field : Item.TEXT_FIELDS) {
          if (!order.contains(field)) {
            List<String> one = new ArrayList<>(order);
            one.add(field);
            longer.add(one);
          }
        }
      }
      orders.addAll(longer);
      last = longer;
    }
    return orders;
  }

  private static boolean near(float[] vector, float[] other) {
    boolean near = vector.length == other.length;
    for (int i = 0; i < vector.length && near; i++) {
      near = Math.abs(vector[i] - other[i]) < NEAR;
    }
    return near;
  }

  @Override
  public void close() {
    if (encoder != null) {
      encoder.close();
    }
  }
}
