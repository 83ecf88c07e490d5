package dev.horae.filter;

import static com.google.common.collect.ImmutableList.toImmutableList;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelErrorCode;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelReference;
import dev.cel.common.exceptions.CelRuntimeException;
import dev.cel.common.types.CelKind;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelVariableResolver;
import dev.cel.runtime.Program;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One evaluation of one checked expression over all rows.
 *
 * <p>{@code &&}, {@code ||}, {@code !} and {@code ?:} above the comparisons are worked out on bit
 * sets in the logic of three values that CEL prescribes: an absent value makes neither true nor
 * false, and decides only where the other side does not. What is below is evaluated by CEL, once
 * per combination of the values that it reads where there are fewer combinations than rows.
 */
final class Evaluation {

  /** How long an expression may take for all rows, beside {@link #NANOS_PER_ROW}. */
  private static final long NANOS = 1_000_000_000L;

  private static final long NANOS_PER_ROW = 5_000;

  private static final Object UNKNOWN = new Object();

  /** The rows for which an expression is true, and those for which it is false. */
  private record Truth(BitSet yes, BitSet no) {}

  /** Takes what a part is for a row; {@link #UNKNOWN} where an absent value decides. */
  private interface Rows {
    void accept(int row, Object value);
  }

  private final String expression;
  private final CelAbstractSyntaxTree checked;
  private final Columns columns;
  private final Instant now;
  private final TimeLimit limit;
  private final Map<Long, CelReference> references;
  private final Map<String, Object> constants = new HashMap<>();

  Evaluation(String expression, CelAbstractSyntaxTree checked, Columns columns, long now) {
    this.expression = expression;
    this.checked = checked;
    this.columns = columns;
    this.now = Instant.ofEpochSecond(now);
    limit = new TimeLimit(NANOS + NANOS_PER_ROW * columns.rows());
    references = new HashMap<>(checked.getReferenceMap());
  }

  /** {@return whether an expression reads the time} */
  static boolean readsTime(CelAbstractSyntaxTree checked) {
    boolean[] found = {false};
    Parts.each(
        checked.getExpr(), part -> found[0] |= part.identOrDefault().name().equals(Language.NOW));
    return found[0];
  }

  /** {@return the rows for which the expression is true} */
  BitSet matching() {
    if (checked.getResultType().kind() != CelKind.BOOL) {
      throw refusal(checked.getExpr(), "a filter must be true or false for each item");
    }
    return truth(hoisted(checked.getExpr())).yes();
  }

  /** {@return the factor of each row; 1 where an absent value decides, and for row 0} */
  float[] boosts() {
    CelKind kind = checked.getResultType().kind();
    if (kind != CelKind.DOUBLE && kind != CelKind.INT) {
      throw refusal(checked.getExpr(), "a boost must be a number for each item");
    }
    float[] factors = new float[columns.rows()];
    Arrays.fill(factors, 1f);
    BitSet all = new BitSet();
    all.set(1, columns.rows());
    factors(hoisted(checked.getExpr()), all, factors);
    return factors;
  }

