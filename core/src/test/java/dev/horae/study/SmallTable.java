package dev.horae.study;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Manifest;
import dev.horae.eval.BeyondAccuracy;
import dev.horae.report.Origin;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Results of five models with eight test users, made up so that every figure can be worked out. */
final class SmallTable {

  static final Origin ORIGIN =
      new Origin(
          "horae compare",
          List.of("toys"),
          "leave-one-out",
          List.of(2025L),
          "1.0",
          "Linux amd64, 2 cores",
          "2026-11-30T00:00:00Z");

  /** The counts of the paper's Toys. */
  static final Map<String, Number> TOYS =
      Map.of("users", 19_412, "items", 11_924, "events", 167_597);

  private SmallTable() {}

  static Standings of(String name, Map<String, Number> counts, List<Result> results) {
    return of(name, counts, results, "Comparison", "");
  }

  /** The same, as the ablation of a model that is one of the rows. */
  static Standings against(String reference) {
    return of("shop", TOYS, results(), "Ablation of " + reference, reference);
  }

  private static Standings of(
      String name,
      Map<String, Number> counts,
      List<Result> results,
      String what,
      String reference) {
    Manifest manifest =
        new Manifest(name, 1, 50, 5, 5, "kept", "file", null, true, counts, Map.of(), "", Map.of());
    Dataset dataset =
        new Dataset(
            Path.of(name),
            manifest,
            new Catalogue(List.of()),
            List.of(),
            new Histories(new int[] {0}, new int[0], new long[0]));
    return Standings.of(
        subject(what, reference, dataset),
        results,
        List.of(
            new Audit.Finding("split", "8 test users", "leave-one-out", false),
            new Audit.Finding("made by", "2 versions", "0.1; 0.2", true)));
  }

  static Comparison.Subject subject(String what, String reference, Dataset dataset) {
    return new Comparison.Subject(
        what, reference, dataset, List.of(), List.of(), List.of(), "", false, 1);
  }

  static Standings standings() {
    return of("my_toys & more", TOYS, results());
  }

  static List<Result> results() {
    return List.of(
        heuristic("most-popular", ranks(0, 0, 0, 0, 0, 0, 4, 0)),
        heuristic("vmis-knn", ranks(0, 1, 3, 1, 0, 3, 0, 0)),
        trained("hm4sr", List.of(), ranks(1, 1, 3, 1, 0, 1, 0, 0), ranks(1, 1, 3, 1, 0, 3, 0, 0)),
        trained("sas-rec", List.of("seed 2026: step 3: loss = NaN"), ranks(0, 3, 3, 0, 0, 3, 0, 0)),
        trained("core", List.of("seed 2025: no <text>", "seed 2026: no <text>")));
  }

  /** The same, where models were trained on two further orders of equal times too. */
  static Standings withTies() {
    return with(
        Result::outcomes,
        2,
        r -> r.outcomes().stream().limit(1).flatMap(SmallTable::shuffled).toList());
  }

  /** The same, where the ten items shown were measured too. */
  static Standings withBeyondAccuracy() {
    BeyondAccuracy one =
        new BeyondAccuracy(
            true,
            0.625,
            9.5,
            1.25,
            0.375,
            0.0625,
            List.of(
                new BeyondAccuracy.Length("1–4", 5, 0.25, 0.5),
                new BeyondAccuracy.Length("5–9", 12_345, 0.125, 0.375),
                new BeyondAccuracy.Length("50+", 0, 0, 0)));
    return with(
        r -> r.outcomes().stream().map(outcome -> outcome.with(one)).toList(), 0, r -> List.of());
  }

  private static Standings with(
      Function<Result, List<Result.Outcome>> outcomes,
      int wantedShuffled,
      Function<Result, List<Result.Outcome>> shuffled) {
    List<Result> all =
        results().stream()
            .map(
                r ->
                    new Result(
                        r.model(),
                        r.heuristic(),
                        r.wanted(),
                        outcomes.apply(r),
                        wantedShuffled,
                        shuffled.apply(r),
                        outcomes.apply(r).stream().findFirst(),
                        r.failures(),
                        r.text(),
                        r.image()))
            .toList();
    return of("my_toys & more", TOYS, all);
  }

  private static Stream<Result.Outcome> shuffled(Result.Outcome outcome) {
    int[] last = outcome.ranks().clone();
    last[1] = 100;
    int[] both = last.clone();
    both[3] = 100;
    return Stream.of(outcome(last, outcome.cost()), outcome(both, outcome.cost()));
  }

  /** The masked places are one better where they can be; 0 stands for far away. */
  static int[] ranks(int... places) {
    int[] ranks = places.clone();
    for (int user = 0; user < ranks.length; user++) {
      ranks[user] = ranks[user] == 0 ? 100 : ranks[user];
    }
    return ranks;
  }

  private static Result heuristic(String name, int[] ranks) {
    return new Result(
        name,
        true,
        1,
        List.of(outcome(ranks, new Result.Cost(0, 0, 0, 2, 0))),
        0,
        List.of(),
        Optional.empty(),
        List.of(),
        "none",
        "none");
  }

  private static Result trained(String name, List<String> failures, int[]... ranks) {
    return new Result(
        name,
        false,
        2,
        Arrays.stream(ranks)
            .map(r -> outcome(r, new Result.Cost(1_234_567, 10, 1.25, 15, 1_500_000_000)))
            .toList(),
        0,
        List.of(),
        Optional.empty(),
        failures,
        "minilm",
        "none");
  }

  private static Result.Outcome outcome(int[] ranks, Result.Cost cost) {
    int[] masked = Arrays.stream(ranks).map(rank -> Math.max(1, rank - 2)).toArray();
    return new Result.Outcome(ranks, masked, 0.125, 1, cost, Optional.empty());
  }
}
