package dev.horae.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigWriterTest {

  private static final Shop SHOP = ConfigReader.read(null, List.of("goods=a b"), Shop.class);

  private static Shop read(String yaml) {
    return ConfigReader.read("written", yaml, List.of(), Shop.class);
  }

  @Test
  void theValuesAreResolved() {
    assertThat(ConfigWriter.yaml(SHOP))
        .isEqualTo(
            """
            goods: "a b"
            name: "Kairos & Co"
            seed: 7
            open: true
            street: high-street
            cut_offs: [5, 10]
            deliveries: []
            tags: [a, "b c"]
            counter:
              width: 1.5
              shares: [0.5, 0.5]
              clerks: 2
            seller:
              type: grocer
              shelf_life_days: 3
            """);
  }

  @Test
  void commentsExplainEveryKey() {
    assertThat(ConfigWriter.commented(SHOP))
        .isEqualTo(
            """
            # A shop.

            goods: "a b"         # directory of goods; required
            name: "Kairos & Co"  # name over the door; default Kairos & Co
            seed: 7              # random seed; default 7
            open: true           # default true
            street: high-street  # where to stand; one of high-street, mill-lane; default high-street
            cut_offs: [5, 10]    # cut-offs; default [5, 10]
            deliveries: []       # default []
            tags: [a, "b c"]     # default [a, 'b c']

            # the counter, where goods are paid
            counter:
              width: 1.5          # counter width, metres; default 1.5
              shares: [0.5, 0.5]  # share of the width per clerk; default [0.5, 0.5]
              clerks: 2           # default 2

            # who sells
            seller:
              type: grocer        # one of book-dealer, grocer, nobody; default grocer
              shelf_life_days: 3  # days until stock spoils; default 3
            """);
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 300; round++) {
      Shop shop = anyShop(random);
      assertThat(read(ConfigWriter.yaml(shop))).isEqualTo(shop);
      assertThat(read(ConfigWriter.commented(shop))).isEqualTo(shop);
    }
  }

  private static Shop anyShop(SplittableRandom random) {
    int clerks = random.nextInt(4);
    Shop.Street[] streets = Shop.Street.values();
    return new Shop(
        Path.of("/srv/a b", "#" + random.nextInt(), "c: d"), // names every file system has
        anyText(random),
        random.nextLong(),
        random.nextBoolean(),
        streets[random.nextInt(2)],
        random.ints(random.nextInt(3)).boxed().toList(),
        Stream.generate(() -> streets[random.nextInt(2)]).limit(random.nextInt(3)).toList(),
        Stream.generate(() -> anyText(random)).limit(random.nextInt(3)).toList(),
        new Shop.Counter(
            1e-300 + Math.abs(anyNumber(random)),
            Stream.generate(() -> anyNumber(random)).limit(clerks).toList(),
            clerks),
        switch (random.nextInt(3)) {
          case 0 -> new Shop.Grocer.Config(anyNumber(random));
          case 1 -> new Shop.BookDealer.Config(random.nextInt());
          default -> new Shop.Nobody();
        });
  }

  /** Finite, of every magnitude. */
  private static double anyNumber(SplittableRandom random) {
    double number = Double.longBitsToDouble(random.nextLong());
    return random.nextInt(3) == 0 || !Double.isFinite(number)
        ? random.nextInt(-1000, 1000) / 8.0
        : number;
  }

  @Test
  void longCommentsAreWrappedAndLongValuesStandAlone() {
    record Wide(
        @Doc("a sentence that goes on and on, past the right edge, and so needs a second line")
            @Default("1")
            int number,
        @Doc("where it is") @Default("") Path path) {}

    assertThat(
            ConfigWriter.commented(new Wide(1, Path.of("/a/path/of/more/than/forty/characters/x"))))
        .isEqualTo(
            """
            number: 1  # a sentence that goes on and on, past the right edge, and so needs a second line;
                       # default 1
            # where it is; default ""
            path: /a/path/of/more/than/forty/characters/x
            """);
  }

  @Test
  void valuesAreNamedByTheirWholeKeys() {
    assertThat(ConfigWriter.values(SHOP))
        .containsEntry("goods", "\"a b\"")
        .containsEntry("cut_offs", "[5, 10]")
        .containsEntry("counter.width", "1.5")
        .containsEntry("seller.type", "grocer")
        .containsEntry("seller.shelf_life_days", "3");
  }

  private static String anyText(SplittableRandom random) {
    String[] pieces = {
      "a", "null", "~", "-", ": ", "#", "\"", "'", "\\", "\n", "\t", " ", "é", "漢", "🙂", "\u0000",
      "\u0085", "\u2028", "\ufeff", "{", "]", ",", "true", "1e3", "/srv/x", "..", "%", "@", "\ud800"
    };
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }
}
