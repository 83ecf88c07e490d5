package dev.horae.study.profile;

import dev.horae.config.ConfigException;
import dev.horae.data.Dataset;
import dev.horae.data.Moment;
import dev.horae.page.Numbers;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import dev.horae.study.Plan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Data sets side by side: sizes (Table 2 of the HM4SR paper), the distribution of their events over
 * time (its Figure 7), and what else decides how hard they are.
 */
public final class Profiles {

  private static final String NAME = "data set";
  private static final String SHARE = "share, %";
  private static final long YEAR = 365L * 86_400;
  private static final double[] LORENZ = {0, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

  private final List<Profile> all;
  private final List<Block> blocks = new ArrayList<>();

  private Profiles(List<Profile> all) {
    this.all = all;
  }

  /**
   * {@return the findings; the first table is that of the sizes, a row per data set}
   *
   * @throws ConfigException when two data sets have one name
   */
  public static Findings of(List<Dataset> datasets, Origin origin) {
    requireDifferentNames(datasets);
    Profiles profiles = new Profiles(datasets.stream().map(Profile::of).toList());
    profiles.sizes();
    profiles.content();
    profiles.split();
    profiles.lengths();
    profiles.popularity();
    profiles.repeats();
    profiles.time();
    List<String> names = profiles.all.stream().map(Profile::name).toList();
    return new Findings(
        "Data of " + String.join(", ", names),
        "What the data sets are like before any model is trained on them, counted on their prepared"
            + " events.",
        origin,
        profiles.blocks);
  }

  private static void requireDifferentNames(List<Dataset> datasets) {
    Map<String, Path> names = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (Dataset dataset : datasets) {
      Path other = names.putIfAbsent(dataset.manifest().name(), dataset.directory());
      if (other != null) {
        problems.add(
            Plan.sameName(
                other, dataset.directory(), dataset.manifest().name(), "look at them apart"));
      }
    }
    ConfigException.throwIfAny(problems);
  }

  private void sizes() {
    blocks.add(
        table(
            "Sizes",
            all,
            "Sparsity is the share of pairs of user and item without an event. A title, brand or"
                + " category is text; pictures are those that the catalogue names and that are"
                + " there.",
            columns(
                NAME,
                "users",
                "items",
                "events",
                "events per user;2",
                "median events;0",
                "events per item;2",
                "sparsity, %;2",
                "with text, %;1",
                "with pictures, %;1",
                "first day",
                "last day"),
            p ->
                row(
                    p.name(),
                    p.users(),
                    p.items(),
                    p.events(),
                    p.events() / (double) p.users(),
                    p.length(0.5),
                    p.events() / (double) p.items(),
                    100 * p.sparsity(),
                    percent(p.with("any text"), p.items()),
                    percent(p.with("picture"), p.items()),
                    p.timed() ? Moment.day(p.span()[0]) : null,
                    p.timed() ? Moment.day(p.span()[1]) : null)));
  }

  private void content() {
    blocks.add(new Heading("Catalogue"));
    say(
        all,
        p ->
            p.hasCatalogue()
                ? "%s of %s have text, %s a picture; there are %s%s."
                    .formatted(
                        Numbers.grouped(p.with("any text")),
                        Numbers.count(p.items(), "item"),
                        Numbers.grouped(p.with("picture")),
                        p.categories() == 1
                            ? "1 category"
                            : Numbers.grouped(p.categories()) + " categories",
                        p.coldItems() == 0
                            ? ""
                            : ", and " + Numbers.count(p.coldItems(), "cold item") + " beside them")
                : "nothing is known of its %s but their events."
                    .formatted(Numbers.count(p.items(), "item")));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Profile p : all) {
      p.content()
          .forEach(
              (field, items) -> rows.add(row(p.name(), field, items, percent(items, p.items()))));
    }
    blocks.add(
        bars(
            new Table(
                "Items with each kind of content",
                columns(NAME, "content", "items", SHARE + ";1"),
                rows,
                ""),
            "content"));
  }

