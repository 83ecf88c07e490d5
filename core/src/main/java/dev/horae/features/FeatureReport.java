package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Html;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.picture.Pictures;
import dev.horae.picture.Resampling;
import dev.horae.picture.RgbImage;
import dev.horae.picture.UnreadablePictureException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

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
  private static final int PROBLEMS = 30;

  /** Twice what the page shows, for dense screens; of the longer side. */
  private static final int THUMBNAIL = 200;

  private final Dataset dataset;
  private final Catalogue catalogue;
  private final Optional<Path> folder;
  private final Map<FeatureTable, Neighbours> tables = new LinkedHashMap<>();
  private final Map<Integer, String> pictures = new TreeMap<>(); // item to data URI; "" for none
  private final StringBuilder html = new StringBuilder();

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
          dataset.directory() + ": has no vectors to report on; encode with --text or --image");
    }
    Path file = FeatureStore.directory(dataset).resolve(FILE);
    AtomicFiles.writeText(file, report.page(progress));
    return file;
  }

  private String page(Progress progress) {
    String title = "Features of " + dataset.manifest().name();
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.append("<title>").append(Html.escape(title)).append("</title>\n<style>\n");
    int style = html.length();
    html.append("</style>\n</head>\n<body>\n<main>\n<header><h1>").append(Html.escape(title));
    html.append("</h1>\n<p class=\"lead\">");
    html.append(
        String.format(
            Locale.ROOT,
            "%,d items, %s.",
            catalogue.size(),
            count(tables.size(), "feature table")));
    html.append(" What a model sees of each item beside who took it.</p></header>\n");
    html.append("<div class=\"tables\">\n");
    tables.forEach((table, neighbours) -> figures(table, neighbours, progress));
    html.append("</div>\n");
    samples();
    identical();
    problems();
    html.append("</main>\n</body>\n</html>\n");
    return html.insert(style, css()).toString();
  }

  private void figures(FeatureTable table, Neighbours neighbours, Progress progress) {
    double[] norms = neighbours.norms();
    List<List<Integer>> twins = neighbours.identical();
    int repeated = twins.stream().mapToInt(List::size).sum();
    html.append("<section class=\"m-").append(table.modality()).append("\"><h3>");
    html.append(Html.escape(table.modality() + ": " + table.encoder())).append("</h3>\n<dl>");
    fact("values per item", String.format(Locale.ROOT, "%,d", table.width()));
    fact(
        "items with a vector",
        String.format(
            Locale.ROOT, "%,d (%.1f %%)", norms.length, 100.0 * norms.length / catalogue.size()));
    fact(
        "length of vectors: least, median, most",
        norms.length == 0
            ? "–"
            : String.format(
                Locale.ROOT,
                "%.3f, %.3f, %.3f",
                norms[0],
                norms[norms.length / 2],
                norms[norms.length - 1]));
    fact("items whose vector another has too", String.format(Locale.ROOT, "%,d", repeated));
    if (table.modality().equals(Encoding.TEXT)) {
      Map<String, Long> texts =
          catalogue.items().stream()
              .map(item -> TextTemplate.text(item, Item.TEXT_FIELDS))
              .filter(text -> !text.isEmpty())
              .collect(Collectors.groupingBy(text -> text, Collectors.counting()));
      long same = texts.values().stream().filter(n -> n > 1).mapToLong(n -> n).sum();
      fact("items whose text another has too", String.format(Locale.ROOT, "%,d", same));
    }
    html.append("</dl>\n");
    lift(table, neighbours.lift(catalogue, progress));
    html.append("</section>\n");
  }

  private void lift(FeatureTable table, Neighbours.Lift lift) {
    if (lift.queries() == 0) {
      return;
    }
    html.append(
        String.format(
            Locale.ROOT,
            "<div class=\"lift\"><b>%.2f ×</b>as often as chance do nearest neighbours share a"
                + " category<div class=\"bar\"><i style=\"width:%.1f%%\"></i><s"
                + " style=\"left:%.1f%%\"></s></div>",
            lift.ratio(),
            100 * lift.shared(),
            100 * lift.chance()));
    html.append(
        String.format(
            Locale.ROOT,
            "<small>%.1f %% of the %d nearest, over %,d items; the line is chance, %.1f %%.%s"
                + "</small></div>\n",
            100 * lift.shared(),
            Neighbours.NEAREST,
            lift.queries(),
            100 * lift.chance(),
            table.modality().equals(Encoding.TEXT)
                ? " Our text names the categories, so here this says little."
                : ""));
  }

  private void fact(String name, String value) {
    html.append("<dt>").append(name).append("</dt><dd>").append(value).append("</dd>");
  }

  private void samples() {
    int[] whole =
        IntStream.rangeClosed(1, catalogue.size())
            .filter(item -> tables.values().stream().allMatch(table -> table.has(item)))
            .toArray();
    int shown = Math.min(ITEMS, whole.length);
    if (shown == 0) {
      return;
    }
    html.append("<h2>Nearest neighbours</h2>\n<p class=\"note\">");
    html.append(count(shown, "item"));
    html.append(
        " at equal distances through the catalogue, with the cosine of each neighbour's vector. A"
            + " coloured foot: the two share a category.</p>\n");
    for (int i = 0; i < shown; i++) {
      int item = whole[(int) ((2L * i + 1) * whole.length / (2L * shown))];
      html.append(i == 0 ? "<div>" : "").append("<section class=\"item\"><header>");
      picture(item);
      html.append("<div><h3>").append(Html.escape(title(item))).append("</h3><p>");
      html.append(Html.escape(String.join(" · ", catalogue.item(item).categories())));
      html.append("</p></div></header>\n");
      tables.forEach((table, neighbours) -> strip(item, table, neighbours));
      html.append("</section>\n");
    }
    html.append("</div>\n");
  }

  private void strip(int item, FeatureTable table, Neighbours neighbours) {
    html.append("<h4>by ")
        .append(table.modality())
        .append(" · ")
        .append(Html.escape(table.encoder()));
    html.append("</h4>\n<ol class=\"strip m-").append(table.modality()).append("\">");
    for (int near : neighbours.nearest(item, NEIGHBOURS, other -> true)) {
      boolean shared =
          !Collections.disjoint(
              catalogue.item(item).categories(), catalogue.item(near).categories());
      card(near, String.format(Locale.ROOT, "%.3f", neighbours.cosine(item, near)), shared);
    }
    html.append("</ol>\n");
  }

  private void card(int item, String figure, boolean shared) {
    html.append(shared ? "<li class=\"shared\">" : "<li>");
    picture(item);
    html.append("<b>").append(Html.escape(title(item))).append("</b><span>").append(figure);
    html.append("</span></li>");
  }

  private void identical() {
    int before = html.length();
    html.append(
        "<h2>Identical vectors</h2>\n<p class=\"note\">A model cannot tell such items apart"
            + " by this table. The largest groups; six of each.</p>\n<div class=\"groups\">");
    int groups = 0;
    for (Map.Entry<FeatureTable, Neighbours> entry : tables.entrySet()) {
      List<List<Integer>> twins = entry.getValue().identical();
      for (List<Integer> group : twins.subList(0, Math.min(GROUPS, twins.size()))) {
        html.append("<section class=\"m-").append(entry.getKey().modality()).append("\"><h3>");
        html.append(count(group.size(), "item")).append(" with one vector by ");
        html.append(Html.escape(entry.getKey().encoder())).append("</h3><ol class=\"strip\">");
        group.stream()
            .limit(6)
            .forEach(item -> card(item, Html.escape(catalogue.item(item).id()), false));
        html.append("</ol></section>\n");
        groups++;
      }
    }
    html.append("</div>\n");
    if (groups == 0) {
      html.setLength(before);
    }
  }

  private void problems() {
    for (FeatureTable table : tables.keySet()) {
      Path file = Problems.file(dataset, table.modality(), table.encoder());
      List<Problems.Problem> problems = Files.exists(file) ? Problems.read(file) : List.of();
      if (problems.isEmpty()) {
        continue;
      }
      html.append("<h2>Without a vector by ")
          .append(Html.escape(table.encoder()))
          .append("</h2>\n");
      Map<String, Long> kinds =
          problems.stream()
              .collect(
                  Collectors.groupingBy(
                      Problems.Problem::kind, LinkedHashMap::new, Collectors.counting()));
      List<String> counts = new ArrayList<>();
      kinds.forEach((kind, n) -> counts.add(String.format(Locale.ROOT, "%s: %,d", kind, n)));
      html.append("<p class=\"note\">").append(Html.escape(String.join(" · ", counts)));
      html.append(problems.size() > PROBLEMS ? ". The first " + PROBLEMS + ":" : "");
      html.append("</p>\n<div class=\"scroll\"><table class=\"words\"><thead><tr><th>item</th>");
      html.append("<th>title</th><th>what</th><th>content</th><th>reason</th></tr></thead><tbody>");
      for (Problems.Problem problem : problems.subList(0, Math.min(PROBLEMS, problems.size()))) {
        int item = catalogue.index(problem.item()).orElse(0);
        html.append("<tr>");
        for (String cell :
            List.of(
                problem.item(),
                item == 0 ? "" : title(item),
                problem.kind(),
                problem.content(),
                problem.reason())) {
          html.append("<td>").append(Html.escape(cell)).append("</td>");
        }
        html.append("</tr>\n");
      }
      html.append("</tbody></table></div>\n");
    }
  }

  private String title(int item) {
    Item shown = catalogue.item(item);
    return shown.title().isEmpty() ? shown.id() : HtmlEntities.unescape(shown.title());
  }

  /** Each picture stands in the page once, as a class; many places show it. */
  private void picture(int item) {
    String uri = pictures.computeIfAbsent(item, i -> thumbnail(catalogue.item(i)).orElse(""));
    html.append("<span class=\"picture ").append(uri.isEmpty() ? "blank" : "p" + item);
    html.append("\"></span>");
  }

  /** {@return the item's first readable picture as a data URI} */
  private Optional<String> thumbnail(Item item) {
    for (String name : folder.isPresent() ? item.images() : List.<String>of()) {
      try {
        RgbImage image = Pictures.decode(Pictures.read(folder.get(), name), THUMBNAIL);
        return Optional.of("data:image/jpeg;base64," + jpeg(image));
      } catch (UnreadablePictureException e) {
        // the next one may be better; the list of problems has the reason
      }
    }
    return Optional.empty();
  }

  private static String jpeg(RgbImage image) {
    double scale = Math.min(1, (double) THUMBNAIL / Math.max(image.width(), image.height()));
    int width = Math.max(1, (int) Math.round(image.width() * scale));
    int height = Math.max(1, (int) Math.round(image.height() * scale));
    byte[] values = Resampling.BICUBIC.resize(image, width, height).values();
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      int rgb =
          (values[3 * i] & 255) << 16 | (values[3 * i + 1] & 255) << 8 | values[3 * i + 2] & 255;
      small.setRGB(i % width, i / width, rgb);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(small, "jpeg", out);
    } catch (IOException e) {
      throw new UncheckedIOException("a thumbnail cannot be made", e);
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }

  private String css() {
    StringBuilder css = new StringBuilder();
    try (InputStream in = FeatureReport.class.getResourceAsStream("report.css")) {
      css.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("report.css is missing from the jar", e);
    }
    pictures.forEach(
        (item, uri) -> {
          if (!uri.isEmpty()) {
            css.append(".p").append(item).append(" { background-image: url(").append(uri);
            css.append("); }\n");
          }
        });
    return css.toString();
  }

  private static String count(int n, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", n, what, n == 1 ? "" : "s");
  }
}
