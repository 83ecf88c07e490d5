package dev.horae.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** A value that a record refuses. {@link ConfigReader} adds the file, the line and the full key. */
public final class InvalidValue extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** What is refused while {@link #collect} makes something. */
  private static final ThreadLocal<Optional<List<InvalidValue>>> COLLECTED =
      ThreadLocal.withInitial(Optional::empty);

  private final String key;
  private final transient Object value;
  private final String problem;
  private final String fix;

  public InvalidValue(String key, Object value, String problem, String fix) {
    super(key + " = " + value + " " + problem + "; " + fix);
    this.key = key;
    this.value = value;
    this.problem = problem;
    this.fix = fix;
  }

  /** Throws unless {@code ok}. Reads as: key = value problem; fix. */
  public static void unless(boolean ok, String key, Object value, String problem, String fix) {
    if (!ok) {
      InvalidValue refused = new InvalidValue(key, value, problem, fix);
      COLLECTED.get().orElseThrow(() -> refused).add(refused);
    }
  }

  /**
   * Makes records, and has those that refuse a value look at the others too: all that is refused is
   * known at once.
   *
   * @param refused gets what is refused, of each key the first; where it gets any, nothing is made
   */
  public static <T> Optional<T> collect(Supplier<T> make, List<InvalidValue> refused) {
    List<InvalidValue> all = new ArrayList<>();
    Optional<List<InvalidValue>> before = COLLECTED.get();
    COLLECTED.set(Optional.of(all));
    Optional<T> made = Optional.empty();
    try {
      made = Optional.of(make.get());
    } catch (InvalidValue e) {
      all.add(e);
    } catch (RuntimeException e) {
      if (all.isEmpty()) { // otherwise it comes of a value that was refused
        throw e;
      }
    } finally {
      COLLECTED.set(before);
    }
    Set<String> keys = new HashSet<>();
    all.stream().filter(value -> keys.add(value.key)).forEach(refused::add);
    return all.isEmpty() ? made : Optional.empty();
  }

  /** Throws unless {@code value} is above 0. */
  public static void unlessPositive(String key, Number value, String fix) {
    unless(value.doubleValue() > 0, key, value, "is not positive", fix);
  }

  /**
   * Throws unless {@code value}, how wide or how many layers of a network are, is from 1 to {@code
   * most}: far more than anybody needs, and not yet so much that building it fills the memory.
   */
  public static void unlessSize(String key, int value, int most, String fix) {
    unlessPositive(key, value, fix);
    unless(value <= most, key, value, "is more than " + most, fix);
  }

  /** Throws unless {@code value} is in [0, 1), such as a dropout rate. */
  public static void unlessRate(String key, double value) {
    unless(value >= 0 && value < 1, key, value, "is not in [0, 1)", "try 0.5");
  }

  /** Throws unless {@code value}, which a part of a loss is multiplied by, is 0 or above. */
  public static void unlessWeight(String key, double value, String fix) {
    unless(value >= 0, key, value, "is negative", fix);
  }

  public String key() {
    return key;
  }

  public Object value() {
    return value;
  }

  public String problem() {
    return problem;
  }

  public String fix() {
    return fix;
  }
}
