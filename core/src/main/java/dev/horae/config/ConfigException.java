package dev.horae.config;

import java.util.List;

/** Everything wrong with a configuration file, in one exception. */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConfigException(String problem) {
    this(List.of(problem));
  }

  public ConfigException(List<String> problems) {
    super(
        String.join("\n", problems)
            + "\n"
            + problems.size()
            + (problems.size() == 1 ? " problem" : " problems")
            + "; nothing was run");
  }

  /** Throws when there are any. */
  public static void throwIfAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
