package dev.horae;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The table of rooms as a picture: a room stands one floor above the highest room that it knows. Of
 * the arrows those are drawn that do not follow from others.
 */
final class RoomsPicture {

  private static final int WIDTH = 880;
  private static final int FLOOR = 78; // from floor to floor
  private static final int BOX_WIDTH = 92;
  private static final int BOX_HEIGHT = 34;
  private static final int MARGIN = 24;

  private record Place(int x, int y) {}

  private final Map<String, Set<String>> mayKnow;
  private final List<List<String>> floors = new ArrayList<>(); // ground floor first
  private final Map<String, Place> places = new TreeMap<>();

  private RoomsPicture(Map<String, Set<String>> mayKnow) {
    this.mayKnow = new TreeMap<>(mayKnow);
    for (String room : this.mayKnow.keySet()) {
      int floor = floor(room);
      while (floors.size() <= floor) {
        floors.add(new ArrayList<>());
      }
      floors.get(floor).add(room);
    }
    for (int floor = floors.size() - 1; floor >= 0; floor--) {
      place(floor);
    }
  }

  static String svg(Map<String, Set<String>> mayKnow) {
    return new RoomsPicture(mayKnow).draw();
  }

  private int floor(String room) {
    return mayKnow.get(room).stream().mapToInt(known -> floor(known) + 1).max().orElse(0);
  }

  /** Rooms stand below those that know them, in that order, evenly spread. */
  private void place(int floor) {
    List<String> rooms = floors.get(floor);
    rooms.sort(Comparator.comparingDouble(this::middleOfThoseAbove).thenComparing(room -> room));
    int y = MARGIN + (floors.size() - 1 - floor) * FLOOR;
    for (int i = 0; i < rooms.size(); i++) {
      int x = WIDTH * (2 * i + 1) / (2 * rooms.size());
      places.put(rooms.get(i), new Place(x, y));
    }
  }

  private double middleOfThoseAbove(String room) {
    return places.keySet().stream()
        .filter(above -> drawn(above).contains(room))
        .mapToInt(above -> places.get(above).x())
        .average()
        .orElse(WIDTH / 2.0);
  }

  /** {@return the rooms that a room knows and that no other room it knows knows too} */
  private Set<String> drawn(String room) {
    Set<String> drawn = new TreeSet<>(mayKnow.get(room));
    mayKnow.get(room).forEach(known -> drawn.removeAll(reached(known)));
    return drawn;
  }

  private Set<String> reached(String room) {
    Set<String> reached = new TreeSet<>(mayKnow.get(room));
    mayKnow.get(room).forEach(known -> reached.addAll(reached(known)));
    return reached;
  }

  private String draw() {
    int height = 2 * MARGIN + (floors.size() - 1) * FLOOR + BOX_HEIGHT;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" font-family="sans-serif" font-size="14">
        <rect width="100%%" height="100%%" fill="white"/>
        """
            .formatted(WIDTH, height));
    places.forEach(
        (room, from) -> drawn(room).forEach(known -> svg.append(arrow(from, places.get(known)))));
    places.forEach((room, at) -> svg.append(box(room, at)));
    return svg.append("</svg>\n").toString();
  }

  private static String arrow(Place from, Place to) {
    return "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"#9aa7b5\"/>\n"
        .formatted(from.x(), from.y() + BOX_HEIGHT, to.x(), to.y());
  }

  private static String box(String room, Place at) {
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
            room);
  }
}
