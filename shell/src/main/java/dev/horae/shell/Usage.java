package dev.horae.shell;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** How a command line explains itself, and what it says to those who used it wrongly. */
public final class Usage {

  /** What picocli says of an enum. */
  private static final Pattern CHOICE =
      Pattern.compile("expected one of \\[(.*)] \\(case-insensitive\\) but was '(.*)'");

  /** What picocli says where a verb has verbs of its own and none is given. */
  private static final String NO_VERB = "Missing required subcommand";

  private static final int WIDTH = 100;

  private Usage() {}

  /**
   * {@return the command, whose verbs have been added, with our forms of help and refusal}
   *
   * @param styles whether the terminal shows bold and underlined
   */
  public static CommandLine of(CommandLine command, boolean styles) {
    command
        .setUsageHelpWidth(WIDTH)
        .setColorScheme(scheme(styles))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(
            parsed -> {
              refuseUnknownBeforeHelp(parsed);
              return new CommandLine.RunLast().execute(parsed);
            })
        .setParameterExceptionHandler((e, arguments) -> report(e));
    for (CommandLine verb : command.getSubcommands().values()) {
      verb.getCommandSpec().usageMessage().abbreviateSynopsis(true).showDefaultValues(false);
    }
    return command;
  }

  /** One rule for help and tables, the launcher's. */
  public static Help.ColorScheme scheme(boolean styles) {
    return Help.defaultColorScheme(styles ? Help.Ansi.ON : Help.Ansi.OFF);
  }

  /** With {@code --help} anywhere, picocli would overlook what it does not know. */
  private static void refuseUnknownBeforeHelp(ParseResult parsed) {
    for (ParseResult at = parsed; at != null; at = at.subcommand()) {
      if (!at.unmatched().isEmpty()) {
        throw new UnmatchedArgumentException(at.commandSpec().commandLine(), at.unmatched());
      }
    }
  }

  private static int report(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(message(e));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("'" + command.getCommandSpec().qualifiedName() + " --help' explains it.");
    return ExitCode.USAGE;
  }

  private static String verbs(CommandLine command) {
    return String.join(", ", command.getSubcommands().keySet());
  }

  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String first = unmatched.getUnmatched().get(0);
      CommandLine at = e.getCommandLine();
      if (at.getSubcommands().isEmpty()) {
        return "'" + first + "' is one argument too many";
      }
      return at.getParent() == null
          ? "there is no verb '" + first + "'"
          : "'" + first + "' is not one of " + verbs(at);
    }
    if (NO_VERB.equals(e.getMessage())) {
      return "give one of " + verbs(e.getCommandLine());
    }
    String said = Flags.in(String.valueOf(e.getMessage()));
    return CHOICE
        .matcher(said)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    "'%s' is not one of %s"
                        .formatted(found.group(2), found.group(1).toLowerCase(Locale.ROOT))))
        .replaceFirst("^Error: ", "")
        .replace("is not an int", "is not a whole number")
        .replace("is not a double", "is not a number");
  }
}
