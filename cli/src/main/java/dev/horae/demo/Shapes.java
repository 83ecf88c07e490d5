package dev.horae.demo;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Arc2D;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.List;
import java.util.stream.Stream;

/**
 * What each kind of thing looks like, on a square of 100 by 100.
 *
 * @param body carries the main colour and the season's motif
 * @param detail is drawn over it in the second colour
 */
record Shapes(Shape body, Shape detail) {

  private static final List<Shape> MOTIFS =
      List.of(star(6, 8, 1.2), flower(0, 0, 7), all(oval(-4.5, -4.5, 9, 9), star(8, 9, 1)), leaf());

  private static final List<Shapes> KINDS = // in the order of the constants
      Stream.of(Product.Kind.values()).map(Shapes::draw).toList();

  static Shapes of(Product.Kind kind) {
    return KINDS.get(kind.ordinal());
  }

  /** {@return the season's motif around the origin, about 16 wide} */
  static Shape motif(int season) {
    return MOTIFS.get(season);
  }

  /** Long, but a table: a row for each kind of thing, and nothing else. */
  private static Shapes draw(Product.Kind kind) {
    return switch (kind) {
      case ESPRESSO_MACHINE ->
          new Shapes(
              all(box(18, 12, 64, 26, 6), box(18, 12, 28, 70, 6), box(12, 76, 76, 12, 4)),
              all(box(54, 38, 12, 10, 2), box(52, 58, 18, 18, 4), oval(26, 20, 10, 10)));
      case MUG -> new Shapes(box(20, 24, 48, 58, 10), ring(60, 36, 28, 32, 7));
      case COFFEE_BEANS ->
          new Shapes(
              polygon(28, 22, 72, 22, 80, 88, 20, 88),
              all(box(26, 12, 48, 12, 3), oval(34, 66, 12, 17), oval(54, 66, 12, 17)));
      case KETTLE ->
          new Shapes(
              polygon(34, 36, 62, 36, 76, 86, 20, 86),
              all(polygon(68, 54, 92, 36, 95, 44, 73, 70), ring(32, 8, 32, 34, 6)));
      case TEAPOT ->
          new Shapes(
              oval(22, 32, 54, 52),
              all(
                  polygon(72, 54, 92, 32, 97, 40, 74, 72),
                  ring(4, 40, 28, 32, 6),
                  oval(40, 20, 18, 14)));
      case TEA_TIN -> new Shapes(box(26, 28, 48, 60, 2), all(box(22, 14, 56, 15, 6)));
      case CHARCOAL_GRILL ->
          new Shapes(
              new Arc2D.Double(14, 4, 72, 74, 180, 180, Arc2D.CHORD),
              all(
                  box(8, 38, 84, 7, 2),
                  polygon(32, 72, 22, 94, 28, 94, 40, 75),
                  polygon(68, 72, 78, 94, 72, 94, 60, 75)));
      case GRILL_TONGS ->
          new Shapes(
              all(polygon(44, 10, 56, 10, 38, 92, 20, 88), polygon(44, 10, 56, 10, 80, 88, 62, 92)),
              oval(40, 4, 20, 20));
      case CHARCOAL ->
          new Shapes(
              box(20, 28, 60, 60, 16),
              all(polygon(40, 32, 28, 10, 72, 10, 60, 32), box(36, 28, 28, 6, 2)));
      case WHEELBARROW ->
          new Shapes(
              polygon(18, 30, 88, 30, 70, 66, 36, 66),
              all(
                  ring(62, 62, 28, 28, 6),
                  polygon(20, 34, 2, 22, 2, 29, 20, 42),
                  polygon(38, 64, 32, 88, 38, 88, 46, 66)));
      case WATERING_CAN ->
          new Shapes(
              box(28, 40, 46, 44, 6),
              all(
                  polygon(70, 66, 90, 32, 98, 38, 74, 80),
                  ring(30, 14, 40, 40, 6),
                  oval(86, 26, 14, 16)));
      case FLOWER_SEEDS ->
          new Shapes(
              box(26, 10, 48, 78, 2),
              all(box(26, 10, 48, 10, 0), flower(50, 70, 11), box(49, 76, 3, 10, 0)));
      case ARMCHAIR ->
          new Shapes(
              all(
                  box(26, 14, 48, 52, 14),
                  box(10, 42, 20, 38, 10),
                  box(70, 42, 20, 38, 10),
                  box(26, 56, 48, 24, 4)),
              all(box(16, 80, 7, 10, 0), box(77, 80, 7, 10, 0), box(30, 54, 40, 5, 2)));
      case CUSHION ->
          new Shapes(
              box(18, 20, 64, 64, 24),
              all(
                  oval(14, 16, 13, 13),
                  oval(73, 16, 13, 13),
                  oval(14, 75, 13, 13),
                  oval(73, 75, 13, 13)));
      case LIGHT_BULB ->
          new Shapes(
              all(oval(24, 6, 52, 56), polygon(34, 52, 66, 52, 60, 70, 40, 70)),
              all(box(38, 70, 24, 7, 2), box(41, 80, 18, 7, 2)));
      case TABLE ->
          new Shapes(
              all(polygon(12, 30, 88, 30, 94, 56, 6, 56)),
              all(box(16, 56, 7, 34, 0), box(77, 56, 7, 34, 0), box(6, 54, 88, 6, 2)));
      case VASE ->
          new Shapes(
              all(oval(26, 38, 48, 48), box(41, 18, 18, 30, 0), box(36, 12, 28, 9, 4)),
              all(box(34, 83, 32, 7, 2), box(40, 34, 20, 5, 0)));
      case CANDLE ->
          new Shapes(
              box(32, 36, 36, 50, 4),
              all(oval(43, 8, 14, 24), box(20, 84, 60, 8, 3), box(49, 28, 2, 9, 0)));
      case TENT ->
          new Shapes(
              polygon(50, 12, 96, 86, 4, 86),
              all(polygon(50, 46, 64, 86, 36, 86), box(48, 4, 4, 12, 0)));
      case LANTERN ->
          new Shapes(
              box(30, 32, 40, 44, 6),
              all(
                  polygon(24, 34, 76, 34, 60, 20, 40, 20),
                  box(24, 74, 52, 12, 4),
                  ring(37, 2, 26, 24, 4)));
      case GAS_CARTRIDGE ->
          new Shapes(box(24, 38, 52, 50, 22), all(box(42, 20, 16, 20, 0), box(32, 14, 36, 8, 3)));
      case BACKPACK ->
          new Shapes(
              box(22, 18, 56, 70, 26),
              all(
                  box(32, 58, 36, 24, 8),
                  ring(39, 6, 22, 22, 4),
                  box(14, 44, 8, 34, 6),
                  box(78, 44, 8, 34, 6)));
      case WATER_BOTTLE ->
          new Shapes(box(32, 28, 36, 62, 10), all(box(40, 8, 20, 18, 4), box(32, 74, 36, 6, 0)));
      case TRAIL_BAR ->
          new Shapes(
              box(12, 32, 76, 36, 2),
              all(
                  polygon(12, 32, 2, 36, 8, 44, 2, 52, 8, 60, 2, 68, 12, 68),
                  polygon(88, 32, 98, 36, 92, 44, 98, 52, 92, 60, 98, 68, 88, 68),
                  box(12, 60, 76, 4, 0)));
    };
  }

