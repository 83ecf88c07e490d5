package dev.horae.demo;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Workers;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A shop that never was: two years (2023 and 2024) of purchases made up from a seed, so that what a
 * model ought to find is known. The same seed and size give the same events and texts.
 *
 * <p><b>Products.</b> 8 lines in 4 departments sell 24 kinds of things; each line has one kind to
 * start with (big), one to add (accessory) and one to use up (consumable): espresso machine, mug,
 * coffee beans. A product has one of 6 styles on a ring, one of 5 makes, one of 5 brands of its
 * department, and in 55 % of cases one of 4 seasons. Text and picture share out what they tell:
 *
 * <ul>
 *   <li>only the picture tells the style, by its palette;
 *   <li>only the text tells the make (each make by two synonyms) and the brand;
 *   <li>the kind shows as the shape in every picture, and as a noun in 85 % of titles;
 *   <li>a season is named by 60 % of the titles; 60 % of those pictures, and all of the others,
 *       show its motif (snowflakes, blossoms, suns, leaves);
 *   <li>nobody cares about the title's trifles and number, or the picture's background, tilt, size,
 *       specks and stripes; 2 % of the products have no picture.
 * </ul>
 *
 * <p><b>When.</b> Users return after 2 to 4 days (45 %), 28 to 32 days (33 %) or 60 to 100 days (22
 * %). They make 5 purchases and on average about 7 more.
 *
 * <p><b>What kind.</b> How soon a user came back for the last purchase says what errand the next
 * one serves: after days it is an accessory, after a month a consumable, after months something
 * big; in 15 % of purchases it is any of the three. The interval is drawn apart from what was
 * bought, so nothing but the times of the history tells the errand. (A model sees the times of the
 * history, not that of the purchase it predicts; hence the interval <em>before</em> the last one.)
 * What the last purchase was tells where the errand leads: accessory and consumable belong to the
 * same line (80 %), to the other line of the department (12 %) or to any line. Something big comes
 * from the user's first line (50 %), second line (35 %) or any. A user begins with something big
 * from the first line, and without an interval yet, the second errand is big too.
 *
 * <p><b>Which of that kind.</b> In proportion to the product's appeal (log-normal, σ = .8, so that
 * many are rare) times these weights: style the user's own 1, next on the ring .1, others .01;
 * season the present one 3, none 1, another .04; make the user's own 1, others .08; brand the
 * user's own 1, others .12; owned already .5 for consumables and .02 for the rest. A user's make
 * and brand stay; the style drifts along the ring in the user's own direction, a step with
 * probability 1 − exp(−days / 150) between two purchases.
 */
public final class Shop {

  /** How much of it. */
  public enum Size {
    /** About 14 thousand purchases of 800 products by 1,200 users. */
    QUICK(800, 1_200),
    /** About 60 thousand purchases of 2,000 products by 5,000 users. */
    FULL(2_000, 5_000);

    private final int products;
    private final int users;

    Size(int products, int users) {
      this.products = products;
      this.users = users;
    }
  }

  /**
   * @param time seconds since 1970-01-01 UTC
   */
  record Event(String user, Product product, long time) {}

  private final long seed;
  private final List<Product> products;
  private final List<Event> events;

  private Shop(long seed, List<Product> products, List<Event> events) {
    this.seed = seed;
    this.products = products;
    this.events = events;
  }

  public static Shop generate(long seed, Size size) {
    List<Product> products = Assortment.stock(size.products, random(seed, 0));
    Map<Product.Kind, List<Product>> shelves =
        products.stream().collect(Collectors.groupingBy(Product::kind));
    List<Event> events = new ArrayList<>();
    for (int u = 1; u <= size.users; u++) {
      Random random = random(seed, u);
      events.addAll(new Shopper(shelves, random).life(String.format(Locale.ROOT, "u%04d", u)));
    }
    return new Shop(seed, products, List.copyOf(events));
  }

  /** {@return every purchase; those of a user are together, oldest first} */
  List<Event> events() {
    return events;
  }

  List<Product> products() {
    return products;
  }

  /**
   * Writes the shop as a shop would hand it over: {@code events.csv} (user_id, item_id, timestamp
   * in ISO 8601, by time), {@code items.csv} (item_id, title, brand, categories with {@code |}
   * between the names of the path, image) and the pictures, PNG, in {@code images}.
   *
   * @param folder must not exist; appears when it is complete
   * @throws DataException when it exists
   */
  public void write(Path folder) {
    if (Files.exists(folder)) {
      throw new DataException(
          folder + ": is there already; delete it or name another folder for the shop");
    }
    Path part = folder.resolveSibling(folder.getFileName() + ".part");
    try {
      AtomicFiles.deleteTree(part);
      Files.createDirectories(part.resolve("images"));
      writeEvents(part.resolve("events.csv"));
      writeItems(part.resolve("items.csv"));
      List<Product> pictured = products.stream().filter(Product::pictured).toList();
      Workers.each(
          pictured.size(),
          i -> {
            Product product = pictured.get(i);
            Painter.write(
                product,
                random(seed, -product.number()),
                part.resolve("images").resolve(image(product)));
          });
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the shop to " + folder, e);
    }
  }

  private void writeEvents(Path file) throws IOException {
    List<Event> byTime = new ArrayList<>(events);
    byTime.sort(Comparator.comparingLong(Event::time));
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("user_id,item_id,timestamp\n");
      for (Event event : byTime) {
        Instant time = Instant.ofEpochSecond(event.time());
        out.write(event.user() + "," + event.product().id() + "," + time + "\n");
      }
    }
  }

  private void writeItems(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("item_id,title,brand,categories,image\n");
      for (Product product : products) {
        Product.Line line = product.kind().line;
        out.write(
            String.join(
                    ",",
                    product.id(),
                    '"' + product.title() + '"',
                    product.brandName(),
                    line.department + "|" + line.label,
                    product.pictured() ? image(product) : "")
                + "\n");
      }
    }
  }

  /** Neighbouring seeds of {@link Random} begin alike; mixed ones do not. */
  private static Random random(long seed, long stream) {
    return new Random(new SplittableRandom(seed * 1_000_003 + stream).nextLong());
  }

  private static String image(Product product) {
    return product.id() + ".png";
  }
}