  private void factors(CelExpr part, BitSet rows, float[] factors) {
    if (isCall(part, "_?_:_")) {
      Truth truth = truth(part.call().args().get(0));
      BitSet yes = (BitSet) rows.clone();
      yes.and(truth.yes());
      BitSet no = (BitSet) rows.clone();
      no.and(truth.no());
      factors(part.call().args().get(1), yes, factors);
      factors(part.call().args().get(2), no, factors);
      return;
    }
    evaluate(
        part,
        rows,
        (row, value) -> {
          if (value instanceof Number number) {
            float factor = number.floatValue();
            if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
              throw refusal(
                  part, "a boost is " + number + " for an item; boosts are positive and finite");
            }
            factors[row] = factor;
          }
        });
  }

  private Truth truth(CelExpr part) {
    if (isCall(part, "_&&_") || isCall(part, "_||_")) {
      boolean both = isCall(part, "_&&_");
      Truth left = truth(part.call().args().get(0));
      Truth right = truth(part.call().args().get(1));
      join(left.yes(), right.yes(), both);
      join(left.no(), right.no(), !both);
      return left;
    } else if (isCall(part, "!_")) {
      Truth truth = truth(part.call().args().get(0));
      return new Truth(truth.no(), truth.yes());
    }
    Truth truth = new Truth(new BitSet(columns.rows()), new BitSet(columns.rows()));
    BitSet all = new BitSet(columns.rows());
    all.set(1, columns.rows());
    Set<String> texts = texts(part);
    evaluate(
        texts == null ? part : part.call().args().get(0),
        all,
        (row, value) -> {
          if (value instanceof Boolean || texts != null && value instanceof String) {
            boolean yes = texts == null ? (Boolean) value : texts.contains(value);
            (yes ? truth.yes() : truth.no()).set(row);
          }
        });
    return truth;
  }

  /**
   * {@return the texts of {@code … in [texts]}, null when the part is another} CEL goes through the
   * list for each item; a set makes lists of hundreds of ids cheap.
   */
  private @Nullable Set<String> texts(CelExpr part) {
    if (!isCall(part, "@in")
        || checked.getTypeOrThrow(part.call().args().get(0).id()).kind() != CelKind.STRING
        || !(constants.get(part.call().args().get(1).identOrDefault().name())
            instanceof List<?> list)) {
      return null;
    }
    Set<String> texts = new HashSet<>();
    list.forEach(text -> texts.add((String) text));
    return texts;
  }

  private static void join(BitSet into, BitSet other, boolean both) {
    if (both) {
      into.and(other);
    } else {
      into.or(other);
    }
  }

  private static boolean isCall(CelExpr part, String function) {
    return part.callOrDefault().function().equals(function) && part.call().target().isEmpty();
  }

  /** Evaluates a part for the given rows. */
  private void evaluate(CelExpr part, BitSet rows, Rows to) {
    Map<String, Integer> slots = new HashMap<>();
    List<Columns.Column> read = new ArrayList<>();
    boolean[] strict = {true}; // an absent value makes the whole unknown
    Parts.each(
        part,
        each -> {
          String function = each.callOrDefault().function();
          strict[0] &=
              !function.equals("_&&_")
                  && !function.equals("_||_")
                  && !function.equals("_?_:_")
                  && each.getKind() != CelExpr.ExprKind.Kind.COMPREHENSION;
          String name = each.identOrDefault().name();
          boolean has = name.startsWith(Language.HAS);
          strict[0] &= !has;
          Columns.Column column =
              columns.column(has ? name.substring(Language.HAS.length()) : name);
          if (column != null && slots.putIfAbsent(column.name(), read.size()) == null) {
            read.add(column);
          }
        });
    long combinations = 1;
    for (Columns.Column column : read) {
      combinations = Math.min(Integer.MAX_VALUE, combinations * column.values().length);
    }
    Object[] memo =
        combinations <= columns.rows() ? new @Nullable Object[(int) combinations] : new Object[0];
    int[][] codesOf =
        read.stream().map(column -> column.codes().each(columns.rows())).toArray(int[][]::new);
    int[] codes = new int[read.size()];
    Program program = program(part);
    CelVariableResolver row = name -> Optional.ofNullable(value(name, slots, read, codes));
    for (int r = rows.nextSetBit(1); r > 0; r = rows.nextSetBit(r + 1)) {
      int combination = 0;
      boolean absent = false;
      for (int c = 0; c < codes.length; c++) {
        Columns.Column column = read.get(c);
        codes[c] = codesOf[c][r];
        absent |= column.values()[codes[c]] == null;
        combination = memo.length == 0 ? 0 : combination * column.values().length + codes[c];
      }
      Object value = memo.length == 0 ? null : memo[combination];
      if (value == null) {
        value = absent && strict[0] ? UNKNOWN : evaluate(part, program, row);
        if (memo.length > 0) {
          memo[combination] = value;
        }
      }
      to.accept(r, value);
    }
  }

  private @Nullable Object value(
      String name, Map<String, Integer> slots, List<Columns.Column> read, int[] codes) {
    boolean has = name.startsWith(Language.HAS);
    Integer slot = slots.get(has ? name.substring(Language.HAS.length()) : name);
    if (slot != null) {
      return has ? (Object) (codes[slot] != 0) : read.get(slot).values()[codes[slot]];
    }
    return name.equals(Language.NOW) ? now : constants.get(name);
  }

  private Program program(CelExpr part) {
    try {
      return Language.RUNTIME.createProgram(
          CelAbstractSyntaxTree.newCheckedAst(
              part, checked.getSource(), references, checked.getTypeMap()));
    } catch (CelEvaluationException | CelRuntimeException e) {
      throw refusal(part, sentence(e));
    }
  }

  /** {@return what CEL says of one combination; unknown where it meets an error of the item's} */
  private Object evaluate(CelExpr part, Program program, CelVariableResolver row) {
    if (limit.isOver()) {
      throw tooCostly(part);
    }
    try {
      return program.eval(row);
    } catch (CelEvaluationException e) {
      if (e.getErrorCode() == CelErrorCode.ITERATION_BUDGET_EXCEEDED) {
        throw tooCostly(part);
      }
      return UNKNOWN;
    } catch (ArithmeticException | DateTimeException e) {
      return UNKNOWN; // an overflow of times, which CEL does not catch
    }
  }

  /**
   * {@return the expression with each part that reads no column and no time replaced by its value}
   * An error in such a part is a mistake in the expression, not a property of an item.
   */
  private CelExpr hoisted(CelExpr part) {
    if (!readsVariable(part) && part.getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
      String name = "@constant_" + constants.size();
      constants.put(name, constant(part));
      references.put(part.id(), CelReference.newBuilder().setName(name).build());
      return CelExpr.ofIdent(part.id(), name);
    }
    return switch (part.getKind()) {
      case CALL ->
          CelExpr.ofCall(
              part.id(),
              part.call().target().map(this::hoisted),
              part.call().function(),
              part.call().args().stream().map(this::hoisted).collect(toImmutableList()));
      default -> part;
    };
  }

  private static boolean readsVariable(CelExpr part) {
    boolean[] found = {false};
    Parts.each(part, each -> found[0] |= each.getKind() == CelExpr.ExprKind.Kind.IDENT);
    return found[0];
  }

  private Object constant(CelExpr part) {
    try {
      return program(part).eval();
    } catch (CelEvaluationException e) {
      throw e.getErrorCode() == CelErrorCode.ITERATION_BUDGET_EXCEEDED
          ? tooCostly(part)
          : refusal(part, e);
    } catch (ArithmeticException | DateTimeException e) {
      throw refusal(part, e);
    }
  }

  private static String sentence(Exception e) {
    if (e instanceof CelEvaluationException cel) {
      switch (cel.getErrorCode()) {
        case DIVIDE_BY_ZERO -> {
          return "division by zero";
        }
        case NUMERIC_OVERFLOW -> {
          return "the number is too large";
        }
        case INDEX_OUT_OF_BOUNDS -> {
          return "the list has no such element";
        }
        default -> {}
      }
    }
    String message = e.getMessage() == null ? "cannot be evaluated" : e.getMessage();
    return message.replaceFirst("^evaluation error( at <input>:\\d+)?: ", "");
  }

  /** {@return why a part without columns has no value} The innermost that has none says it. */
  private FilterException refusal(CelExpr constant, Exception e) {
    for (CelExpr below : Parts.of(constant)) {
      if (!readsVariable(below)) {
        constant(below); // throws when it is the one
      }
    }
    boolean format =
        e instanceof CelEvaluationException cel && cel.getErrorCode() == CelErrorCode.BAD_FORMAT;
    String problem =
        switch (format ? constant.callOrDefault().function() : "") {
          case "timestamp" -> "no time; write timestamp(\"2026-01-31T12:00:00Z\") or a date";
          case "duration" -> "no duration; write duration(\"90d\"), \"36h\", \"15m\" or \"30s\"";
          default -> sentence(e);
        };
    return refusal(constant, problem);
  }

  private FilterException tooCostly(CelExpr part) {
    return refusal(part, "the expression takes too long");
  }

  private FilterException refusal(CelExpr part, String problem) {
    return new FilterException(
        expression, Parts.position(expression, checked.getSource(), part), problem, null);
  }
}
