package dev.horae.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * That each signal is worth something for ranking: a plain product of factors, each read from the
 * history alone, ranks every user's last purchase, with all signals and without each one.
 */
class SignalsTest {

  private enum Signal {
    /** The interval before the last purchase. */
    INTERVAL,
    /** The time of the last purchase. */
    SEASON,
    /** What pictures alone tell. */
    STYLE,
    /** What texts alone tell. */
    MAKE_AND_BRAND
  }

  private static final Shop SHOP = Shop.generate(42, Shop.Size.FULL);
  private static final List<List<Shop.Event>> LIVES =
      new ArrayList<>(
          SHOP.events().stream()
              .collect(Collectors.groupingBy(Shop.Event::user, TreeMap::new, Collectors.toList()))
              .values());
  private static final int[] BOUGHT = bought();

  @Test
  void everySignalHelpsToRank() {
    double all = ndcg10(EnumSet.allOf(Signal.class));
    assertThat(all).isGreaterThan(.2);
    assertThat(without(Signal.INTERVAL)).isLessThan(.65 * all);
    assertThat(without(Signal.SEASON)).isLessThan(.9 * all);
    assertThat(without(Signal.STYLE)).isLessThan(.85 * all);
    assertThat(without(Signal.MAKE_AND_BRAND)).isLessThan(.8 * all);
  }

  private static double without(Signal signal) {
    return ndcg10(EnumSet.complementOf(EnumSet.of(signal)));
  }

  /** Mean over every fifth user. */
  private static double ndcg10(Set<Signal> signals) {
    double sum = 0;
    int users = 0;
    for (int u = 0; u < LIVES.size(); u += 5) {
      List<Shop.Event> life = LIVES.get(u);
      Product target = life.get(life.size() - 1).product();
      double[] scores = scores(life.subList(0, life.size() - 1), signals);
      double reached = scores[target.number() - 1];
      long rank = 1 + Arrays.stream(scores).filter(score -> score > reached).count();
      sum += rank > 10 ? 0 : Math.log(2) / Math.log(rank + 1.0);
      users++;
    }
    return sum / users;
  }

  private static double[] scores(List<Shop.Event> history, Set<Signal> signals) {
    boolean byInterval = signals.contains(Signal.INTERVAL);
    boolean bySeason = signals.contains(Signal.SEASON);
    boolean byStyle = signals.contains(Signal.STYLE);
    boolean byMakeAndBrand = signals.contains(Signal.MAKE_AND_BRAND);
    Shop.Event last = history.get(history.size() - 1);
    Product.Line line = last.product().kind().line;
    Product.Line sibling = line.sibling();
    Product.Role errand = Shopper.errand(last.time() - history.get(history.size() - 2).time());
    int season = Shopper.season(last.time());
    double[] styles = new double[6];
    double[] makes = new double[5];
    double[] brands = new double[5];
    BitSet owned = new BitSet();
    for (Shop.Event event : history) {
      styles[event.product().style()] +=
          Math.exp((event.time() - last.time()) / (150 * 86_400.0)); // tastes drift
      makes[event.product().make()]++;
      brands[event.product().brand()]++;
      owned.set(event.product().number());
    }
    double[] scores = new double[SHOP.products().size()];
    for (Product product : SHOP.products()) {
      double score = .5 + BOUGHT[product.number()];
      Product.Line other = product.kind().line;
      if (errand == Product.Role.BIG && bySeason) {
        score *= other.season() == season ? .35 : .05;
      } else {
        score *= other == line ? .8 : other == sibling ? .12 : .05;
      }
      if (byInterval) {
        score *= product.kind().role == errand ? .9 : .05;
      }
      if (bySeason && product.season() != Product.ALL_YEAR) {
        score *= product.season() == season ? 2.3 : .6;
      }
      if (byStyle) {
        score *= .1 + styles[product.style()];
      }
      if (byMakeAndBrand) {
        score *= (.5 + makes[product.make()]) * (.5 + brands[product.brand()]);
      }
      if (owned.get(product.number())) {
        score *= product.kind().role == Product.Role.CONSUMABLE ? .5 : .02;
      }
      scores[product.number() - 1] = score;
    }
    return scores;
  }

  /** Purchases per product, without each user's last two. */
  private static int[] bought() {
    int[] bought = new int[SHOP.products().size() + 1];
    for (List<Shop.Event> life : LIVES) {
      life.subList(0, life.size() - 2).forEach(event -> bought[event.product().number()]++);
    }
    return bought;
  }
}
