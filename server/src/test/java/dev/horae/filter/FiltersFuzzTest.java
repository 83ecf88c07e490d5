package dev.horae.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is written gives rows or a FilterException, and soon. */
class FiltersFuzzTest {

  private static final List<String> ATOMS =
      List.of(
          "brand",
          "price",
          "sale",
          "released",
          "tags",
          "now",
          "colour",
          "x",
          "1",
          "0",
          "-1",
          "2.5",
          "9223372036854775807",
          "-9223372036854775808",
          "1e308",
          "\"LEGO\"",
          "'Toys'",
          "'a+'",
          "'('",
          "true",
          "false",
          "null",
          "[]",
          "[1, 2]",
          "['a', \"b\"]",
          "[[1]]",
          "{}",
          "{'a': 1}",
          "b'a'",
          "3u",
          "''",
          "'Zoë 😀'",
          "'90d'",
          "'2026-01-01'",
          "'2026-01-01T00:00:00Z'",
          "'9999999w'",
          "'UTC'",
          "'Nowhere/Land'");

  private static final List<String> CALLS =
      List.of(
          "(@)",
          "!@",
          "-@",
          "@ && @",
          "@ || @",
          "@ == @",
          "@ != @",
          "@ < @",
          "@ <= @",
          "@ > @",
          "@ >= @",
          "@ + @",
          "@ - @",
          "@ * @",
          "@ / @",
          "@ % @",
          "@ in @",
          "@ ? @ : @",
          "@[@]",
          "[@, @]",
          "has(@)",
          "age(@)",
          "size(@)",
          "@.size()",
          "@.contains(@)",
          "@.startsWith(@)",
          "@.endsWith(@)",
          "@.matches(@)",
          "@.exists(x, @)",
          "@.all(x, @)",
          "@.exists_one(x, @)",
          "@.exists(@, @)",
          "@.map(x, @)",
          "@.filter(x, @)",
          "timestamp(@)",
          "duration(@)",
          "double(@)",
          "int(@)",
          "uint(@)",
          "string(@)",
          "bool(@)",
          "bytes(@)",
          "dyn(@)",
          "type(@)",
          "@.getFullYear()",
          "@.getMonth(@)",
          "@.getDayOfWeek()",
          "@.getHours(@)",
          "@.getSeconds()",
          "@.price",
          "@()",
          "price(@)",
          "@.exists(price, @)",
          "google.protobuf.Any{}");

  private static final String SIGNS = "()[]{}!&|=<>+-*/%?:.,'\"\\ \n\t\0ab1é😀@`#$";

  private final Random random = new Random(7);

  private String expression(int depth) {
    if (depth == 0 || random.nextInt(5) == 0) {
      return ATOMS.get(random.nextInt(ATOMS.size()));
    }
    StringBuilder text = new StringBuilder();
    String call = CALLS.get(random.nextInt(CALLS.size()));
    for (int i = 0; i < call.length(); i++) {
      text.append(call.charAt(i) == '@' ? expression(depth - 1) : call.substring(i, i + 1));
    }
    return text.toString();
  }

  /** Well typed: what a shop may write. */
  private String truth(int depth) {
    if (depth == 0) {
      return List.of("sale", "has(price)", "has(brand)", "true").get(random.nextInt(4));
    }
    String number = number(depth - 1);
    return switch (random.nextInt(8)) {
      case 0 -> truth(depth - 1) + " && " + truth(depth - 1);
      case 1 -> "(" + truth(depth - 1) + " || " + truth(depth - 1) + ")";
      case 2 -> "!(" + truth(depth - 1) + ")";
      case 3 -> number + " <= " + number(depth - 1);
      case 4 -> number + " in [" + number(depth - 1) + ", 3]";
      case 5 -> "tags.exists(x, x == brand || " + truth(depth - 1) + ")";
      case 6 -> "age(released) < duration('" + random.nextInt(300) + "d')";
      default -> "brand.matches('" + "aO.*+?[A-Z]".substring(random.nextInt(11)) + "')";
    };
  }

  private String number(int depth) {
    if (depth == 0) {
      return List.of("price", "2", "0.5", "-1", "size(tags)").get(random.nextInt(5));
    }
    return switch (random.nextInt(3)) {
      case 0 -> number(depth - 1) + " */+-".charAt(1 + random.nextInt(4)) + number(depth - 1);
      case 1 ->
          "(" + truth(depth - 1) + " ? " + number(depth - 1) + " : " + number(depth - 1) + ")";
      default -> "double(released.getFullYear()) - " + number(depth - 1);
    };
  }

  private String any() {
    return switch (random.nextInt(6)) {
      case 0 -> truth(random.nextInt(5));
      case 1 -> number(random.nextInt(4));
      case 2 -> mutated(truth(random.nextInt(5)));
      case 3 -> expression(random.nextInt(5));
      default -> mutated(expression(1 + random.nextInt(4)));
    };
  }

  private String mutated(String expression) {
    StringBuilder text = new StringBuilder(expression);
    for (int n = random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), at + random.nextInt(6));
      switch (random.nextInt(3)) {
        case 0 -> text.insert(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
        case 1 -> text.delete(at, to);
        default -> text.insert(at, text.substring(at, to).repeat(1 + random.nextInt(40)));
      }
    }
    return text.toString();
  }

  @Test
  void anyExpressionGivesRowsOrARefusal() {
    Filters filters = new Filters(SmallCatalogue.columns(), 100_000);
    int answers = 0;
    int refusals = 0;
    for (int i = 0; i < 20_000; i++) {
      String expression = any();
      try {
        if (random.nextInt(4) == 0) {
          for (float factor : filters.boosts(expression, SmallCatalogue.NOW)) {
            assertThat(factor).as(expression).isPositive().isFinite();
          }
        } else {
          BitSet rows = filters.matching(expression, SmallCatalogue.NOW);
          assertThat(rows.get(0) || rows.length() > 6).as(expression).isFalse();
        }
        answers++;
      } catch (FilterException e) {
        assertThat(e.position()).as(expression).isBetween(0, expression.length());
        assertThat(e.problem()).as(expression).isNotBlank();
        refusals++;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("'" + expression + "' gave " + e, e);
      }
    }
    assertThat(answers).isGreaterThan(1_000);
    assertThat(refusals).isGreaterThan(1_000);
    assertThat(filters.bytes()).isLessThanOrEqualTo(100_000);
  }
}
