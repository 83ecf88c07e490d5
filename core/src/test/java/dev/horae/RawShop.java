package dev.horae;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import javax.imageio.ImageIO;

/**
 * The raw files of a shop of 60 users and 48 items, small enough to go all the way with it in
 * seconds. Users walk through the catalogue in steps of one or two, so there is something to learn.
 */
public final class RawShop {

  public static final int ITEMS = 48;
  private static final int USERS = 60;
  private static final List<String> COLOURS = List.of("Red", "Green", "Blue", "Yellow");
  private static final List<String> KINDS =
      List.of("train", "boat", "doll", "kite", "puzzle", "ball");

  private RawShop() {}

  /** Writes {@code events.csv}, {@code items.csv} and {@code images/}; items are i0, i1, … */
  public static void write(Path folder) throws IOException {
    write(folder, i -> "i" + i);
  }

  /**
   * The same with other ids.
   *
   * @param id of an item, from 0
   */
  public static void write(Path folder, IntFunction<String> id) throws IOException {
    Files.createDirectories(folder.resolve("images"));
    StringBuilder items = new StringBuilder("item,title,brand,categories,image\n");
    for (int i = 0; i < ITEMS; i++) {
      String picture = i % 8 == 7 ? "" : "i" + i + ".png"; // some have none
      items.append(
          "%s,\"%s %s, no. %s\",Brand %s,Toys|%s,%s\n"
              .formatted(id.apply(i), COLOURS.get(i % 4), kind(i), i, i % 3, kind(i), picture));
      if (!picture.isEmpty()) {
        draw(folder.resolve("images").resolve(picture), i);
      }
    }
    Files.writeString(folder.resolve("items.csv"), items);
    SplittableRandom random = new SplittableRandom(11);
    StringBuilder events = new StringBuilder("user,item,time\n");
    for (int u = 0; u < USERS; u++) {
      int item = u * 7 % ITEMS; // so that none is rare
      long time = 1_700_000_000L + random.nextInt(10_000_000);
      for (int e = 0; e < 8; e++) {
        events.append("u%s,%s,%s\n".formatted(u, id.apply(item), Instant.ofEpochSecond(time)));
        item = (item + 1 + random.nextInt(2)) % ITEMS;
        time += 3_600L * (1 + random.nextInt(1_000));
      }
    }
    Files.writeString(folder.resolve("events.csv"), events);
  }

  public static void draw(Path file, int i) throws IOException {
    BufferedImage image = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setColor(Color.getHSBColor(i / (float) ITEMS, 0.9f, 0.9f));
    pen.fillRect(4 + i % 7, 4, 10 + i % 29, 20 + i % 17);
    pen.dispose();
    ImageIO.write(image, "png", file.toFile());
  }

  private static String kind(int i) {
    return KINDS.get(i / 4 % KINDS.size());
  }
}
