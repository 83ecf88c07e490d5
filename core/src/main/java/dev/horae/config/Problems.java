package dev.horae.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Collects what is wrong, so that all of it can be said at once. */
final class Problems {

  private record Problem(Place place, String text) {}

  private final List<Problem> problems = new ArrayList<>();

  /** Reads as: place: subject problem; fix. */
  void add(Place place, String subject, String problem, String fix) {
    problems.add(new Problem(place, place + ": " + subject + " " + problem + "; " + fix));
  }

  void addAll(Problems others) {
    problems.addAll(others.problems);
  }

  /** {@return those that are not of a source} */
  Problems without(String source) {
    Problems others = new Problems();
    problems.stream()
        .filter(problem -> !problem.place.source().equals(source))
        .forEach(others.problems::add);
    return others;
  }

  int count() {
    return problems.size();
  }

  /** Those of the file by line, then those of the settings beside it. */
  ConfigException exception() {
    return new ConfigException(
        problems.stream()
            .sorted(
                Comparator.comparing((Problem problem) -> problem.place.equals(Place.SETTINGS))
                    .thenComparing(problem -> problem.place.line()))
            .map(Problem::text)
            .toList());
  }

  void throwIfAny() {
    if (!problems.isEmpty()) {
      throw exception();
    }
  }

  /** {@code key = value}, or the key alone of a group of the file. */
  static String subject(Tree tree, String key) {
    if (tree instanceof Tree.Group group
        && group.place().equals(Place.SETTINGS)
        && !group.children().isEmpty()) {
      Map.Entry<String, Tree> first = group.children().entrySet().iterator().next();
      return subject(first.getValue(), key + "." + first.getKey());
    }
    return shown(tree instanceof Tree.Scalar scalar ? key + " = " + scalar.text() : key);
  }

  /** One line of readable length, whatever the file holds. */
  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= 120 ? line : line.substring(0, 117) + "...";
  }
}
