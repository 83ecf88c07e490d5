package dev.horae.filter;

import com.google.re2j.Pattern;
import java.util.LinkedHashMap;
import java.util.Map;

/** The patterns used last, compiled. Safe for use by several threads. */
final class PatternCache {

  private static final int MOST = 64;

  private PatternCache() {}

  private record Compiled(String text, Pattern pattern) {}

  private static final Map<String, Compiled> PATTERNS = // guarded by itself
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Compiled> eldest) {
          return size() > MOST;
        }
      };

  private static volatile Compiled last = compile("");

  /** {@return whether the pattern is found anywhere in the text} */
  static boolean matches(String text, String pattern) {
    Compiled compiled = last;
    if (!compiled.text.equals(pattern)) {
      synchronized (PATTERNS) {
        compiled = PATTERNS.computeIfAbsent(pattern, PatternCache::compile);
      }
      last = compiled;
    }
    return compiled.pattern.matcher(text).find();
  }

  private static Compiled compile(String pattern) {
    return new Compiled(pattern, Pattern.compile(pattern));
  }
}
