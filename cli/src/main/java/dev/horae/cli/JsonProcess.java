package dev.horae.cli;

import dev.horae.data.Json;
import dev.horae.shell.Console;
import dev.horae.study.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs verbs that print JSON, each in a process of its own, and shows its progress. */
final class JsonProcess {

  private final Child child = new Child(Main.class);

  /**
   * What came of a process.
   *
   * @param printed what it printed; empty where it did not end well
   */
  record Answer<T>(Optional<T> printed, Child.Ended ended) {}

  /**
   * Runs a verb and waits for its end.
   *
   * @param name stands before the progress
   * @param verb and its arguments
   * @param type of what it prints
   */
  <T> Answer<T> ask(String name, List<String> verb, Class<T> type) {
    Console.line(name);
    try {
      Path printed = Files.createTempFile("horae", ".json");
      try {
        Child.Ended ended =
            child.run(
                verb,
                Redirect.to(printed.toFile()),
                Math.max(0, Console.columns() - name.length() - 2),
                line -> Console.line(name + "  " + line));
        return new Answer<>(
            ended.code() == 0 ? Optional.of(Json.read(printed, type)) : Optional.empty(), ended);
      } finally {
        Files.deleteIfExists(printed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write what a process prints", e);
    }
  }
}
