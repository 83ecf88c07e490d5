package dev.horae.filter;

import dev.cel.common.CelSource;
import dev.cel.common.ast.CelExpr;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The parts of a parsed expression. */
final class Parts {

  private Parts() {}

  /** {@return the parts right below} */
  static List<CelExpr> of(CelExpr part) {
    return switch (part.getKind()) {
      case CALL ->
          Stream.concat(part.call().target().stream(), part.call().args().stream()).toList();
      case LIST -> part.list().elements();
      case SELECT -> List.of(part.select().operand());
      case COMPREHENSION ->
          List.of(
              part.comprehension().iterRange(),
              part.comprehension().accuInit(),
              part.comprehension().loopCondition(),
              part.comprehension().loopStep(),
              part.comprehension().result());
      default -> List.of();
    };
  }

  /** Gives {@code part} and all below it, from the top. */
  static void each(CelExpr part, Consumer<CelExpr> to) {
    to.accept(part);
    of(part).forEach(below -> each(below, to));
  }

  /** {@return where a part stands, in chars} */
  static int position(String expression, CelSource source, CelExpr part) {
    return chars(expression, source.getPositionsMap().getOrDefault(part.id(), 0));
  }

  /** {@return code points counted as chars} */
  static int chars(String expression, int codePoints) {
    int most = expression.codePointCount(0, expression.length());
    return expression.offsetByCodePoints(0, Math.max(0, Math.min(codePoints, most)));
  }
}
