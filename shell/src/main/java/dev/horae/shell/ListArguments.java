package dev.horae.shell;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code recommend} about what is in a list, on one machine or many. */
public final class ListArguments {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "10",
      description = "Items per history. Default: ${DEFAULT-VALUE}.")
  private int top;

  @Option(
      names = "--exclude-seen",
      negatable = true,
      description =
          "Leave out items of the history, or do not. Default: leave them out where at most 1 %% of"
              + " the training events repeat an item of the same user.")
  private @Nullable Boolean excludeSeen;

  /** Throws when they cannot be. */
  public void check() {
    if (top < 1) {
      throw new ParameterException(
          spec.commandLine(), "--top " + top + " is not positive; give 1 or more");
    }
  }

  /** {@return how many items a list has} */
  public int top() {
    return top;
  }

  /** {@return whether items of the history are left out; empty: where users seldom repeat any} */
  public Optional<Boolean> excludeSeen() {
    return Optional.ofNullable(excludeSeen);
  }
}
