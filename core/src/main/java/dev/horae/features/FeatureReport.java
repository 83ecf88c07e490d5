package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.page.Numbers;
import dev.horae.page.Page;
import dev.horae.picture.Thumbnails;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * One self-contained web page about the feature tables of a data set: coverage, lengths, identical
 * vectors, whether neighbours share categories, the neighbours of some items with their pictures,
 * and what has no vector and why. It loads nothing: style and pictures are inside.
 */
public final class FeatureReport {

  private static final String FILE = "report.html";

  private static final int ITEMS = 12;
  private static final int NEIGHBOURS = 8;
  private static final int GROUPS = 8;
  private static final int OF_A_GROUP = 6;
  private static final int PROBLEMS = 30;

  /** Twice what the page shows, for dense screens; of the longer side. */
  private static final int THUMBNAIL = 200;

  /** What the template reads; the records below are its parts. */
  private record Contents(
      List<Table> tables,
      String shown,
      List<Sample> samples,
      List<Group> groups,
      List<Missing> missing,
      List<Picture> pictures) {}

  private record Table(String modality, String encoder, List<Fact> facts, Optional<Lift> lift) {}

  private record Fact(String name, String value) {}

  /**
   * @param ratio of the shares, which are in per cent
   * @param named whether the vectors are of a text that names the categories
   */
  private record Lift(
      String ratio, String shared, String chance, int nearest, String queries, boolean named) {}

  /**
   * @param picture its class
   */
  private record Sample(String picture, String title, String categories, List<Strip> strips) {}

  private record Strip(String modality, String encoder, List<Card> cards) {}

  private record Card(String picture, String title, String figure, boolean shared) {}

  private record Group(String modality, String encoder, String size, List<Card> cards) {}

  private record Missing(String encoder, String summary, List<List<String>> problems) {}

  private record Picture(int item, String uri) {}

  private final Dataset dataset;
  private final Catalogue catalogue;
  private final Optional<Path> folder;
  private final Map<FeatureTable, Neighbours> tables = new LinkedHashMap<>();
  private final Map<Integer, String> pictures = new TreeMap<>(); // item to data URI; "" for none

  private FeatureReport(Dataset dataset, Optional<Path> folder) {
    this.dataset = dataset;
    this.catalogue = dataset.allItems();
    this.folder = folder;
  }

  /**
   * Writes {@code features/report.html} about every table of the data set, whole or not at all.
   *
   * @param images the picture folder, in place of the one that the data set remembers
   * @return the file
   * @throws DataException when there is no table
   */
  public static Path write(Dataset dataset, Optional<Path> images, Progress progress) {
    String remembered = dataset.manifest().images();
    FeatureReport report =
        new FeatureReport(
            dataset,
            images.or(
                () -> remembered.isEmpty() ? Optional.empty() : Optional.of(Path.of(remembered))));
    for (String modality : List.of(Encoding.TEXT, Encoding.IMAGE)) {
      for (String name : FeatureStore.names(dataset, modality)) {
        FeatureTable table = FeatureStore.readAll(dataset, modality, name);
        if (table.states() > 1) {
          continue; // states of layers that no ordinary model compares
        }
        report.tables.put(table, new Neighbours(table));
      }
    }
    if (report.tables.isEmpty()) {
      throw new DataException(
          dataset.directory() + ": has no vectors to report on; encode with ``text`` or ``image``");
    }
    Path file = FeatureStore.directory(dataset).resolve(FILE);
    AtomicFiles.writeText(file, report.page(progress));
    return file;
  }

  private String page(Progress progress) {
    List<Table> figures = new ArrayList<>();
    tables.forEach((table, neighbours) -> figures.add(figures(table, neighbours, progress)));
    List<Sample> samples = samples();
    List<Group> groups = new ArrayList<>();
    tables.forEach((table, neighbours) -> groups.addAll(identical(table, neighbours)));
    return Page.html(
        FeatureReport.class,
        "Features of " + dataset.manifest().name(),
        "%s, %s. What a model sees of each item beside who took it."
            .formatted(
                Numbers.count(catalogue.size(), "item"),
                Numbers.count(tables.size(), "feature table")),
        new Contents(
            figures,
            Numbers.count(samples.size(), "item"),
            samples,
            groups,
            tables.keySet().stream().flatMap(table -> missing(table).stream()).toList(),
            pictures.entrySet().stream()
                .filter(picture -> !picture.getValue().isEmpty())
                .map(picture -> new Picture(picture.getKey(), picture.getValue()))
                .toList()));
  }

