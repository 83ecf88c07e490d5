package dev.horae.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Fills the shelves. The shares and weights are those that {@link Shop} describes. */
final class Assortment {

  /** Details that buyers do not care about. */
  private static final String[] TRIFLES = {
    "new in box", "with gift tag", "best seller", "set of 1", "free returns", "as seen in store"
  };

  private Assortment() {}

  static List<Product> stock(int size, Random random) {
    List<Product.Kind> kinds = List.of(Product.Kind.values());
    List<Product> products = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Product.Kind kind = kinds.get(i % kinds.size());
      int season = random.nextDouble() < .55 ? random.nextInt(4) : Product.ALL_YEAR;
      boolean named = season != Product.ALL_YEAR && random.nextDouble() < .6;
      boolean shown = season != Product.ALL_YEAR && (!named || random.nextDouble() < .6);
      int make = random.nextInt(Product.MAKES.size());
      products.add(
          new Product(
              i + 1,
              title(kind, make, named ? season : Product.ALL_YEAR, random),
              random.nextInt(Product.BRANDS_PER_DEPARTMENT),
              kind,
              random.nextInt(Product.STYLES.size()),
              season,
              make,
              named,
              shown,
              random.nextDouble() >= .02,
              Math.exp(.8 * random.nextGaussian())));
    }
    return products;
  }

  private static String title(Product.Kind kind, int make, int season, Random random) {
    StringBuilder title = new StringBuilder();
    title.append(Product.MAKES.get(make).get(random.nextInt(2))).append(' ');
    if (season != Product.ALL_YEAR) {
      String name = Product.SEASONS.get(season);
      title.append(name.substring(0, 1).toUpperCase(Locale.ROOT)).append(name.substring(1));
      title.append(' ');
    }
    title.append(random.nextDouble() < .85 ? kind.noun() : "Find for the " + kind.line.label);
    if (random.nextBoolean()) {
      title.append(", ").append(TRIFLES[random.nextInt(TRIFLES.length)]);
    }
    return title.append(", no. ").append(100 + random.nextInt(900)).toString();
  }
}
