package dev.horae.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong, so that all of it can be said at once. */
final class Problems {

  private record Problem(Place place, String text) {}

  private final List<Problem> problems = new ArrayList<>();

  /** Reads as: place: subject problem; fix. */
  void add(Place place, String subject, String problem, String fix) {
    problems.add(new Problem(place, place + ": " + subject + " " + problem + "; " + fix));
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
}
