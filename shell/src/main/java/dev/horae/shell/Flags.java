package dev.horae.shell;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says in flags and verbs what messages of the library say in its own names: {@code ``maxRejects``}
 * is {@code --max-rejects} here, and {@code ``Training.resume(runs/1)``} is {@code horae train
 * --resume runs/1}. Two backquotes, because what users write may have one, as a column of MySQL.
 */
public final class Flags {

  /** Where a flag has another name than the setting. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "headers", "--header",
          "pooling", "--text-pooling",
          "prefix", "--text-prefix",
          "bfloat16", "--bf16");

  /** Calls and the verbs that do the same. */
  private static final Map<Pattern, Function<MatchResult, String>> VERBS = verbs();

  private static final Pattern SETTING = Pattern.compile("``([A-Za-z][A-Za-z0-9]*)``");
  private static final Pattern PREPARE = Pattern.compile("``PreparationBuilder\\.([A-Za-z]+)``");

  private Flags() {}

  /** {@return a message of the library for those who see the command line only} */
  public static String in(String message) {
    String said = message.replace("``settings``", "command line");
    for (Map.Entry<Pattern, Function<MatchResult, String>> verb : VERBS.entrySet()) {
      said =
          verb.getKey()
              .matcher(said)
              .replaceAll(call -> Matcher.quoteReplacement(verb.getValue().apply(call)));
    }
    said = PREPARE.matcher(said).replaceAll(found -> "'horae prepare " + flag(found) + "'");
    return SETTING.matcher(said).replaceAll(Flags::flag);
  }

  /** {@return why an item has no vector, with the flag that helps; files say it without} */
  public static String inReason(String reason) {
    return reason
        .replaceFirst("was not fetched$", "was not fetched; see --fetch-images")
        .replaceFirst("which is not asked$", "which is asked with --fetch-private only");
  }

  private static String flag(MatchResult found) {
    String name = found.group(1);
    return OTHERS.getOrDefault(
        name, "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }

  private static Map<Pattern, Function<MatchResult, String>> verbs() {
    Map<Pattern, Function<MatchResult, String>> verbs = new LinkedHashMap<>();
    verbs.put(
        call("Training\\.resume\\(((?:(?!``).)*), ([a-z_.]+=(?:(?!``|,).)*)\\)"),
        call -> "horae train --resume " + quoted(call, 1) + " " + call.group(2));
    verbs.put(
        call("Training\\.resume\\((.*?)\\)"), call -> "horae train --resume " + quoted(call, 1));
    verbs.put(call("Training\\.run"), call -> "'horae train --out'");
    verbs.put(call("Encoding\\.Options\\.states"), call -> "'horae encode --states'");
    verbs.put(call("Encoding\\.run"), call -> "'horae encode'");
    verbs.put(call("Encoding\\.run\\((.*?)\\)"), call -> apart("horae encode " + quoted(call, 1)));
    verbs.put(
        call("Encoding\\.(text|image)\\((.*?), ([^,]*?)\\)"),
        call ->
            apart("horae encode " + quoted(call, 2) + " --" + call.group(1) + " " + call.group(3)));
    verbs.put(call("Presets\\.of\\((.*?)\\)"), call -> "'horae config " + call.group(1) + "'");
    return verbs;
  }

  /** {@return a path of a call as a shell reads it} */
  private static String quoted(MatchResult call, int group) {
    return CommandText.quoted(call.group(group));
  }

  /** {@return a command within a sentence} Marks around one that has some would end too early. */
  private static String apart(String command) {
    return command.contains("'") ? command : "'" + command + "'";
  }

  private static Pattern call(String pattern) {
    return Pattern.compile("``" + pattern + "``");
  }
}
