package dev.horae.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiltersTest {

  private static final long NOW = SmallCatalogue.NOW;

  private final Filters filters = new Filters(SmallCatalogue.columns(), 1 << 20);

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "brand == \"LEGO\" # 1 3",
        "brand != \"LEGO\" # 2 4",
        "!(brand == 'LEGO') # 2 4",
        "brand == 'Zoë' # 2",
        "brand in ['LEGO', 'Acme'] # 1 3 4",
        "!(brand in ['LEGO', 'Acme']) # 2",
        "price <= 30 # 1 3 4",
        "price <= 30.0 # 1 3 4",
        "price == 30 # 1",
        "price != 30 # 2 3 4",
        "price == -2 || price == 0 # 3 4",
        "price in [30, 30.5] # 1 2",
        "price in [30, -2] # 1 4",
        "price * 2 + 1 == 61 # 1",
        "price > -3 # 1 2 3 4",
        "price == (sale ? 30 : -2.0) # 1 4",
        "[0, 30].exists(x, x == price) # 1 3",
        "size(tags) == 2 # 1 2",
        "size(tags) * price > 30 # 1 2",
        "30 / price > 0 # 1 2 3",
        "'Toys' in tags # 1 2",
        "!('adult' in tags) # 1 3 4 5",
        "tags.exists(t, t.startsWith('T')) # 1 2 4",
        "tags.all(t, t != 'adult') # 1 3 4 5",
        "tags.exists_one(t, t == 'Toys') # 1 2",
        "tags[1] == 'adult' # 2",
        "sale # 1 3",
        "!sale # 2 4",
        "sale == false # 2 4",
        "sale ? price > 0 : price < 0 # 1 4",
        "released > timestamp('2026-01-01T00:00:00Z') # 1",
        "released >= timestamp('2026-01-01') # 1 3",
        "age(released) < duration('90d') # 1",
        "age(released) < duration('2160h') # 1",
        "age(released) >= duration('10w') # 2 3 4",
        "now - released < duration('90d') # 1",
        "released.getFullYear() == 2026 # 1 3",
        "has(price) # 1 2 3 4",
        "!has(price) # 5",
        "has(tags) # 1 2 4",
        "!has(price) || price < 0 # 4 5",
        "price < 0 || !has(price) # 4 5",
        "has(price) && price < 0 # 4",
        "price < 0 || id == 'e' # 4 5",
        "price > 1000 && id == 'e' # ``",
        "brand.matches('^L.*O$') # 1 3",
        "brand.matches('o') # 2",
        "brand.contains('EG') && brand.endsWith('O') # 1 3",
        "size(brand) == 3 # 2",
        "string(price) == '30.5' # 2",
        "int(price) % 2 == 0 # 1 2 3 4",
        "true # 1 2 3 4 5",
        "false # ``",
        "1 == 1.0 # 1 2 3 4 5",
        "price in [] # ``",
      })
  void selects(String filter, String rows) {
    assertThat(rows(filter)).isEqualTo(rows);
  }

  private String rows(String filter) {
    return filters.matching(filter, NOW).stream()
        .mapToObj(Integer::toString)
        .collect(java.util.stream.Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "brand == 'LEGO' ? 1.5 : 1.0 # 1 1.5 1 1.5 1 1",
        "brand == 'LEGO' ? 2 : 1 # 1 2 1 2 1 1",
        "sale && price > 0 ? 2 : !sale ? 0.5 : 3 # 1 2 0.5 3 0.5 1",
        "price > 0 ? price : 1 # 1 30 30.5 1 1 1",
        "size(tags) + 1 # 1 3 3 1 2 1",
        "1.25 # 1 1.25 1.25 1.25 1.25 1.25",
        "has(price) ? 1 : 0.5 # 1 1 1 1 1 0.5",
        "sale ? (price == 0 ? 4 : 2) : 1 # 1 2 1 4 1 1",
      })
  void multiplies(String boost, String factors) {
    float[] expected = new float[6];
    String[] texts = factors.split(" ");
    for (int i = 0; i < 6; i++) {
      expected[i] = Float.parseFloat(texts[i]);
    }
    assertThat(filters.boosts(boost, NOW)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "colour == 'red' # 0 # no column 'colour'; there are brand, id, price, released, sale,"
            + " tags",
        "sale && prise < 3 # 8 # no column 'prise'; did you mean 'price'?",
        "Price < 3 # 0 # no column 'Price'; did you mean 'price'?",
        "brand == 3 # 6 # '==' does not work for text and whole number",
        "brand == 3.5 # 6 # '==' does not work for text and number",
        "price < 'a' # 6 # '<' does not work for number and text",
        "released > '2026' # 9 # '>' does not work for time and text",
        "tags == 'Toys' # 5 # '==' does not work for list of texts and text; write \"text\" in"
            + " column",
        "'Toys' in brand # 7 # 'in' looks for a value in a list, not for text in text",
        "brand + 'x' == '' # 6 # '+' does not work for text and text",
        "sale && price # 5 # '&&' takes what is true or false, not number",
        "price ? true : sale # 6 # before '?' stands true or false, not number",
        "sale ? 1 : 'a' # 5 # both sides of ':' must be of one type, not whole number and text",
        "price # 0 # a filter must be true or false for each item",
        "price <= # 8 # the expression ends too early",
        "sale and price > 3 # 5 # unexpected 'and'; did you mean '&&'?",
        "not sale # 0 # unexpected 'not'; did you mean '!'?",
        "brand = 'x' # 6 # unexpected '='; did you mean '=='?",
        "brand == 'x # 9 # the text is not closed",
        "`` # 0 # the expression is empty",
        "if == 3 # 0 # 'if' is a reserved word",
        "price > 99999999999999999999 # 8 # the number is too large",
        "price > 3u # 8 # write the number without u",
        "price == null # 9 # null is not part of filters; has(column) asks whether an item has a"
            + " value",
        "price.euro > 3 # 5 # a column has no field 'euro'",
        "has(prise) # 3 # has(...) asks for the unknown column 'prise'; did you mean 'price'?",
        "has(3) # 3 # has(...) takes the name of a column",
        "has(price, sale) # 0 # 'has' does not take these values",
        "sise(tags) > 1 # 0 # no function 'sise'; did you mean 'size'?",
        "brand.shout() == 'X' # 6 # no function 'shout'",
        "tags.map(t, t) == tags # 5 # no function 'map'",
        "{'a': 1} == {'b': 2} # 0 # '{...}' is not part of filters; lists are written [\"a\","
            + " \"b\"]",
        "[[1]] == [[2]] # 0 # a list within a list is not part of filters",
        "[true ? [tags] : [tags]] == [] # 0 # a list within a list is not part of filters",
        "1 in [1, 'a'] # 5 # a list holds values of one type",
        "brand.matches('(') # 14 # the pattern of matches cannot be read: missing closing )",
        "brand.matches(id) # 14 # the pattern of matches must be written out as a text",
        "sale || 1 / 0 == 1 # 10 # division by zero",
        "released > timestamp('2026-13-01') # 20 # no time; write"
            + " timestamp(\"2026-01-31T12:00:00Z\") or a date",
        "age(released) < duration('x') # 24 # no duration; write duration(\"90d\"), \"36h\","
            + " \"15m\" or \"30s\"",
      })
  void refuses(String filter, int position, String message) {
    String caret = "\n" + filter + "\n" + " ".repeat(position) + "^";
    assertThat(refusal(filter)).hasMessage(message + caret);
    assertThat(refusal(filter).position()).isEqualTo(position);
  }

  private FilterException refusal(String filter) {
    return catchThrowableOfType(FilterException.class, () -> filters.matching(filter, NOW));
  }

  @Test
  void aLongExpressionIsShownAroundThePlaceOnly() {
    String filter = "brand == 'Zoë' && ".repeat(5) + "colour\n == 3" + " && sale".repeat(9);
    FilterException refusal = refusal(filter);
    assertThat(refusal.position()).isEqualTo(90);
    assertThat(refusal.suggestion()).isNull();
    assertThat(refusal)
        .hasMessage(
            "no column 'colour'; there are brand, id, price, released, sale, tags\n"
                + "Zoë' && brand == 'Zoë' && brand == 'Zoë' && colour\n".substring(4)
                + " ".repeat(40)
                + "^");
  }

  @Test
  void boostsMustBePositiveFiniteNumbers() {
    for (String[] each :
        List.of(
            new String[] {"sale", "a boost must be a number for each item"},
            new String[] {"0", "a boost is 0 for an item; boosts are positive and finite"},
            new String[] {"price", "a boost is 0.0 for an item; boosts are positive and finite"},
            new String[] {
              "1 / price", "a boost is Infinity for an item; boosts are positive and finite"
            },
            new String[] {
              "1e-300", "a boost is 1.0E-300 for an item; boosts are positive and finite"
            },
            new String[] {
              "1e300", "a boost is 1.0E300 for an item; boosts are positive and finite"
            })) {
      FilterException refusal =
          catchThrowableOfType(FilterException.class, () -> filters.boosts(each[0], NOW));
      assertThat(refusal.problem()).isEqualTo(each[1]);
    }
    assertThat(filters.boosts("sale ? 2 : -1 * price < 0 ? 1 : 3", NOW))
        .containsExactly(1, 2, 1, 2, 3, 1);
  }

  @Test
  void costlyExpressionsAreRefused() {
    String ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
    for (String element : List.of("d > 0", "price > d")) {
      String filter = "%s.all(a, %s.all(b, %s.all(c, %s.all(d, " + element + "))))";
      assertThat(refusal(filter.replace("%s", ten)).problem())
          .isEqualTo("the expression takes too long");
    }
  }

  @Test
  void whatIsTooLongOrTooDeepIsRefused() {
    assertThat(refusal("a".repeat(10_001)).problem())
        .isEqualTo("the expression has 10001 characters; at most 10000 are allowed");
    for (String deep :
        List.of(
            "(".repeat(60) + "sale" + ")".repeat(60),
            "price" + " + price".repeat(900) + " > 3",
            "tags" + "[0]".repeat(900) + " == 'a'",
            "sale" + " ? sale : sale".repeat(300))) {
      assertThat(refusal(deep).problem()).isEqualTo("the expression is nested too deeply");
    }
    String many = "price in [" + "1,".repeat(2_500) + "1]";
    assertThat(refusal(many).problem())
        .isEqualTo("the expression has too many parts; at most 2000 are allowed");
    assertThat(refusal("brand.matches('" + "a".repeat(201) + "')").problem())
        .isEqualTo("the pattern of matches has 201 characters; at most 200 are allowed");
    assertThat(rows("sale" + " && sale".repeat(500))).isEqualTo("1 3");
    assertThat(rows("!".repeat(2_000) + "sale")).isEqualTo("1 3");
  }

  @Test
  void answersAreKeptAndTheLeastRecentlyUsedGoes() {
    Filters small = new Filters(SmallCatalogue.columns(), 1_000);
    float[] first = small.boosts("1.5", NOW);
    assertThat(small.boosts("1.5", NOW)).isSameAs(first);
    IntStream.range(0, 20).forEach(i -> small.boosts("1.5 + " + i, NOW));
    assertThat(small.bytes()).isBetween(300L, 1_000L);
    assertThat(small.boosts("1.5", NOW)).isNotSameAs(first).isEqualTo(first);
    assertThat(new Filters(SmallCatalogue.columns(), 0).matching("sale", NOW).cardinality())
        .isEqualTo(2);
  }

  @Test
  void theCallersBitsAreItsOwn() {
    filters.matching("sale", NOW).clear();
    BitSet sale = filters.matching("sale", NOW);
    assertThat(sale.cardinality()).isEqualTo(2);
  }

  @Test
  void anAnswerThatReadsTheTimeIsKeptForAMinute() {
    String boost = "age(released) < duration('31d12h') ? 2 : 1";
    assertThat(catchThrowableOfType(FilterException.class, () -> filters.boosts(boost, NOW)))
        .hasMessageStartingWith("no duration;");
    String young = "age(released) < duration('756h30s') ? 2 : 1"; // 31 d 12 h and 30 s
    float[] answer = filters.boosts(young, NOW);
    assertThat(answer[1]).isEqualTo(2f);
    assertThat(filters.boosts(young, NOW + 59)).isSameAs(answer);
    assertThat(filters.boosts(young, NOW + 60)[1]).isEqualTo(1f);
    assertThat(filters.boosts(young, NOW)[1]).isEqualTo(2f);
    assertThat(filters.boosts("1.5", NOW)).isSameAs(filters.boosts("1.5", NOW + 1_000_000));
  }
}