  private void split() {
    blocks.add(new Heading("Split"));
    boolean later = all.stream().anyMatch(Profile::splitByTime);
    List<Column> columns =
        new ArrayList<>(
            columns(
                NAME,
                "split",
                "training targets",
                "validation targets",
                "test targets",
                "with cut input, %;1"));
    if (later) {
      columns.add(Column.of("items born later"));
    }
    blocks.add(
        table(
            "Targets",
            all,
            "An input is cut where more events lie before the test target than a model sees"
                + (later ? "; targets that are items born later are reported apart." : "."),
            columns,
            p -> {
              List<@Nullable Object> row =
                  row(
                      p.name(),
                      p.splitName(),
                      p.trained().length,
                      p.valid().length,
                      p.tests().length,
                      percent(p.cut(p.tests()), p.tests().length));
              if (later) {
                row.add(p.testsBornLater().length);
              }
              return row;
            }));
    say(
        all,
        p ->
            p.tests().length == p.users()
                ? "every user has a test target."
                : "%s of %s have a test target."
                    .formatted(
                        Numbers.grouped(p.tests().length), Numbers.count(p.users(), "user")));
  }

  private void lengths() {
    blocks.add(new Heading("Lengths of histories"));
    say(
        all,
        p ->
            "half of the users have at most %s, nine of ten at most %s, the longest history has %s;"
                    .formatted(
                        Numbers.count(p.length(0.5), "event"),
                        Numbers.grouped(p.length(0.9)),
                        Numbers.grouped(p.length(1)))
                + " %s more than the %s that a model sees."
                    .formatted(
                        p.usersOverMaxLength() == 1
                            ? "1 user has"
                            : Numbers.grouped(p.usersOverMaxLength()) + " users have",
                        p.maxLength()));
    histogram("Users by the length of their history", "events", "users", all, Profile::lengths);
  }

