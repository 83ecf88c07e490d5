package dev.horae.filter;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelMutableExpr;
import dev.cel.common.ast.CelMutableExpr.CelMutableCall;
import dev.cel.common.ast.CelMutableExpr.CelMutableComprehension;
import dev.cel.common.ast.CelMutableExpr.CelMutableList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes {@code price == 30} mean {@code price == 30.0}: CEL knows whole numbers and numbers with
 * fractions and mixes them in no operator but less and greater. Where a whole number meets a number
 * with a fraction, a literal becomes one with a fraction and anything else is put into {@code
 * double(...)}.
 */
final class NumberLiterals {

  private enum Kind {
    WHOLE,
    FRACTION,
    WHOLES, // a list
    FRACTIONS,
    OTHER;

    Kind element() {
      return this == WHOLES ? WHOLE : this == FRACTIONS ? FRACTION : OTHER;
    }
  }

  private static final Set<String> ARITHMETIC = Set.of("_+_", "_-_", "_*_", "_/_", "_%_");
  private static final Set<String> COMPARISON =
      Set.of("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_");

  /** What may be asked of a time; each is a whole number. */
  static final List<String> PARTS_OF_TIMES =
      List.of(
          "getFullYear",
          "getMonth",
          "getDayOfYear",
          "getDayOfMonth",
          "getDate",
          "getDayOfWeek",
          "getHours",
          "getMinutes",
          "getSeconds",
          "getMilliseconds");

  private final Map<String, Kind> variables = new HashMap<>();
  private long lastId;

  /**
   * @param lastId no part of the expression has a larger identifier
   */
  NumberLiterals(Columns columns, long lastId) {
    for (String name : columns.names()) {
      Columns.Column column = columns.column(name);
      if (column != null && column.type() == Columns.Type.NUMBER) {
        variables.put(name, Kind.FRACTION);
      }
    }
    this.lastId = lastId;
  }

  /** Rewrites the expression in place. */
  void unify(CelMutableExpr expression) {
    kind(expression);
  }

  private Kind kind(CelMutableExpr expression) {
    return switch (expression.getKind()) {
      case CONSTANT -> constant(expression.constant());
      case IDENT -> variables.getOrDefault(expression.ident().name(), Kind.OTHER);
      case LIST -> list(expression.list());
      case CALL -> call(expression.call());
      case COMPREHENSION -> comprehension(expression.comprehension());
      default -> Kind.OTHER;
    };
  }

  private static Kind constant(CelConstant constant) {
    return switch (constant.getKind()) {
      case INT64_VALUE -> Kind.WHOLE;
      case DOUBLE_VALUE -> Kind.FRACTION;
      default -> Kind.OTHER;
    };
  }

  private Kind list(CelMutableList list) {
    List<Kind> kinds = list.elements().stream().map(this::kind).toList();
    if (kinds.contains(Kind.FRACTION)) {
      for (int i = 0; i < kinds.size(); i++) {
        if (kinds.get(i) == Kind.WHOLE) {
          toFraction(list.elements().get(i));
        }
      }
      return Kind.FRACTIONS;
    }
    return kinds.contains(Kind.WHOLE) ? Kind.WHOLES : Kind.OTHER;
  }

  private Kind call(CelMutableCall call) {
    call.target().ifPresent(this::kind);
    List<CelMutableExpr> arguments = call.args();
    List<Kind> kinds = arguments.stream().map(this::kind).toList();
    String function = call.function();
    int many = kinds.size();
    if (ARITHMETIC.contains(function) && many == 2) {
      return unified(arguments.get(0), kinds.get(0), arguments.get(1), kinds.get(1));
    } else if (COMPARISON.contains(function) && many == 2) {
      unified(arguments.get(0), kinds.get(0), arguments.get(1), kinds.get(1));
      return Kind.OTHER;
    } else if (function.equals("@in") && many == 2) {
      contained(arguments.get(0), kinds.get(0), arguments.get(1), kinds.get(1));
      return Kind.OTHER;
    } else if (function.equals("_?_:_") && many == 3) {
      return unified(arguments.get(1), kinds.get(1), arguments.get(2), kinds.get(2));
    } else if (function.equals("-_") && many == 1) {
      return kinds.get(0);
    } else if (function.equals("_[_]") && many == 2) {
      return kinds.get(0).element();
    } else if (function.equals("double")) {
      return Kind.FRACTION;
    }
    return function.equals("size") || function.equals("int") || PARTS_OF_TIMES.contains(function)
        ? Kind.WHOLE
        : Kind.OTHER;
  }

  private Kind unified(CelMutableExpr left, Kind of, CelMutableExpr right, Kind other) {
    if (of == Kind.WHOLE && other == Kind.FRACTION
        || of == Kind.WHOLES && other == Kind.FRACTIONS) {
      toFraction(left);
      return other;
    } else if (of == Kind.FRACTION && other == Kind.WHOLE
        || of == Kind.FRACTIONS && other == Kind.WHOLES) {
      toFraction(right);
      return of;
    }
    return of == other ? of : Kind.OTHER;
  }

  private void contained(CelMutableExpr value, Kind of, CelMutableExpr list, Kind other) {
    if (of == Kind.WHOLE && other == Kind.FRACTIONS) {
      toFraction(value);
    } else if (of == Kind.FRACTION && other == Kind.WHOLES) {
      toFraction(list);
    }
  }

  private Kind comprehension(CelMutableComprehension all) {
    Kind element = kind(all.iterRange()).element();
    kind(all.accuInit());
    Kind hidden = variables.put(all.iterVar(), element);
    kind(all.loopCondition());
    kind(all.loopStep());
    if (hidden == null) {
      variables.remove(all.iterVar());
    } else {
      variables.put(all.iterVar(), hidden);
    }
    kind(all.result());
    return Kind.OTHER;
  }

  private void toFraction(CelMutableExpr expression) {
    if (expression.getKind() == dev.cel.common.ast.CelExpr.ExprKind.Kind.CONSTANT) {
      expression.setConstant(CelConstant.ofValue((double) expression.constant().int64Value()));
    } else if (expression.getKind() == dev.cel.common.ast.CelExpr.ExprKind.Kind.LIST) {
      expression.list().elements().forEach(this::toFraction);
    } else {
      CelMutableExpr whole = CelMutableExpr.newInstance(expression);
      expression.setId(++lastId);
      expression.setCall(CelMutableCall.create("double", whole));
    }
  }
}
