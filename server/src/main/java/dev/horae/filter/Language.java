package dev.horae.filter;

import com.google.common.collect.ImmutableList;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.checker.CelStandardDeclarations.StandardFunction;
import dev.cel.checker.CelStandardDeclarations.StandardOverload;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSource;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelMutableExpr;
import dev.cel.common.ast.CelMutableExprConverter;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * CEL as filters speak it: the columns are its variables, {@code now} is the time of the request,
 * {@code has(column)} asks whether an item has a value, {@code age(column)} is {@code now -
 * column}, durations may be written in days and weeks, and times as dates (midnight in UTC).
 *
 * <p>What would let a short expression grow large values is not there: joining texts and lists,
 * {@code map} and {@code filter}, lists of lists, maps. Patterns of {@code matches} are literals
 * and run in time linear in the text (RE2).
 */
final class Language {

  /** The longest expression, in chars. */
  static final int MOST_CHARS = 10_000;

  /** The most operators, names and literals of an expression. */
  static final int MOST_PARTS = 2_000;

  /** How deep brackets and operators may stand in each other. */
  static final int MOST_DEPTH = 48;

  /** The longest pattern of matches, in chars. */
  static final int MOST_PATTERN_CHARS = 200;

  /** The most turns of exists and all for one item. */
  static final int MOST_TURNS = 1_000;

  /** Before a column's name: the variable that says whether an item has a value. */
  static final String HAS = "@has_";

  static final String NOW = "now";

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableHeterogeneousNumericComparisons(true)
          .comprehensionMaxIterations(MOST_TURNS)
          .maxExpressionCodePointSize(MOST_CHARS)
          .maxParseRecursionDepth(MOST_DEPTH)
          .maxParseExpressionNodeCount(MOST_PARTS)
          .maxParseErrorRecoveryLimit(1)
          .maxRegexProgramSize(1_000)
          .build();

  /** Evaluates what was checked. Safe for use by several threads. */
  static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .setStandardFunctions( // its own "matches" compiles the pattern for each text
              CelStandardFunctions.newBuilder()
                  .excludeFunctions(CelStandardFunctions.StandardFunction.MATCHES)
                  .build())
          .addFunctionBindings(
              CelFunctionBinding.fromOverloads(
                  "matches",
                  CelFunctionBinding.from(
                      "matches", String.class, String.class, PatternCache::matches),
                  CelFunctionBinding.from(
                      "matches_string", String.class, String.class, PatternCache::matches)))
          .build();

  private static final Set<StandardFunction> UNUSED =
      EnumSet.of(
          StandardFunction.TYPE,
          StandardFunction.DYN,
          StandardFunction.BYTES,
          StandardFunction.UINT,
          StandardFunction.OLD_IN,
          StandardFunction.OLD_NOT_STRICTLY_FALSE);

  private static final Pattern DAYS = Pattern.compile("(-?\\d{1,7})([dw])");

  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

  private static final CelStandardDeclarations DECLARATIONS =
      CelStandardDeclarations.newBuilder().filterFunctions(Language::included).build();

  private final Columns columns;
  private final CelCompiler compiler;

  Language(Columns columns) {
    this.columns = columns;
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardEnvironmentEnabled(false)
            .setStandardDeclarations(DECLARATIONS)
            .setStandardMacros(
                CelStandardMacro.EXISTS, CelStandardMacro.ALL, CelStandardMacro.EXISTS_ONE)
            .addMacros(
                CelMacro.newGlobalMacro("has", 1, Language::has),
                CelMacro.newGlobalMacro("age", 1, Language::age),
                CelMacro.newGlobalMacro("duration", 1, Language::duration),
                CelMacro.newGlobalMacro("timestamp", 1, Language::timestamp))
            .addVar(NOW, SimpleType.TIMESTAMP);
    for (String name : columns.names()) {
      Columns.Column column = columns.column(name);
      if (column != null) {
        builder.addVar(name, type(column.type()));
        builder.addVar(HAS + name, SimpleType.BOOL);
      }
    }
    compiler = builder.build();
  }

