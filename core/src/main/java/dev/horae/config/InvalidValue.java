package dev.horae.config;

/** A value that a record refuses. {@link ConfigReader} adds the file, the line and the full key. */
public final class InvalidValue extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

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
      throw new InvalidValue(key, value, problem, fix);
    }
  }

  /** Throws unless {@code value} is above 0. */
  public static void unlessPositive(String key, Number value, String fix) {
    unless(value.doubleValue() > 0, key, value, "is not positive", fix);
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
