package dev.horae;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The table of packages as a picture: a package stands one layer above the highest that it uses. Of
 * the arrows those are drawn that do not follow from others.
 */
final class PackagesPicture {

  private static final int WIDTH = 880;
  private static final int LAYER_HEIGHT = 78; // from layer to layer
  private static final int BOX_WIDTH = 92;
  private static final int BOX_HEIGHT = 34;
  private static final int MARGIN = 24;

  private record Place(int x, int y) {}

  private final Map<String, Set<String>> mayUse;
  private final List<List<String>> layers = new ArrayList<>(); // lowest first
  private final Map<String, Place> places = new TreeMap<>();

  private PackagesPicture(Map<String, Set<String>> mayUse) {
    this.mayUse = new TreeMap<>(mayUse);
    for (String name : this.mayUse.keySet()) {
      int layer = layer(name);
      while (layers.size() <= layer) {
        layers.add(new ArrayList<>());
      }
      layers.get(layer).add(name);
    }
    for (int layer = layers.size() - 1; layer >= 0; layer--) {
      place(layer);
    }
  }

  static String svg(Map<String, Set<String>> mayUse) {
    return new PackagesPicture(mayUse).draw();
  }

  private int layer(String name) {
    return mayUse.get(name).stream().mapToInt(used -> layer(used) + 1).max().orElse(0);
  }

  /** Packages stand below those that use them, in that order, evenly spread. */
  private void place(int layer) {
    List<String> names = layers.get(layer);
    names.sort(Comparator.comparingDouble(this::middleOfThoseAbove).thenComparing(name -> name));
    int y = MARGIN + (layers.size() - 1 - layer) * LAYER_HEIGHT;
    for (int i = 0; i < names.size(); i++) {
      int x = WIDTH * (2 * i + 1) / (2 * names.size());
      places.put(names.get(i), new Place(x, y));
    }
  }

  private double middleOfThoseAbove(String name) {
    return places.keySet().stream()
        .filter(above -> drawn(above).contains(name))
        .mapToInt(above -> places.get(above).x())
        .average()
        .orElse(WIDTH / 2.0);
  }

  /** {@return what a package uses that nothing else which it uses uses too} */
  private Set<String> drawn(String name) {
    Set<String> drawn = new TreeSet<>(mayUse.get(name));
    mayUse.get(name).forEach(used -> drawn.removeAll(reached(used)));
    return drawn;
  }

  private Set<String> reached(String name) {
    Set<String> reached = new TreeSet<>(mayUse.get(name));
    mayUse.get(name).forEach(used -> reached.addAll(reached(used)));
    return reached;
  }

  private String draw() {
    int height = 2 * MARGIN + (layers.size() - 1) * LAYER_HEIGHT + BOX_HEIGHT;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" font-family="sans-serif" font-size="14">
        <rect width="100%%" height="100%%" fill="white"/>
        """
            .formatted(WIDTH, height));
    places.forEach(
        (name, from) -> drawn(name).forEach(used -> svg.append(arrow(from, places.get(used)))));
    places.forEach((name, at) -> svg.append(box(name, at)));
    return svg.append("</svg>\n").toString();
  }

  private static String arrow(Place from, Place to) {
    return "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"#9aa7b5\"/>\n"
        .formatted(from.x(), from.y() + BOX_HEIGHT, to.x(), to.y());
  }

  private static String box(String name, Place at) {
    return """
    <rect x="%s" y="%s" width="%s" height="%s" rx="5" fill="#eef3f8" stroke="#4a6785"/>
    <text x="%s" y="%s" text-anchor="middle" fill="#1c2b3a">%s</text>
    """
        .formatted(
            at.x() - BOX_WIDTH / 2,
            at.y(),
            BOX_WIDTH,
            BOX_HEIGHT,
            at.x(),
            at.y() + BOX_HEIGHT - 12,
            name);
  }
}