  private static CelType type(Columns.Type type) {
    return switch (type) {
      case TEXT -> SimpleType.STRING;
      case NUMBER -> SimpleType.DOUBLE;
      case BOOL -> SimpleType.BOOL;
      case TEXTS -> ListType.create(SimpleType.STRING);
      case TIME -> SimpleType.TIMESTAMP;
      case NONE -> SimpleType.DYN;
    };
  }

  private static boolean included(StandardFunction function, StandardOverload overload) {
    if (UNUSED.contains(function)) {
      return false;
    }
    for (CelType type : overload.celOverloadDecl().parameterTypes()) {
      boolean joins = type.kind() == CelKind.STRING || type.kind() == CelKind.LIST;
      if (type.kind() == CelKind.BYTES
          || type.kind() == CelKind.UINT
          || type.kind() == CelKind.MAP
          || function == StandardFunction.ADD && joins) {
        return false;
      }
    }
    return true;
  }

  private static Optional<CelExpr> has(
      CelMacroExprFactory make, CelExpr target, ImmutableList<CelExpr> arguments) {
    CelExpr column = arguments.get(0);
    if (column.getKind() != CelExpr.ExprKind.Kind.IDENT) {
      return Optional.of(make.reportError("has(...) takes the name of a column"));
    }
    return Optional.of(make.newIdentifier(HAS + column.ident().name()));
  }

  private static Optional<CelExpr> age(
      CelMacroExprFactory make, CelExpr target, ImmutableList<CelExpr> arguments) {
    return Optional.of(make.newGlobalCall("_-_", make.newIdentifier(NOW), arguments.get(0)));
  }

  private static Optional<CelExpr> duration(
      CelMacroExprFactory make, CelExpr target, ImmutableList<CelExpr> arguments) {
    CelConstant text = arguments.get(0).constantOrDefault();
    if (text.getKind() != CelConstant.Kind.STRING_VALUE) {
      return Optional.empty();
    }
    Matcher days = DAYS.matcher(text.stringValue());
    if (!days.matches()) {
      return Optional.empty();
    }
    long seconds = Long.parseLong(days.group(1)) * (days.group(2).equals("d") ? 86_400 : 604_800);
    return Optional.of(make.newGlobalCall("duration", make.newStringLiteral(seconds + "s")));
  }

  private static Optional<CelExpr> timestamp(
      CelMacroExprFactory make, CelExpr target, ImmutableList<CelExpr> arguments) {
    CelConstant text = arguments.get(0).constantOrDefault();
    return text.getKind() == CelConstant.Kind.STRING_VALUE
            && DATE.matcher(text.stringValue()).matches()
        ? Optional.of(
            make.newGlobalCall(
                "timestamp", make.newStringLiteral(text.stringValue() + "T00:00:00Z")))
        : Optional.empty();
  }

  /** {@return the columns that an expression names and that are not there} */
  Set<String> unknown(String expression) {
    Set<String> names = new TreeSet<>();
    Set<String> others = new HashSet<>(Set.of("", NOW)); // and what runs through lists
    try {
      Parts.each(
          compiler.parse(expression).getAst().getExpr(),
          part -> {
            String name = part.identOrDefault().name();
            names.add(name.startsWith(HAS) ? name.substring(HAS.length()) : name);
            if (part.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION) {
              others.add(part.comprehension().iterVar());
              others.add(part.comprehension().accuVar());
            }
          });
    } catch (CelValidationException e) {
      throw new Refusals(expression, columns).refusal(e);
    }
    names.removeAll(others);
    names.removeAll(columns.names());
    return names;
  }

