package dev.horae.spark;

import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A main class for {@code spark-submit}: runs several verbs, each with a dot behind it, in one
 * application, until one does not end well. It is not in the jar under test, so it asks Spark's
 * loader for what is.
 */
public final class SeveralVerbs {

  private SeveralVerbs() {}

  public static void main(String[] arguments) throws Exception {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Method run =
        Thread.currentThread()
            .getContextClassLoader()
            .loadClass("dev.horae.spark.SparkMain")
            .getDeclaredMethod("run", PrintWriter.class, PrintWriter.class, String[].class);
    run.setAccessible(true);
    List<String> verb = new ArrayList<>();
    int code = 0;
    for (String word : arguments) {
      if (!word.equals(".")) {
        verb.add(word);
      } else if (code == 0) {
        code = (int) run.invoke(null, out, err, verb.toArray(String[]::new));
        verb.clear();
      }
    }
    System.exit(code);
  }
}
