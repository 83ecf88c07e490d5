package dev.horae.spark;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;

/** What a verb ended with. */
record Verb(int code, String out, String err) {

  static Verb run(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
    int code = SparkMain.run(new PrintWriter(out), new PrintWriter(err), texts);
    return new Verb(code, out.toString(), err.toString());
  }

  /** {@return what it printed} */
  static String done(Object... words) {
    Verb verb = run(words);
    if (verb.code() != 0 || !verb.err().isEmpty()) {
      throw new AssertionError(verb);
    }
    return verb.out();
  }
}