  private static Shape box(double x, double y, double width, double height, double round) {
    return new RoundRectangle2D.Double(x, y, width, height, 2 * round, 2 * round);
  }

  private static Shape oval(double x, double y, double width, double height) {
    return new Ellipse2D.Double(x, y, width, height);
  }

  private static Shape ring(double x, double y, double width, double height, double thick) {
    Area ring = new Area(oval(x, y, width, height));
    ring.subtract(new Area(oval(x + thick, y + thick, width - 2 * thick, height - 2 * thick)));
    return ring;
  }

  private static Shape polygon(double... xy) {
    Path2D path = new Path2D.Double();
    path.moveTo(xy[0], xy[1]);
    for (int i = 2; i < xy.length; i += 2) {
      path.lineTo(xy[i], xy[i + 1]);
    }
    path.closePath();
    return path;
  }

  private static Shape flower(double x, double y, double radius) {
    Area flower = new Area();
    for (int petal = 0; petal < 5; petal++) {
      double angle = 2 * Math.PI * petal / 5 - Math.PI / 2;
      double size = radius * .62;
      double away = radius * .62;
      flower.add(
          new Area(
              oval(
                  x + away * Math.cos(angle) - size / 1.15,
                  y + away * Math.sin(angle) - size / 1.15,
                  2 * size / 1.15,
                  2 * size / 1.15)));
    }
    double eye = radius * .26;
    flower.subtract(new Area(oval(x - eye, y - eye, 2 * eye, 2 * eye)));
    return flower;
  }

  private static Shape star(int arms, double radius, double half) {
    Area star = new Area();
    for (int arm = 0; arm < arms; arm++) {
      Area bar = new Area(new Rectangle2D.Double(0, -half, radius, 2 * half));
      if (arms == 6) { // a snowflake's arms branch
        bar.add(new Area(polygon(5, 0, 8, 3.4, 6.4, 4.4, 3, 0, 6.4, -4.4, 8, -3.4)));
      }
      bar.transform(AffineTransform.getRotateInstance(2 * Math.PI * arm / arms));
      star.add(bar);
    }
    return star;
  }

  private static Shape leaf() {
    Path2D leaf = new Path2D.Double();
    leaf.moveTo(-9, 6);
    leaf.quadTo(-6, -8, 9, -7);
    leaf.quadTo(8, 7, -6, 6);
    leaf.closePath();
    Area area = new Area(leaf);
    area.subtract(new Area(polygon(-6, 4.6, 5, -4.2, 5.6, -3.4, -5, 5.4)));
    return area;
  }

  private static Shape all(Shape... parts) {
    Area all = new Area();
    for (Shape part : parts) {
      all.add(new Area(part));
    }
    return all;
  }
}