  /** {@return the expression, parsed and checked against the columns} */
  CelAbstractSyntaxTree check(String expression) {
    if (expression.length() > MOST_CHARS) {
      throw new FilterException(
          expression,
          0,
          "the expression has "
              + expression.length()
              + " characters; at most "
              + MOST_CHARS
              + " are allowed",
          null);
    }
    try {
      CelAbstractSyntaxTree parsed = compiler.parse(expression).getAst();
      refuseUnknownParts(expression, parsed.getSource(), parsed.getExpr());
      CelMutableExpr rewritten = CelMutableExprConverter.fromCelExpr(parsed.getExpr());
      new NumberLiterals(columns, lastId(parsed)).unify(rewritten);
      CelExpr unified = CelMutableExprConverter.fromMutableExpr(rewritten);
      CelAbstractSyntaxTree checked =
          compiler.check(CelAbstractSyntaxTree.newParsedAst(unified, parsed.getSource())).getAst();
      Parts.each(unified, part -> refuseUnequal(expression, checked, part));
      return checked;
    } catch (CelValidationException e) {
      throw new Refusals(expression, columns).refusal(e);
    } catch (StackOverflowError e) {
      throw new FilterException(expression, 0, "the expression is nested too deeply", null);
    }
  }

  /** The parser gives each part an identifier, macros take further ones. */
  private static long lastId(CelAbstractSyntaxTree parsed) {
    long[] last = {0};
    Parts.each(parsed.getExpr(), part -> last[0] = Math.max(last[0], part.id()));
    return last[0];
  }

  private static void refuseUnknownParts(String expression, CelSource source, CelExpr root) {
    Parts.each(
        root,
        part -> {
          String problem = problem(part);
          if (problem != null) {
            boolean pattern = part.getKind() == CelExpr.ExprKind.Kind.CALL;
            CelExpr place = pattern ? last(part.call()) : part;
            throw new FilterException(
                expression, Parts.position(expression, source, place), problem, null);
          }
        });
  }

  /** Lists within lists could double their size with each comprehension around them. */
  private static void refuseUnequal(
      String expression, CelAbstractSyntaxTree checked, CelExpr part) {
    CelType type = checked.getType(part.id()).orElse(SimpleType.DYN);
    if (type instanceof ListType list) {
      boolean nested = list.elemType().kind() == CelKind.LIST;
      boolean mixed =
          list.elemType().kind() == CelKind.DYN && !part.listOrDefault().elements().isEmpty();
      if (nested || mixed) {
        throw new FilterException(
            expression,
            Parts.position(expression, checked.getSource(), part),
            nested
                ? "a list within a list is not part of filters"
                : "a list holds values of one type",
            null);
      }
    }
  }

  private static @Nullable String problem(CelExpr part) {
    return switch (part.getKind()) {
      case MAP, STRUCT -> "'{...}' is not part of filters; lists are written [\"a\", \"b\"]";
      case SELECT -> "a column has no field '" + part.select().field() + "'";
      case CONSTANT ->
          switch (part.constant().getKind()) {
            case UINT64_VALUE -> "write the number without u";
            case BYTES_VALUE -> "bytes are not part of filters; write the text without b";
            case NULL_VALUE ->
                "null is not part of filters; has(column) asks whether an item has a value";
            default -> null;
          };
      case CALL -> part.call().function().equals("matches") ? pattern(part.call()) : null;
      default -> null;
    };
  }

  private static @Nullable String pattern(CelExpr.CelCall matches) {
    CelConstant literal = last(matches).constantOrDefault();
    if (literal.getKind() != CelConstant.Kind.STRING_VALUE) {
      return "the pattern of matches must be written out as a text";
    }
    String pattern = literal.stringValue();
    if (pattern.length() > MOST_PATTERN_CHARS) {
      return "the pattern of matches has "
          + pattern.length()
          + " characters; at most "
          + MOST_PATTERN_CHARS
          + " are allowed";
    }
    try {
      com.google.re2j.Pattern.compile(pattern);
      return null;
    } catch (com.google.re2j.PatternSyntaxException e) {
      return "the pattern of matches cannot be read: " + e.getDescription();
    }
  }

  private static CelExpr last(CelExpr.CelCall call) {
    return call.args().isEmpty() ? CelExpr.ofNotSet(0) : call.args().get(call.args().size() - 1);
  }
}
