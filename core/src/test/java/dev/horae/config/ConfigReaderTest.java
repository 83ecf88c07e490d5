package dev.horae.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  private static Shop read(String yaml, String... overrides) {
    return ConfigReader.read("run.yaml", yaml, List.of(overrides), Shop.class);
  }

  private static void assertProblems(String yaml, List<String> overrides, String... lines) {
    String count = lines.length + (lines.length == 1 ? " problem" : " problems");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read("run.yaml", yaml, overrides, Shop.class))
        .withMessage(String.join("\n", lines) + "\n" + count + "; nothing was run");
  }

  @Test
  void absentKeysTakeTheirDefaults() {
    assertThat(read("goods: data/goods"))
        .isEqualTo(
            new Shop(
                Path.of("data/goods"),
                "Kairos & Co",
                7,
                true,
                Shop.Street.HIGH_STREET,
                List.of(5, 10),
                List.of(),
                List.of("a", "b c"),
                new Shop.Counter(1.5, List.of(0.5, 0.5), 2),
                new Shop.Grocer.Config(3)));
  }

  @Test
  void everyKindOfValueIsRead() {
    Shop shop =
        read(
            """
            goods: /srv/goods
            name: "null"
            seed: -9000000000
            open: false
            street: mill-lane
            cut_offs: [1]
            deliveries:
              - mill-lane
              - high-street
            tags: []
            counter: # all of it by default
            seller:
              type: book-dealer
              shelves: 12
            """);
    assertThat(shop)
        .isEqualTo(
            new Shop(
                Path.of("/srv/goods"),
                "null",
                -9_000_000_000L,
                false,
                Shop.Street.MILL_LANE,
                List.of(1),
                List.of(Shop.Street.MILL_LANE, Shop.Street.HIGH_STREET),
                List.of(),
                new Shop.Counter(1.5, List.of(0.5, 0.5), 2),
                new Shop.BookDealer.Config(12)));
  }

  @Test
  void theCommandLineIsWrittenOverTheFile() {
    Shop shop =
        read(
            "goods: a\nseed: 1\ncounter: {width: 2}\n",
            "goods=b c=d",
            "counter.clerks=1",
            "counter.shares=[1e-3]",
            "seller.shelf_life_days=.5",
            "name='[x]'",
            "seed=2",
            "seed=3");
    assertThat(shop.goods()).isEqualTo(Path.of("b c=d"));
    assertThat(shop.seed()).isEqualTo(3);
    assertThat(shop.name()).isEqualTo("[x]");
    assertThat(shop.counter()).isEqualTo(new Shop.Counter(2, List.of(0.001), 1));
    assertThat(shop.seller()).isEqualTo(new Shop.Grocer.Config(0.5));
  }

  @Test
  void anotherTypeInheritsNothingFromTheDefault() {
    assertThat(read("goods: a", "seller.type=nobody").seller()).isEqualTo(new Shop.Nobody());
    assertThat(read("goods: a\nseller: {type: nobody}", "seller.type=grocer").seller())
        .isEqualTo(new Shop.Grocer.Config(3));
  }

  @Test
  void withoutAFileTheCommandLineIsEnough() {
    Shop shop = ConfigReader.read(null, List.of("goods=here"), Shop.class);
    assertThat(shop.goods()).isEqualTo(Path.of("here"));
  }

  @Test
  void everyProblemIsSaidAtOnceInTheOrderOfTheFile() {
    assertProblems(
        """
        name:
        sede: 8
        open: yes
        street: mil-lane
        cut_offs: 5
        counter:
          width: wide
          shares: [0.5, .inf]
          clerks: 99999999999
        seller:
          type: grocr
        """,
        List.of("counter.colour=red", "sed=3", "seed", "trian.epochs=3", "name=[a"),
        "run.yaml:1: goods is missing; add 'goods: <path>'",
        "run.yaml:1: name has no value; write one, or delete the key to take its default",
        "run.yaml:2: sede = 8 is not a known key; did you mean 'seed'?",
        "run.yaml:3: open = yes is not true or false; write true or false",
        "run.yaml:4: street = mil-lane is not one of its choices; use one of high-street, mill-lane"
            + " (did you mean 'mill-lane'?)",
        "run.yaml:5: cut_offs = 5 is not a list; write it like [a, b] or [a]",
        "run.yaml:7: counter.width = wide is not a finite number; write a number such as 0.001",
        "run.yaml:8: counter.shares = .inf is not a finite number; write a number such as 0.001",
        "run.yaml:9: counter.clerks = 99999999999 is out of range; write a whole number from"
            + " -2147483648 to 2147483647",
        "run.yaml:11: seller.type = grocr is not one of its choices; use one of book-dealer,"
            + " grocer, nobody (did you mean 'grocer'?)",
        "``settings``: 'seed' is not key=value; write it like train.epochs=40",
        "``settings``: name = [a is not YAML: expected ',' or ']', but got <stream end>; write it"
            + " like [a, b], or quote it",
        "``settings``: counter.colour = red is not a known key; known keys are width, shares,"
            + " clerks",
        "``settings``: sed = 3 is not a known key; did you mean 'seed'?",
        "``settings``: trian.epochs = 3 is not a known key; known keys are goods, name, seed, open,"
            + " street, cut_offs, deliveries, tags, counter, seller");
  }

  @Test
  void aValueThatARecordRefusesHasItsLine() {
    assertProblems(
        "goods: a\ncounter:\n  clerks: 2\n  width: -1\n",
        List.of(),
        "run.yaml:4: counter.width = -1 is not positive; use the width in metres");
    assertProblems(
        "goods: a\ncounter:\n  clerks: 3\n",
        List.of(),
        "run.yaml:2: counter.shares = 2 shares do not fit clerks = 3; write one share per clerk");
    assertProblems( // both at once
        "goods: a\ncounter:\n  width: 0\n  clerks: 3\n",
        List.of(),
        "run.yaml:2: counter.shares = 2 shares do not fit clerks = 3; write one share per clerk",
        "run.yaml:3: counter.width = 0 is not positive; use the width in metres");
    assertProblems(
        "goods: a\n",
        List.of("counter.width=-0.5"),
        "``settings``: counter.width = -0.5 is not positive; use the width in metres");
  }

  @Test
  void groupsListsAndValuesAreNotMixedUp() {
    assertProblems(
        "goods: [a]\ntags: [[a]]\ncounter: 3\nseller: [grocer]\nseed: {a: 1}\n",
        List.of(),
        "run.yaml:1: goods is not a single value; write one value",
        "run.yaml:2: tags is not a single value; write one value",
        "run.yaml:3: counter = 3 is not a group of keys; indent its keys under 'counter:'",
        "run.yaml:4: seller is not a group of keys; indent its keys under 'seller:'",
        "run.yaml:5: seed is not a single value; write one value");
    assertProblems(
        "goods: a",
        List.of("counter=3"),
        "``settings``: counter = 3 is not a group of keys; set its keys one by one, as"
            + " counter.KEY=VALUE");
    assertProblems(
        "- a\n- b\n",
        List.of(),
        "run.yaml:1: the file is not a group of keys; write 'key: value'" + " lines");
  }

  @Test
  void aMissingKeyOfAChosenTypeIsNamed() {
    assertProblems(
        "goods: a\nseller:\n  type: book-dealer\n",
        List.of(),
        "run.yaml:2: seller.shelves is missing; add 'shelves: <whole number>'");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read(null, List.of(), Shop.class))
        .withMessage(
            "``settings``: goods is missing; add goods=<path>\n1 problem; nothing was run");
  }

  @Test
  void aKeyGivenTwiceIsAnError() {
    assertProblems(
        "goods: a\nseed: 1\nseed: 2\n",
        List.of(),
        "run.yaml:3: seed was given before, at run.yaml:2; keep one of the two");
  }

  @Test
  void whatIsNotYamlHasItsLine(@TempDir Path directory) throws IOException {
    assertProblems(
        "goods: a\n\tseed: 1\n",
        List.of(),
        "run.yaml:2: this is not YAML: found character '\\t(TAB)' that cannot start any token."
            + " (Do not use \\t(TAB) for indentation); write 'key: value' lines, indented with"
            + " spaces");
    Path absent = directory.resolve("absent.yaml");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read(absent, List.of(), Shop.class))
        .withMessage(
            absent + ": the file does not exist; check the path\n1 problem; nothing was run");
    Path latin = Files.write(directory.resolve("latin.yaml"), new byte[] {'a', (byte) 0xe9, '\n'});
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> ConfigReader.read(latin, List.of(), Shop.class))
        .withMessage(
            latin + ": the file is not UTF-8 text; save it as UTF-8\n1 problem; nothing was run");
  }

  /** Seeded: pieces of YAML, of our keys and of noise in random order. */
  @Test
  void anyTextGivesARecordOrOurException() {
    String[] pieces = {
      "goods",
      "seed",
      "counter",
      "seller",
      "type",
      "width",
      "grocer",
      "book-dealer",
      "shelves",
      ": ",
      ":",
      "\n",
      "\n  ",
      "\n    ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      ",",
      "\"",
      "'",
      "&a ",
      "*a",
      "!!int ",
      "!",
      "<<",
      "? ",
      "|",
      ">",
      "%YAML 1",
      "---",
      "...",
      "#",
      "\\x",
      "\\U99999999",
      "\t",
      "\u0000",
      "\ud800",
      "é",
      "漢",
      "1",
      "-1",
      "1e999",
      ".nan",
      "null",
      "~",
      "true",
      "=",
      "."
    };
    SplittableRandom random = new SplittableRandom(3);
    int refused = 0;
    for (int round = 0; round < 5_000; round++) {
      StringBuilder yaml = new StringBuilder("goods: a\n");
      StringBuilder override = new StringBuilder(random.nextBoolean() ? "name=" : "tags=[a]");
      for (int i = random.nextInt(12); i > 0; i--) {
        (random.nextInt(4) == 0 ? override : yaml).append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        assertThat(read(yaml.toString(), override.toString(), "seed=1").seed()).isEqualTo(1);
      } catch (ConfigException expected) {
        assertThat(expected).message().endsWith("; nothing was run");
        refused++;
      }
    }
    assertThat(refused).isBetween(1_000, 4_900);
  }
}
