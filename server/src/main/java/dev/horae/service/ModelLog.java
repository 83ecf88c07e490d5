package dev.horae.service;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** What was done with a model, a line each: the newest ones, for new items come for ever. */
final class ModelLog {

  static final int MOST = 200;

  private final Deque<String> lines = new ArrayDeque<>(); // guarded by this

  /** What is tried again and again is said once. */
  synchronized void add(String line) {
    if (line.equals(lines.peekLast())) {
      return;
    }
    if (lines.size() == MOST) {
      lines.removeFirst();
    }
    lines.addLast(line);
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }
}