  private void popularity() {
    blocks.add(new Heading("Popularity of items"));
    say(
        all,
        p ->
            "the most frequent 1 % of the items have "
                + Numbers.percent(Profile.top(0.01, p.popularity()))
                + " % of the events, the most frequent 10 % have "
                + Numbers.percent(Profile.top(0.1, p.popularity()))
                + " %; the Gini coefficient is "
                + Numbers.fixed(Profile.gini(p.popularity()), 2)
                + ".");
    blocks.add(
        table(
            "Concentration",
            all,
            "The Gini coefficient is 0 where all items are equally frequent and near 1 where one"
                + " has all events.",
            columns(
                NAME,
                "Gini coefficient;3",
                "events of the top 1 %, %;1",
                "events of the top 10 %, %;1",
                "most frequent item, events",
                "median item, events"),
            p -> {
              int[] popularity = p.popularity();
              return row(
                  p.name(),
                  Profile.gini(popularity),
                  100 * Profile.top(0.01, popularity),
                  100 * Profile.top(0.1, popularity),
                  popularity.length == 0 ? null : popularity[0],
                  popularity.length == 0 ? null : popularity[popularity.length / 2]);
            }));
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Profile p : all) {
      int[] popularity = p.popularity();
      for (double share : LORENZ) {
        rows.add(row(p.name(), share, 100 * Profile.top(share / 100, popularity)));
      }
    }
    Table table =
        new Table(
            "Events of the most frequent items",
            columns(NAME, "items, %;0", "events, %;1"),
            rows,
            "The Lorenz curve, from the most frequent item on.");
    blocks.add(coloured(Chart.of(Chart.Mark.LINE, table, "items, %", "events, %")));
  }

  private void repeats() {
    blocks.add(new Heading("Repeats"));
    say(
        all,
        p -> {
          double share = p.repeated(p.tests());
          return share == 0
              ? "no test target is an item that the user had before, so a model loses every place"
                  + " that it gives to one; masked figures leave these out."
              : "%s %% of the test targets are items that the user had before, which a masked ranking never finds."
                  .formatted(Numbers.percent(share));
        });
    blocks.add(
        table(
            "Targets that the user had before",
            all,
            "",
            columns(NAME, "training, %;1", "validation, %;1", "test, %;1", "median days since;1"),
            p ->
                row(
                    p.name(),
                    100 * p.repeated(p.trained()),
                    100 * p.repeated(p.valid()),
                    100 * p.repeated(p.tests()),
                    p.timed() && p.repeatIntervals().length > 0
                        ? (Object) (Profile.median(p.repeatIntervals()) / 86_400.0)
                        : null)));
    List<Profile> repeating = all.stream().filter(p -> p.gaps().total() > 0).toList();
    if (!repeating.isEmpty()) {
      histogram(
          "Repeats by how many events ago the item was last taken",
          "events ago",
          "repeats",
          repeating,
          Profile::gaps);
    }
  }

  private void time() {
    List<Profile> timed = all.stream().filter(Profile::timed).toList();
    blocks.add(new Heading("Time"));
    all.stream()
        .filter(p -> !p.timed())
        .forEach(
            p ->
                blocks.add(
                    Text.warning(
                        p.name()
                            + " has no part in what follows: its events carry no time, and their"
                            + " order is that of the input.")));
    if (!timed.isEmpty()) {
      groups(timed);
      intervals(timed);
      seasons(timed);
    }
  }

  private void groups(List<Profile> timed) {
    say(
        timed,
        p -> {
          List<Integer> busiest = p.busiestGroups();
          return "half of all events lie in %s of %s equal parts of the time from %s to %s (%s if it were even); the fullest, from %s on, has %s %%."
              .formatted(
                  busiest.size(),
                  Profile.GROUPS,
                  Moment.day(p.span()[0]),
                  Moment.day(p.span()[1]),
                  Profile.GROUPS / 2,
                  Moment.day(p.begin(busiest.get(0))),
                  Numbers.percent(p.groups()[busiest.get(0)] / (double) p.events()));
        });
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Profile p : timed) {
      long[] groups = p.groups();
      for (int g = 0; g < groups.length; g++) {
        rows.add(
            row(
                p.name(),
                g + 1,
                Moment.day(p.begin(g)),
                groups[g],
                percent(groups[g], p.events())));
      }
    }
    Table table =
        new Table(
            "Events over time",
            columns(NAME, "group", "from", "events", SHARE + ";1"),
            rows,
            "The time from the first to the last event of a data set in 30 equal parts, as in"
                + " Figure 7 of the HM4SR paper.");
    blocks.add(coloured(Chart.of(Chart.Mark.LINE, table, "group", SHARE)));
  }

  private void intervals(List<Profile> timed) {
    blocks.add(new Heading("Intervals and equal times"));
    say(
        timed,
        p -> {
          long[] intervals = p.intervals();
          return "%s %% of the events have the time of the one before of their user, and %s %% of the test targets; the median interval is %s.%s"
              .formatted(
                  Numbers.percent(Profile.intervals(intervals).share(0)),
                  Numbers.percent(p.tiedTargets()),
                  duration(Profile.median(intervals)),
                  p.wholeDays() ? " The times are days, so the order within one is unknown." : "");
        });
    histogram(
        "Intervals between consecutive events of a user",
        "interval",
        "intervals",
        timed,
        p -> Profile.intervals(p.intervals()));
    List<Profile> tied = timed.stream().filter(p -> p.tied() > 0).toList();
    if (!tied.isEmpty()) {
      histogram(
          "Users by their events that have the time of the one before",
          "tied events",
          "users",
          tied,
          Profile::ties);
    }
  }

  private void seasons(List<Profile> timed) {
    blocks.add(new Heading("Seasons"));
    say(
        timed,
        p -> {
          Histogram months = p.months();
          Histogram weekdays = p.weekdays();
          String most =
              "most events are in %s (%s %%, where 8.3 would be even) and on %s (%s %%, 14.3)"
                  .formatted(
                      months.bins().get(months.fullest()),
                      Numbers.percent(months.share(months.fullest())),
                      weekdays.bins().get(weekdays.fullest()),
                      Numbers.percent(weekdays.share(weekdays.fullest())));
          String part =
              p.span()[1] - p.span()[0] < YEAR
                  ? " They cover less than a year, so months are not equally long in them."
                  : "";
          if (p.wholeDays()) {
            return most + "." + part;
          }
          Histogram hours = p.hours();
          return String.format(
              Locale.ROOT,
              "%s, and between %s and %02d o'clock UTC (%s %%, 4.2).%s",
              most,
              hours.bins().get(hours.fullest()),
              hours.fullest() + 1,
              Numbers.percent(hours.share(hours.fullest())),
              part);
        });
    histogram("Events by month", "month", "events", timed, Profile::months);
    histogram("Events by weekday", "weekday", "events", timed, Profile::weekdays);
    List<Profile> hourly = timed.stream().filter(p -> !p.wholeDays()).toList();
    if (!hourly.isEmpty()) {
      histogram("Events by hour (UTC)", "hour", "events", hourly, Profile::hours);
    }
  }

  /** A chart of shares, without the bins that are empty at both ends. */
  private void histogram(
      String title, String bin, String what, List<Profile> of, Function<Profile, Histogram> made) {
    List<Histogram> histograms = of.stream().map(made).toList();
    int from = Integer.MAX_VALUE;
    int to = 0;
    for (Histogram histogram : histograms) {
      for (int b = 0; b < histogram.counts().length; b++) {
        if (histogram.counts()[b] > 0) {
          from = Math.min(from, b);
          to = Math.max(to, b + 1);
        }
      }
    }
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      Histogram histogram = histograms.get(i);
      for (int b = from; b < to; b++) {
        rows.add(
            row(
                of.get(i).name(),
                histogram.bins().get(b),
                histogram.counts()[b],
                100 * histogram.share(b)));
      }
    }
    blocks.add(bars(new Table(title, columns(NAME, bin, what, SHARE + ";1"), rows, ""), bin));
  }

  private Chart bars(Table table, String x) {
    return coloured(Chart.of(Chart.Mark.BAR, table, x, SHARE));
  }

  private Chart coloured(Chart chart) {
    return all.size() > 1 ? chart.by(NAME) : chart;
  }

  /** One paragraph per data set. */
  private void say(List<Profile> of, Function<Profile, String> sentence) {
    of.forEach(p -> blocks.add(Text.of(p.name() + ": " + sentence.apply(p))));
  }

  private static Table table(
      String title,
      List<Profile> of,
      String note,
      List<Column> columns,
      Function<Profile, List<@Nullable Object>> row) {
    return new Table(title, columns, of.stream().map(row).toList(), note);
  }

  /** {@return columns by name, or by {@code name;digits}} */
  private static List<Column> columns(String... names) {
    return Arrays.stream(names)
        .map(
            name -> {
              int digits = name.indexOf(';');
              return digits < 0
                  ? Column.of(name)
                  : Column.of(
                      name.substring(0, digits), Integer.parseInt(name.substring(digits + 1)));
            })
        .toList();
  }

  private static List<@Nullable Object> row(@Nullable Object... cells) {
    return new ArrayList<>(Arrays.asList(cells));
  }

  private static double percent(long part, long of) {
    return of == 0 ? 0 : 100.0 * part / of;
  }

  /** {@return seconds in the unit that people would take} */
  static String duration(long seconds) {
    if (seconds < 60) {
      return Numbers.count(seconds, "second");
    }
    if (seconds < 3600) {
      return Numbers.fixed(seconds / 60.0, 1) + " minutes";
    }
    if (seconds < 86_400) {
      return Numbers.fixed(seconds / 3600.0, 1) + " hours";
    }
    return String.format(Locale.ROOT, "%,.1f days", seconds / 86_400.0);
  }
}
