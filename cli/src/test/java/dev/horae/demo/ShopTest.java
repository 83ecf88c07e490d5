package dev.horae.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the shop holds what {@link Shop} says: each signal is there, and no stronger than said. */
class ShopTest {

  private static final Shop SHOP = Shop.generate(7, Shop.Size.QUICK);
  private static final Shop FULL = Shop.generate(7, Shop.Size.FULL);

  /** Three purchases in a row by one user. */
  private record Step(Shop.Event before, Shop.Event last, Shop.Event next) {

    Product.Role errand() {
      return Shopper.errand(last.time() - before.time());
    }
  }

  private static final List<Step> STEPS = steps();

  @Test
  void theFilesHoldWhatTheShopHolds(@TempDir Path folder) throws IOException {
    SHOP.write(folder.resolve("shop"));
    List<String> events = Files.readAllLines(folder.resolve("shop/events.csv"));
    List<String> items = Files.readAllLines(folder.resolve("shop/items.csv"));
    assertThat(events).hasSize(1 + SHOP.events().size());
    assertThat(items).hasSize(1 + 800);
    assertThat(events.get(0)).isEqualTo("user_id,item_id,timestamp");
    assertThat(items.get(0)).isEqualTo("item_id,title,brand,categories,image");
    assertThat(events.subList(1, events.size()))
        .allMatch(
            line -> line.matches("u\\d{4},p\\d{4},202[34]-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
    assertThat(items.subList(1, items.size()))
        .allMatch(
            line -> line.matches("p\\d{4},\"[^\"]+\",[\\w& ]+,\\w+\\|[\\w ]+,(p\\d{4}\\.png)?"));
    long pictures = items.stream().filter(line -> line.endsWith(".png")).count();
    try (var files = Files.list(folder.resolve("shop/images"))) {
      assertThat(files).hasSize((int) pictures);
    }
    BufferedImage first = ImageIO.read(folder.resolve("shop/images/p0001.png").toFile());
    assertThat(first.getWidth()).isEqualTo(96);
    assertThat(folder).isDirectoryNotContaining("glob:**.part");

    assertThatThrownBy(() -> SHOP.write(folder.resolve("shop")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve("shop")
                + ": is there already; delete it or name another folder for the shop");
  }

  @Test
  void theSameSeedGivesTheSameShop() {
    assertThat(Shop.generate(7, Shop.Size.QUICK).events()).isEqualTo(SHOP.events());
    assertThat(Shop.generate(8, Shop.Size.QUICK).events()).isNotEqualTo(SHOP.events());
  }

  @Test
  void sizesAreThoseAnnounced() {
    assertThat(SHOP.events()).hasSizeBetween(13_000, 15_500);
    Map<String, Long> perUser =
        SHOP.events().stream()
            .collect(Collectors.groupingBy(Shop.Event::user, Collectors.counting()));
    assertThat(perUser).hasSize(1_200);
    assertThat(perUser.values()).allMatch(count -> count >= 5);
    assertThat(FULL.events()).hasSizeBetween(55_000, 65_000);
    Map<Product, Long> perProduct =
        FULL.events().stream()
            .collect(Collectors.groupingBy(Shop.Event::product, Collectors.counting()));
    long rare = FULL.products().stream().filter(p -> perProduct.getOrDefault(p, 0L) < 15).count();
    assertThat(rare).as("products bought less than half as often as the mean").isGreaterThan(400);
  }

  @Test
  void theIntervalTellsWhatKindComesNextAndNothingElseDoes() {
    double blind = entropy(STEPS, step -> "", step -> step.next().product().kind().role);
    double knowingLast =
        entropy(
            STEPS, step -> step.last().product().kind(), step -> step.next().product().kind().role);
    double knowingInterval =
        entropy(STEPS, Step::errand, step -> step.next().product().kind().role);
    assertThat(knowingLast).isGreaterThan(.97 * blind);
    assertThat(knowingInterval).isLessThan(.65 * blind);
    // .85 + .15 / 3
    assertThat(share(STEPS, step -> step.next().product().kind().role == step.errand()))
        .isBetween(.88, .92);
  }

  @Test
  void theLastPurchaseTellsTheLineOfTheNext() {
    List<Step> errands = STEPS.stream().filter(s -> s.errand() != Product.Role.BIG).toList();
    double blind = entropy(errands, step -> "", step -> step.next().product().kind().line);
    double knowing =
        entropy(
            errands,
            step -> step.last().product().kind().line,
            step -> step.next().product().kind().line);
    assertThat(knowing).isLessThan(.6 * blind);
  }

  @Test
  void theMonthTellsTheMotif() {
    List<Step> seasonal =
        STEPS.stream().filter(s -> s.next().product().season() != Product.ALL_YEAR).toList();
    assertThat(seasonal.size()).isGreaterThan(STEPS.size() / 3);
    assertThat(share(seasonal, s -> s.next().product().season() == Shopper.season(s.next().time())))
        .isGreaterThan(.85);
    // what a model sees is the time of the last purchase
    assertThat(share(seasonal, s -> s.next().product().season() == Shopper.season(s.last().time())))
        .as("season, chance 1/4")
        .isGreaterThan(.6);
  }

  @Test
  void tasteLastsButDrifts() {
    assertThat(share(STEPS, s -> s.next().product().style() == s.last().product().style()))
        .as("style, chance 1/6")
        .isBetween(.4, .6);
    assertThat(share(STEPS, s -> s.next().product().make() == s.last().product().make()))
        .as("make, chance 1/5")
        .isBetween(.35, .55);
    List<List<Shop.Event>> lives =
        FULL.events().stream().collect(Collectors.groupingBy(Shop.Event::user)).values().stream()
            .filter(life -> life.get(life.size() - 1).time() - life.get(0).time() > 400 * 86_400L)
            .toList();
    long kept =
        lives.stream()
            .filter(l -> l.get(0).product().style() == l.get(l.size() - 1).product().style())
            .count();
    assertThat(kept).isLessThan(lives.size() / 4);
  }

  @Test
  void thePictureTellsTheStyleAndTheTitleDoesNot() {
    Map<Integer, double[]> centres = new HashMap<>();
    int right = 0;
    List<Product> products = SHOP.products().subList(0, 480);
    List<double[]> colours = new ArrayList<>();
    for (Product product : products) {
      colours.add(meanColour(Painter.paint(product, new Random(product.number()))));
    }
    for (int i = 0; i < 240; i++) {
      double[] sum = centres.computeIfAbsent(products.get(i).style(), s -> new double[4]);
      for (int c = 0; c < 3; c++) {
        sum[c] += colours.get(i)[c];
      }
      sum[3]++;
    }
    for (int i = 240; i < 480; i++) {
      double[] colour = colours.get(i);
      int nearest =
          centres.keySet().stream()
              .min(Comparator.comparingDouble(s -> distance(colour, centres.get(s))))
              .orElseThrow();
      right += nearest == products.get(i).style() ? 1 : 0;
    }
    assertThat(right).as("of 240 styles told by the mean colour").isGreaterThan(180);
    assertThat(SHOP.products())
        .noneMatch(
            p ->
                Product.STYLES.stream()
                    .anyMatch(s -> p.title().toLowerCase(Locale.ROOT).contains(s)));
  }

  @Test
  void theTitleTellsTheMakeAndEverySeasonShowsSomewhere() {
    assertThat(SHOP.products())
        .allMatch(p -> Product.MAKES.get(p.make()).contains(p.title().split(" ")[0]));
    assertThat(SHOP.products())
        .allMatch(p -> (p.season() == Product.ALL_YEAR) == (!p.named() && !p.shown()));
  }

  /** Of the middle of the picture, 0..255 per channel. */
  private static double[] meanColour(BufferedImage image) {
    double[] mean = new double[3];
    int pixels = 0;
    for (int y = 30; y < 66; y++) {
      for (int x = 30; x < 66; x++) {
        int rgb = image.getRGB(x, y);
        mean[0] += rgb >> 16 & 255;
        mean[1] += rgb >> 8 & 255;
        mean[2] += rgb & 255;
        pixels++;
      }
    }
    return new double[] {mean[0] / pixels, mean[1] / pixels, mean[2] / pixels};
  }

  private static double distance(double[] colour, double[] sum) {
    double distance = 0;
    for (int c = 0; c < 3; c++) {
      distance += Math.pow(colour[c] - sum[c] / sum[3], 2);
    }
    return distance;
  }

  private static double share(List<Step> steps, Predicate<Step> holds) {
    return (double) steps.stream().filter(holds).count() / steps.size();
  }

  /** H(outcome | known), in bits. */
  private static double entropy(
      List<Step> steps, Function<Step, Object> known, Function<Step, Object> outcome) {
    Map<Object, Map<Object, Long>> table =
        steps.stream()
            .collect(
                Collectors.groupingBy(
                    known, Collectors.groupingBy(outcome, Collectors.counting())));
    double bits = 0;
    for (Map<Object, Long> row : table.values()) {
      double total = row.values().stream().mapToLong(Long::longValue).sum();
      for (long count : row.values()) {
        bits -= count / (double) steps.size() * Math.log(count / total) / Math.log(2);
      }
    }
    return bits;
  }

  private static List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    List<Shop.Event> events = FULL.events();
    for (int i = 2; i < events.size(); i++) {
      if (events.get(i).user().equals(events.get(i - 2).user())) {
        steps.add(new Step(events.get(i - 2), events.get(i - 1), events.get(i)));
      }
    }
    return steps;
  }
}
