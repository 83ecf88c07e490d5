package dev.horae.shell;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
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
  private static final Map<Pattern, String> VERBS = verbs();

  private static final Pattern SETTING = Pattern.compile("``([A-Za-z][A-Za-z0-9]*)``");
  private static final Pattern PREPARE = Pattern.compile("``PreparationBuilder\\.([A-Za-z]+)``");

  private Flags() {}

  /** {@return a message of the library for those who see the command line only} */
  public static String in(String message) {
    String said = message.replace("``settings``", "command line");
    for (Map.Entry<Pattern, String> verb : VERBS.entrySet()) {
      said = verb.getKey().matcher(said).replaceAll(verb.getValue());
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

  private static Map<Pattern, String> verbs() {
    Map<Pattern, String> verbs = new LinkedHashMap<>();
    verbs.put(
        call("Training\\.resume\\(((?:(?!``).)*), ([a-z_.]+=(?:(?!``|,).)*)\\)"),
        "horae train --resume $1 $2");
    verbs.put(call("Training\\.resume\\((.*?)\\)"), "horae train --resume $1");
    verbs.put(call("Training\\.run"), "'horae train --out'");
    verbs.put(call("Encoding\\.Options\\.states"), "'horae encode --states'");
    verbs.put(call("Encoding\\.run"), "'horae encode'");
    verbs.put(call("Encoding\\.run\\((.*?)\\)"), "'horae encode $1'");
    verbs.put(call("Encoding\\.(text|image)\\((.*?), ([^,]*?)\\)"), "'horae encode $2 --$1 $3'");
    verbs.put(call("Presets\\.of\\((.*?)\\)"), "'horae config $1'");
    return verbs;
  }

  private static Pattern call(String pattern) {
    return Pattern.compile("``" + pattern + "``");
  }
}
