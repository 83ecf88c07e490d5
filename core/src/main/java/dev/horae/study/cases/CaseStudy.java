package dev.horae.study.cases;

import dev.horae.config.ConfigException;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.eval.Metrics;
import dev.horae.features.TextTemplate;
import dev.horae.page.Numbers;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import dev.horae.run.Inputs;
import dev.horae.run.Provenance;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.study.Origins;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs on one data set against each other, user by user: how often which of them has the next item
 * among its first five, and users in whom they differ most, with their history, what each run
 * recommends and why (section 5.6 and Figure 6 of the HM4SR paper).
 */
public final class CaseStudy {

  private static final int CASES = 2; // per run, where no users are named
  private static final int[] BOUNDS = {1, 5, 10, 20, 50};

  private final Dataset dataset;
  private final Split split;
  private final List<Side> sides;
  private final int[] users; // that have a test target
  private final Choice choice;

  private CaseStudy(Dataset dataset, List<Side> sides) {
    this.dataset = dataset;
    this.sides = sides;
    split = dataset.split();
    users = split.testUsers();
    choice = new Choice(sides.stream().map(side -> side.ranks().ranks()).toArray(int[][]::new));
  }

  /**
   * Opens runs that have ended.
   *
   * @param runs at least two directories
   * @param data where their data set lies now; null where it lies where it lay
   * @throws ConfigException when one has not ended, or they are not of one data set, split and
   *     order of equal times
   */
  public static CaseStudy open(List<Path> runs, @Nullable Path data) {
    if (new LinkedHashSet<>(runs).size() < Math.max(2, runs.size())) {
      throw new ConfigException(
          "``run``: %s: name at least two different runs"
              .formatted(String.join(", ", runs.stream().map(Path::toString).toList())));
    }
    List<RunDirectory> directories = runs.stream().map(RunDirectory::open).toList();
    List<String> problems = new ArrayList<>();
    for (RunDirectory directory : directories) {
      if (directory.report().isEmpty()) {
        problems.add(
            "%s: has no result yet; go on with ``Training.resume(%s)``"
                .formatted(directory.path(), directory.path()));
      }
    }
    ConfigException.throwIfAny(problems);
    List<TrainedRun> trained = directories.stream().map(TrainedRun::open).toList();
    trained
        .subList(1, trained.size())
        .forEach(other -> differences(trained.get(0), other, problems));
    ConfigException.throwIfAny(problems);
    Inputs.of(directories.get(0), data); // checks that it is what they were trained on
    Dataset dataset = Inputs.dataset(directories.get(0), data); // a run's items have no pictures
    List<String> ids =
        Arrays.stream(dataset.split().testUsers()).mapToObj(dataset.users()::get).toList();
    List<String> names = names(directories);
    List<Side> sides = new ArrayList<>();
    for (int s = 0; s < trained.size(); s++) {
      sides.add(
          new Side(
              names.get(s), trained.get(s), directories.get(s).readRanks("ranks-test.csv", ids)));
    }
    return new CaseStudy(dataset, sides);
  }

  private static void differences(TrainedRun first, TrainedRun other, List<String> problems) {
    Map<String, String> ours = first.provenance().inputs();
    Map<String, String> theirs = other.provenance().inputs();
    List<String> differences = new ArrayList<>();
    Map<String, String> files = new LinkedHashMap<>();
    files.put("events.parquet", "other events");
    files.put("items.parquet", "other items");
    files.forEach(
        (file, difference) -> {
          if (!Objects.equals(ours.get(file), theirs.get(file))) {
            differences.add(difference);
          }
        });
    String split = "split";
    if (!Objects.equals(ours.get(split), theirs.get(split))) {
      differences.add(
          "split %s and not %s"
              .formatted(
                  theirs.getOrDefault(split, "leave-one-out"),
                  ours.getOrDefault(split, "leave-one-out")));
    }
    if (first.config().tieSeed() != other.config().tieSeed()) {
      differences.add(
          "tie_seed %s and not %s".formatted(other.config().tieSeed(), first.config().tieSeed()));
    }
    if (!differences.isEmpty()) {
      problems.add(
          "%s (on %s) cannot be compared user by user with %s (on %s): %s; take runs of one data set"
              .formatted(
                  other.directory().path(),
                  other.config().data(),
                  first.directory().path(),
                  first.config().data(),
                  String.join(", ", differences)));
    }
  }