  private Table figures(FeatureTable table, Neighbours neighbours, Progress progress) {
    double[] norms = neighbours.norms();
    int repeated = neighbours.identical().stream().mapToInt(List::size).sum();
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("values per item", Numbers.grouped(table.width())));
    facts.add(
        new Fact(
            "items with a vector",
            "%s (%s %%)"
                .formatted(
                    Numbers.grouped(norms.length),
                    Numbers.percent((double) norms.length / catalogue.size()))));
    facts.add(
        new Fact(
            "length of vectors: least, median, most",
            norms.length == 0
                ? "–"
                : DoubleStream.of(norms[0], norms[norms.length / 2], norms[norms.length - 1])
                    .mapToObj(norm -> Numbers.fixed(norm, 3))
                    .collect(Collectors.joining(", "))));
    facts.add(new Fact("items whose vector another has too", Numbers.grouped(repeated)));
    if (table.modality().equals(Encoding.TEXT)) {
      Map<String, Long> texts =
          catalogue.items().stream()
              .map(item -> TextTemplate.text(item, Item.TEXT_FIELDS))
              .filter(text -> !text.isEmpty())
              .collect(Collectors.groupingBy(text -> text, Collectors.counting()));
      long same = texts.values().stream().filter(n -> n > 1).mapToLong(n -> n).sum();
      facts.add(new Fact("items whose text another has too", Numbers.grouped(same)));
    }
    return new Table(
        table.modality(),
        table.encoder(),
        facts,
        lift(table, neighbours.lift(catalogue, progress)));
  }

  private static Optional<Lift> lift(FeatureTable table, Neighbours.Lift lift) {
    return lift.queries() == 0
        ? Optional.empty()
        : Optional.of(
            new Lift(
                Numbers.fixed(lift.ratio(), 2),
                Numbers.percent(lift.shared()),
                Numbers.percent(lift.chance()),
                Neighbours.NEAREST,
                Numbers.grouped(lift.queries()),
                table.modality().equals(Encoding.TEXT)));
  }

  private List<Sample> samples() {
    int[] whole =
        IntStream.rangeClosed(1, catalogue.size())
            .filter(item -> tables.values().stream().allMatch(table -> table.has(item)))
            .toArray();
    int shown = Math.min(ITEMS, whole.length);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      int item = whole[(int) ((2L * i + 1) * whole.length / (2L * shown))];
      List<Strip> strips = new ArrayList<>();
      tables.forEach((table, neighbours) -> strips.add(strip(item, table, neighbours)));
      String categories = String.join(" · ", catalogue.item(item).categories());
      samples.add(new Sample(picture(item), title(item), categories, strips));
    }
    return samples;
  }

  private Strip strip(int item, FeatureTable table, Neighbours neighbours) {
    List<Card> cards = new ArrayList<>();
    for (int near : neighbours.nearest(item, NEIGHBOURS, other -> true)) {
      boolean shared =
          !Collections.disjoint(
              catalogue.item(item).categories(), catalogue.item(near).categories());
      cards.add(card(near, Numbers.fixed(neighbours.cosine(item, near), 3), shared));
    }
    return new Strip(table.modality(), table.encoder(), cards);
  }

  private Card card(int item, String figure, boolean shared) {
    return new Card(picture(item), title(item), figure, shared);
  }

  private List<Group> identical(FeatureTable table, Neighbours neighbours) {
    return neighbours.identical().stream()
        .limit(GROUPS)
        .map(
            group ->
                new Group(
                    table.modality(),
                    table.encoder(),
                    Numbers.count(group.size(), "item"),
                    group.stream()
                        .limit(OF_A_GROUP)
                        .map(item -> card(item, catalogue.item(item).id(), false))
                        .toList()))
        .toList();
  }

  private Optional<Missing> missing(FeatureTable table) {
    Path file = Problems.file(dataset, table.modality(), table.encoder());
    List<Problems.Problem> problems = Files.exists(file) ? Problems.read(file) : List.of();
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> kinds =
        problems.stream()
            .collect(
                Collectors.groupingBy(
                    Problems.Problem::kind, LinkedHashMap::new, Collectors.counting()));
    String counts =
        kinds.entrySet().stream()
            .map(kind -> kind.getKey() + ": " + Numbers.grouped(kind.getValue()))
            .collect(Collectors.joining(" · "));
    return Optional.of(
        new Missing(
            table.encoder(),
            counts + (problems.size() > PROBLEMS ? ". The first " + PROBLEMS + ":" : ""),
            problems.stream().limit(PROBLEMS).map(this::cells).toList()));
  }

  private List<String> cells(Problems.Problem problem) {
    int item = catalogue.index(problem.item()).orElse(0);
    return List.of(
        problem.item(),
        item == 0 ? "" : title(item),
        problem.kind(),
        problem.content(),
        problem.reason());
  }

  private String title(int item) {
    return TextTemplate.title(catalogue.item(item));
  }

  /** {@return the class that shows the item's picture, or that there is none} */
  private String picture(int item) {
    String uri =
        pictures.computeIfAbsent(
            item,
            i ->
                folder
                    .flatMap(from -> Thumbnails.of(catalogue.item(i), from, THUMBNAIL))
                    .orElse(""));
    return uri.isEmpty() ? "blank" : "p" + item;
  }
}
