package dev.horae.demo;

import dev.horae.demo.Product.Line;
import dev.horae.demo.Product.Role;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Lives one user's life in the shop. The probabilities and weights are those that {@link Shop}
 * describes.
 */
final class Shopper {

  private static final List<Line> LINES = List.of(Line.values());
  private static final List<Role> ROLES = List.of(Role.values());
  private static final long DAY = 86_400;
  private static final long OPENING = Instant.parse("2023-01-01T00:00:00Z").getEpochSecond();
  private static final int DAYS_OPEN = 730;

  private final Map<Product.Kind, List<Product>> shelves;
  private final Random random;

  private final Line interest;
  private final int make;
  private final int loyalty;
  private int style;
  private final int drift;

  /**
   * @param shelves every product, by kind
   */
  Shopper(Map<Product.Kind, List<Product>> shelves, Random random) {
    this.shelves = shelves;
    this.random = random;
    interest = anyLine();
    make = random.nextInt(Product.MAKES.size());
    loyalty = random.nextInt(Product.BRANDS_PER_DEPARTMENT);
    style = random.nextInt(Product.STYLES.size());
    drift = random.nextBoolean() ? 1 : -1;
  }

  /** {@return what the user buys, oldest first; at least five events} */
  List<Shop.Event> life(String user) {
    long[] gaps = gaps();
    double days = 0;
    for (long gap : gaps) {
      days += (double) gap / DAY;
    }
    long time = OPENING + (long) (random.nextDouble() * (DAYS_OPEN - days) * DAY);
    List<Shop.Event> events = new ArrayList<>();
    BitSet owned = new BitSet(); // by number: the hash of a product is of all it has
    Line line = interest;
    Role role = Role.BIG;
    for (int i = 0; i < gaps.length; i++) {
      time += gaps[i];
      drift((double) gaps[i] / DAY);
      if (i > 0) {
        // the return before the last purchase set the errand of this one
        role = random.nextDouble() < .85 ? errand(gaps[i - 1]) : anyRole();
        line = role == Role.BIG ? startAnew(season(time)) : stay(line);
      }
      List<Product> shelf = Objects.requireNonNull(shelves.get(line.kind(role))); // none is empty
      Product product = choose(shelf, season(time), owned);
      owned.set(product.number());
      events.add(new Shop.Event(user, product, time));
    }
    return events;
  }

  /** Seconds before each visit, 0 before the first; as many as fit into the shop's two years. */
  private long[] gaps() {
    int wanted = 5 + Math.min(40, (int) (-8 * Math.log(1 - random.nextDouble())));
    long[] gaps = new long[wanted];
    double left = DAYS_OPEN - 1;
    for (int i = 1; i < wanted; i++) {
      double days = gapDays();
      if (days > left && i >= 5) {
        return Arrays.copyOf(gaps, i);
      }
      left -= days;
      gaps[i] = (long) (days * DAY);
    }
    return gaps;
  }

  private double gapDays() {
    double kind = random.nextDouble();
    if (kind < .45) {
      return 2 + 2 * random.nextDouble();
    }
    return kind < .78 ? 28 + 4 * random.nextDouble() : 60 + 40 * random.nextDouble();
  }

  static Role errand(long gapSeconds) {
    if (gapSeconds == 0 || gapSeconds > 45 * DAY) {
      return Role.BIG;
    }
    return gapSeconds < 15 * DAY ? Role.ACCESSORY : Role.CONSUMABLE;
  }

  /** Months: December to February is 0. */
  static int season(long time) {
    return Instant.ofEpochSecond(time).atOffset(ZoneOffset.UTC).getMonthValue() % 12 / 3;
  }

  private void drift(double days) {
    if (random.nextDouble() < 1 - Math.exp(-days / 150)) {
      style = Math.floorMod(style + drift, Product.STYLES.size());
    }
  }

  /** The season calls; {@link Shop} says how loudly. */
  private Line startAnew(int season) {
    double pick = random.nextDouble();
    if (pick < .7) {
      List<Line> calling = LINES.stream().filter(line -> line.season() == season).toList();
      return calling.get(random.nextInt(calling.size()));
    }
    return pick < .9 ? interest : anyLine();
  }

  private Line stay(Line line) {
    double pick = random.nextDouble();
    return pick < .8 ? line : pick < .92 ? line.sibling() : anyLine();
  }

  private Line anyLine() {
    return LINES.get(random.nextInt(LINES.size()));
  }

  private Role anyRole() {
    return ROLES.get(random.nextInt(ROLES.size()));
  }

  private Product choose(List<Product> shelf, int season, BitSet owned) {
    double[] upTo = new double[shelf.size()];
    double sum = 0;
    for (int i = 0; i < upTo.length; i++) {
      sum += weight(shelf.get(i), season, owned);
      upTo[i] = sum;
    }
    int at = Arrays.binarySearch(upTo, random.nextDouble() * sum);
    return shelf.get(at < 0 ? -at - 1 : Math.min(at + 1, upTo.length - 1));
  }

  private double weight(Product product, int season, BitSet owned) {
    int apart = Math.floorMod(product.style() - style, Product.STYLES.size());
    double taste = apart == 0 ? 1 : apart == 1 || apart == 5 ? .1 : .01;
    double timely = product.season() == Product.ALL_YEAR ? 1 : product.season() == season ? 3 : .04;
    double made = product.make() == make ? 1 : .08;
    double trusted = product.brand() == loyalty ? 1 : .12;
    double again =
        !owned.get(product.number()) ? 1 : product.kind().role == Role.CONSUMABLE ? .5 : .02;
    return product.appeal() * taste * timely * made * trusted * again;
  }
}