  /** The model's name; with its seed, or else its folder, where several have it. */
  private static List<String> names(List<RunDirectory> runs) {
    List<String> models =
        runs.stream().map(run -> run.report().map(RunReport::model).orElseThrow()).toList();
    if (new LinkedHashSet<>(models).size() == models.size()) {
      return models;
    }
    List<String> seeds =
        IntStream.range(0, runs.size())
            .mapToObj(r -> models.get(r) + " (seed " + runs.get(r).config().seed() + ")")
            .toList();
    return new LinkedHashSet<>(seeds).size() == seeds.size()
        ? seeds
        : IntStream.range(0, runs.size())
            .mapToObj(r -> models.get(r) + " (" + runs.get(r).path() + ")")
            .toList();
  }

  /**
   * {@return what came of it; the first table is that of the shown users}
   *
   * @param ids of users to show; empty to choose those in whom the runs differ most
   * @param command that asks for it
   * @throws ConfigException when one of the users is unknown, or has no next item
   */
  public Findings findings(List<String> ids, String command, Progress progress) {
    Map<Integer, String> shown = ids.isEmpty() ? chosen() : named(ids);
    List<Block> blocks = new ArrayList<>();
    blocks.add(cases(shown));
    summary(blocks, ids.isEmpty());
    CasePage page = new CasePage(dataset, split, sides);
    List<Map<Integer, CasePage.View>> views = new ArrayList<>();
    int done = 0;
    for (Side side : sides) {
      progress.at("score " + side.name(), done++, sides.size(), "");
      views.add(page.views(side, shown.keySet().stream().map(i -> users[i]).toList()));
    }
    shown.forEach((i, why) -> page.add(users[i], i, why, views, blocks));
    return new Findings(
        "Case study on " + dataset.manifest().name(),
        "%s: where they rank the item that came next, for whom they differ most, and why."
            .formatted(String.join(", ", sides.stream().map(Side::name).toList())),
        origin(command),
        blocks);
  }

  private Origin origin(String command) {
    Map<String, Object> protocol =
        Provenance.protocol(dataset.manifest(), sides.get(0).run().config().tieSeed());
    return Origins.now(
        command,
        List.of(dataset.manifest().name()),
        "%s, equal times: %s, ranking: %s"
            .formatted(
                dataset.manifest().splitName(),
                protocol.get("equal_times"),
                protocol.get("ranking")),
        sides.stream().map(side -> side.run().config().seed()).distinct().toList());
  }

  /** {@return places in {@link #users} and why they are shown} */
  private Map<Integer, String> chosen() {
    Map<Integer, String> chosen = new LinkedHashMap<>();
    for (int s = 0; s < sides.size(); s++) {
      for (int user : choice.wonBy(s, CASES)) {
        chosen.put(user, "won by " + sides.get(s).name());
      }
    }
    return chosen;
  }

