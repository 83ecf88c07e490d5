package dev.horae.features;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Reasons;
import dev.horae.encoder.MiniLm;
import dev.horae.picture.UnreadablePictureException;
import dev.horae.tensor.CheckpointException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the text and the picture of one more item as those of a run's tables were encoded, to the
 * bit on the machine that made them. Safe for use by many threads at once.
 *
 * <p>A table does not say of which fields its texts were made, so a few of its items are encoded
 * again, by one order of fields after the other, until their vectors are those of the table.
 */
public final class ContentEncoder implements AutoCloseable {

  /** Items that are encoded again to find the fields. */
  private static final int SAMPLE = 3;

  /** Another processor may round otherwise. */
  private static final double NEAR = 1e-4;

  /**
   * What encodes texts.
   *
   * @param encoder null when no text can be encoded
   * @param problem why; empty when texts can be encoded
   */
  private record Texts(@Nullable MiniLm encoder, List<String> fields, String problem) {}

  /**
   * What encodes pictures.
   *
   * @param encoder null when no picture can be encoded
   * @param problem why; empty when pictures can be encoded
   */
  private record Pictures(@Nullable PictureEncoder encoder, String problem) {}

  private final Texts texts;
  private final Pictures pictures;

  private ContentEncoder(Texts texts, Pictures pictures) {
    this.texts = texts;
    this.pictures = pictures;
  }

  /**
   * Takes about a second.
   *
   * @param items of the tables
   * @param tables of a run: see {@code run.TrainedRun}
   * @param ofPictures opens what the run keeps of how its pictures were encoded, empty when it
   *     keeps nothing; asked only where there is a table of pictures
   */
  public static ContentEncoder of(
      Catalogue items, List<FeatureTable> tables, Supplier<Optional<PictureEncoder>> ofPictures) {
    Pictures pictures =
        table(tables, Encoding.IMAGE)
            .map(table -> pictures(table, ofPictures))
            .orElseGet(() -> noPictures("the model was trained without picture vectors"));
    return new ContentEncoder(texts(items, table(tables, Encoding.TEXT)), pictures);
  }

  private static Optional<FeatureTable> table(List<FeatureTable> tables, String modality) {
    return tables.stream().filter(table -> table.modality().equals(modality)).findFirst();
  }

  private static Texts texts(Catalogue items, Optional<FeatureTable> text) {
    if (text.isEmpty()) {
      return noTexts("the model was trained without text vectors");
    } else if (!text.get().encoder().equals(MiniLm.NAME)) {
      return noTexts(
          "the text vectors '"
              + text.get().encoder()
              + "' were not made by the built-in encoder, "
              + MiniLm.NAME);
    }
    MiniLm encoder = new MiniLm();
    List<String> fields = fields(items, text.get(), encoder);
    if (!fields.isEmpty()) {
      return new Texts(encoder, fields, "");
    }
    encoder.close();
    return noTexts(
        "the text vectors were made of other fields than title, categories and brand, which the"
            + " run does not keep");
  }

  private static Texts noTexts(String problem) {
    return new Texts(null, List.of(), problem);
  }

  private static Pictures pictures(
      FeatureTable table, Supplier<Optional<PictureEncoder>> ofPictures) {
    PictureEncoder encoder;
    try {
      Optional<PictureEncoder> kept = ofPictures.get();
      if (kept.isEmpty()) {
        return noPictures(
            "the run keeps the picture vectors '"
                + table.encoder()
                + "', not what makes them; encode the pictures again, by a picture encoder, and"
                + " train anew");
      }
      encoder = kept.get();
    } catch (CheckpointException | DataException e) {
      return noPictures(Reasons.of(e));
    }
    if (encoder.width() == table.width()) {
      return new Pictures(encoder, "");
    }
    encoder.close();
    return noPictures(
        "the encoder makes "
            + encoder.width()
            + " values of a picture, and those of the run have "
            + table.width()
            + "; encode the pictures again, and train anew");
  }

  private static Pictures noPictures(String problem) {
    return new Pictures(null, problem);
  }

  /** {@return why no text can be encoded; empty when texts can be} */
  public Optional<String> textProblem() {
    return texts.encoder() == null ? Optional.of(texts.problem()) : Optional.empty();
  }

  /** {@return why no picture can be encoded; empty when pictures can be} */
  public Optional<String> pictureProblem() {
    return pictures.encoder() == null ? Optional.of(pictures.problem()) : Optional.empty();
  }

  /**
   * {@return the vector of an item's text; empty when it has none, or {@link #textProblem} says
   * why}
   */
  public Optional<float[]> text(Item item) {
    return text(item, texts.fields());
  }

  /** {@return the vector of what somebody looks for: that of an item with this title alone} */
  public Optional<float[]> text(String wanted) {
    return text(new Item("", wanted, "", List.of(), ""), List.of("title"));
  }

  private Optional<float[]> text(Item item, List<String> fields) {
    MiniLm encoder = texts.encoder();
    if (encoder == null) {
      return Optional.empty();
    }
    String text = TextTemplate.text(item, fields);
    return text.isEmpty() ? Optional.empty() : Optional.of(encoder.encode(text));
  }

  /**
   * {@return the vector of a picture; empty when {@link #pictureProblem} says why}
   *
   * @param file the content of a picture file
   */
  public Optional<float[]> picture(byte[] file) throws UnreadablePictureException {
    PictureEncoder encoder = pictures.encoder();
    return encoder == null ? Optional.empty() : Optional.of(encoder.encode(file));
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
    if (texts.encoder() != null) {
      texts.encoder().close();
    }
    if (pictures.encoder() != null) {
      pictures.encoder().close();
    }
  }
}
