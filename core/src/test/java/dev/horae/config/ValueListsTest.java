package dev.horae.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValueListsTest {

  private static final Map<String, String> DECIDED = Map.of("seed", "is set by the search");

  private static Map<String, List<String>> read(String yaml) {
    Shop base = ConfigReader.read("base.yaml", "goods: data/goods", List.of(), Shop.class);
    return ValueLists.read("space.yaml", yaml, base, DECIDED);
  }

  private static void assertProblems(String yaml, String... lines) {
    String count = lines.length + (lines.length == 1 ? " problem" : " problems");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(yaml))
        .withMessage(String.join("\n", lines) + "\n" + count + "; nothing was run");
  }

  @Test
  void valuesAreSpelledAsSettingsAre() {
    Map<String, List<String>> lists =
        read(
            """
            open: [true, false]
            cut_offs: [[1], [5, 10]]
            counter:
              width: [0.50, 2, 1e-1]
            seller.shelf_life_days: [3.0, 4]
            """);
    assertThat(lists)
        .isEqualTo(
            Map.of(
                "open", List.of("true", "false"),
                "cut_offs", List.of("[1]", "[5, 10]"),
                "counter.width", List.of("0.5", "2", "0.1"),
                "seller.shelf_life_days", List.of("3", "4")));
    assertThat(lists.keySet())
        .containsExactly("open", "cut_offs", "counter.width", "seller.shelf_life_days");
  }

  @Test
  void aRangeStandsForValues() {
    assertThat(
            read(
                """
                counter: {width: {from: 1, to: 2, steps: 3}, clerks: {from: 1, to: 4, steps: 6}}
                seller: {shelf_life_days: {from: 1e-4, to: 1e-2, steps: 5, log: true}}
                """))
        .isEqualTo(
            Map.of(
                "counter.width", List.of("1", "1.5", "2"),
                "counter.clerks", List.of("1", "2", "3", "4"),
                "seller.shelf_life_days",
                    List.of("0.0001", "0.0003162", "0.001", "0.003162", "0.01")));
    assertThat(read("counter: {width: {from: 1, to: 10}}").get("counter.width")).hasSize(10);
  }

  /** Three clerks need three shares, which the base has not, but the one who searches may set. */
  @Test
  void whatIsWrongWithAnotherKeyIsNotSaidOfTheValue() {
    assertThat(read("counter: {clerks: [2, 3]}"))
        .containsEntry("counter.clerks", List.of("2", "3"));
  }

  @Test
  void everythingWrongIsSaidAtOnce() {
    assertProblems(
        """
        seed: [1, 2]
        name: Anna
        street: [high-street, hill]
        counter:
          width: [1, -1, 1.0]
          widht: [1, 2]
        tags: [[a]]
        """,
        "space.yaml:1: seed is set by the search; leave it out",
        "space.yaml:2: name = Anna is no list of values; write it like [a, b], or set it beside the"
            + " file, as key=value",
        "space.yaml:3: street = hill is not one of its choices; use one of high-street, mill-lane",
        "space.yaml:5: counter.width = 1 stands twice; keep one of the two",
        "space.yaml:5: counter.width = -1 is not positive; use the width in metres",
        "space.yaml:6: counter.widht = 1 is not a known key; did you mean 'counter.width'?",
        "space.yaml:7: tags has fewer than two values; give more, or set it beside, as key=value");
  }

  @Test
  void rangesAreChecked() {
    assertProblems(
        """
        counter:
          width: {from: 2, steps: 1}
        seller:
          shelf_life_days: {from: 3, to: 3, by: 1}
        """,
        "space.yaml:2: counter.width is a range without to; add 'to: NUMBER'",
        "space.yaml:4: seller.shelf_life_days.by is not part of a range; a range has from, to,"
            + " steps and log");
    assertProblems(
        "counter: {width: {from: 3, to: 2}}",
        "space.yaml:1: counter.width is from 3 to 2; exchange the two");
    assertProblems(
        "counter: {width: {from: 1, to: 2, steps: 1}}",
        "space.yaml:1: counter.width.steps = 1 is below 2; leave it out, that is 10");
    assertProblems(
        "counter: {width: {from: 0, to: 2, log: true}}",
        "space.yaml:1: counter.width.from = 0 is not positive where log is true; write log: false");
    assertProblems(
        "counter: {width: {from: a, to: 2}}",
        "space.yaml:1: counter.width.from = a is not a finite number; write a number such as"
            + " 0.001");
    assertProblems(
        "",
        "space.yaml:1: the file has no keys; write some, such as 'model: {dropout: [0.2, 0.5]}'");
  }
}