  private Map<Integer, String> named(List<String> ids) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < users.length; i++) {
      places.put(dataset.users().get(users[i]), i);
    }
    Map<Integer, String> named = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (String id : ids) {
      Integer place = places.get(id);
      if (place != null) {
        int winner = choice.winner(place);
        named.put(
            place,
            winner >= 0
                ? "won by " + sides.get(winner).name()
                : winner == Choice.NONE
                    ? "lost by all"
                    : winner == Choice.ALL ? "won by all" : "won by several");
      } else {
        problems.add(
            dataset.users().contains(id)
                ? "``user``: %s has no next item to ask for, by the split %s; name another"
                    .formatted(id, dataset.manifest().splitName())
                : "``user``: %s is no user of %s; ids are those of its events"
                    .formatted(id, dataset.directory()));
      }
    }
    ConfigException.throwIfAny(problems);
    return named;
  }

  private Table cases(Map<Integer, String> shown) {
    List<Column> columns =
        new ArrayList<>(List.of(Column.of("user"), Column.of("outcome"), Column.of("next item")));
    sides.forEach(side -> columns.add(Column.of("rank, " + side.name())));
    sides.forEach(side -> columns.add(Column.of("masked rank, " + side.name())));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    shown.forEach(
        (i, why) -> {
          List<@Nullable Object> row = new ArrayList<>();
          row.add(dataset.users().get(users[i]));
          row.add(why);
          row.add(TextTemplate.title(dataset.catalogue().item(target(i))));
          sides.forEach(side -> row.add(side.ranks().ranks()[i]));
          sides.forEach(side -> row.add(side.ranks().maskedRanks()[i]));
          rows.add(row);
        });
    return new Table(
        "Users who are shown",
        columns,
        rows,
        "Among %s; masked: without the items of the history, which else compete."
            .formatted(Numbers.count(dataset.catalogue().size(), "item")));
  }

  private int target(int i) {
    return dataset.histories().items()[split.testTarget(users[i])];
  }

  // How often which run wins

  private void summary(List<Block> blocks, boolean chosen) {
    blocks.add(new Heading("How often which of them is right"));
    long[] counts = outcomes(IntStream.range(0, users.length));
    List<String> names = outcomeNames();
    StringBuilder text =
        new StringBuilder(
            "Of %s, the next item is among the first %s"
                .formatted(Numbers.count(users.length, "test user"), Choice.TOP));
    for (int o = 0; o < counts.length; o++) {
      text.append(o == 0 ? " of " : "; of ")
          .append(names.get(o))
          .append(" for ")
          .append(Numbers.grouped(counts[o]))
          .append(" (")
          .append(Numbers.percent(counts[o] / (double) Math.max(1, users.length)))
          .append(" %)");
    }
    blocks.add(Text.of(text.append('.').toString()));
    for (int s = 0; chosen && s < sides.size(); s++) {
      if (counts[s] == 0) {
        blocks.add(
            Text.of(
                "No user is won by %s alone, so none is shown.".formatted(sides.get(s).name())));
      }
    }
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Side side : sides) {
      int[] ranks = side.ranks().ranks();
      int[] masked = side.ranks().maskedRanks();
      rows.add(
          Arrays.asList(
              side.name(),
              Metrics.mean("hit@5", ranks),
              Metrics.mean("ndcg@5", ranks),
              Metrics.mean("ndcg@10", ranks),
              Metrics.mean("ndcg@5", masked),
              Metrics.mean("ndcg@10", masked)));
    }
    blocks.add(
        new Table(
            "Figures of the runs",
            List.of(
                Column.of("run"),
                best("Hit@5"),
                best("NDCG@5"),
                best("NDCG@10"),
                best("NDCG@5, masked"),
                best("NDCG@10, masked")),
            rows,
            ""));
    blocks.add(
        grouped(
            "By length of the history",
            "events before",
            i -> split.testTarget(users[i]) - dataset.histories().starts()[users[i]]));
    int[] trained = sides.get(0).run().counts().items();
    blocks.add(
        grouped(
            "By how often the next item was trained on",
            "training events",
            i -> trained[target(i)]));
  }

  private static Column best(String name) {
    return new Column(name, 4, Table.Best.HIGHEST);
  }

  /** {@return only each side, all, several where there are more than two, none} */
  private List<String> outcomeNames() {
    List<String> names = new ArrayList<>();
    sides.forEach(side -> names.add("only " + side.name()));
    names.add(sides.size() == 2 ? "both" : "all");
    if (sides.size() > 2) {
      names.add("several, not all");
    }
    names.add(sides.size() == 2 ? "neither" : "none");
    return names;
  }

  private long[] outcomes(IntStream places) {
    long[] counts = new long[outcomeNames().size()];
    places.forEach(
        i -> {
          int winner = choice.winner(i);
          int outcome =
              winner >= 0
                  ? winner
                  : winner == Choice.ALL
                      ? sides.size()
                      : winner == Choice.NONE ? counts.length - 1 : sides.size() + 1;
          counts[outcome]++;
        });
    return counts;
  }

  private Chart grouped(String title, String what, IntUnaryOperator size) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int b = -1; b < BOUNDS.length; b++) {
      int from = b < 0 ? 0 : BOUNDS[b];
      int to = b + 1 == BOUNDS.length ? Integer.MAX_VALUE : BOUNDS[b + 1];
      int[] places =
          IntStream.range(0, users.length)
              .filter(i -> size.applyAsInt(i) >= from && size.applyAsInt(i) < to)
              .toArray();
      long[] counts = outcomes(Arrays.stream(places));
      String name =
          to == Integer.MAX_VALUE ? from + "+" : to - from == 1 ? from + "" : from + "–" + (to - 1);
      for (int o = 0; o < counts.length - 1 && places.length > 0; o++) {
        rows.add(
            Arrays.asList(
                name,
                outcomeNames().get(o),
                counts[o],
                places.length,
                100.0 * counts[o] / places.length));
      }
    }
    Table table =
        new Table(
            title,
            List.of(
                Column.of(what),
                Column.of("among the first " + Choice.TOP + " of"),
                Column.of("users"),
                Column.of("of"),
                Column.of("share, %", 1)),
            rows,
            "The rest of the users have the next item among the first %s of no run."
                .formatted(Choice.TOP));
    return Chart.of(Chart.Mark.BAR, table, what, "share, %")
        .by("among the first " + Choice.TOP + " of");
  }
}
