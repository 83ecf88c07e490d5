package dev.horae.http;

import dev.horae.config.ConfigReader;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.Training;
import dev.horae.service.Indexing;
import dev.horae.service.Limits;
import dev.horae.service.LiveShop;
import dev.horae.store.Store;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/** A shop of 40 users and 30 items with two trained models, which tests of the server share. */
final class Shop {

  static final int ITEMS = 30;
  private static final int USERS = 40;
  private static final List<String> KINDS = List.of("Kite", "Boat", "Train");

  private final Dataset dataset;
  private final Path folder;

  private Shop(Path folder, Dataset dataset) {
    this.folder = folder;
    this.dataset = dataset;
  }

  /** Writes and prepares the data, and trains what counts followers and what counts purchases. */
  static Shop train(Path folder) throws IOException {
    Path raw = Files.createDirectories(folder.resolve("raw"));
    Files.createDirectories(raw.resolve("images"));
    Files.writeString(raw.resolve("items.csv"), items(raw));
    Files.writeString(raw.resolve("events.csv"), events());
    Dataset dataset =
        Preparation.of(Format.CSV, raw.resolve("events.csv"))
            .items(raw.resolve("items.csv"))
            .images(raw.resolve("images"))
            .into(folder.resolve("data"));
    Shop shop = new Shop(folder, dataset);
    shop.train("follow", "model.type=item-transitions");
    shop.train("popular", "model.type=most-popular");
    return shop;
  }

  private static String items(Path raw) throws IOException {
    StringBuilder lines = new StringBuilder("item,title,brand,categories,image\n");
    for (int i = 0; i < ITEMS; i++) {
      String picture = i % 5 == 4 ? "" : "i" + i + ".png"; // some have none
      String kind = KINDS.get(i % KINDS.size());
      lines.append(
          "i%s,%s no. %s,Brand %s,Toys|%s,%s\n".formatted(i, kind, i, i % 4, kind, picture));
      if (!picture.isEmpty()) {
        draw(raw.resolve("images").resolve(picture), i);
      }
    }
    return lines.toString();
  }

  private static void draw(Path file, int i) throws IOException {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setColor(Color.getHSBColor(i / (float) ITEMS, 0.7f, 0.9f));
    pen.fillOval(4, 4, 10 + i % 14, 20);
    pen.dispose();
    ImageIO.write(image, "png", file.toFile());
  }

  private static String events() {
    SplittableRandom random = new SplittableRandom(11);
    StringBuilder lines = new StringBuilder("user,item,time\n");
    for (int u = 0; u < USERS; u++) {
      int item = u * 7 % ITEMS;
      long time = 1_700_000_000L + random.nextInt(10_000_000);
      for (int e = 0; e < 8; e++) {
        lines.append("u%s,i%s,%s\n".formatted(u, item, Instant.ofEpochSecond(time)));
        item = (item + 1 + random.nextInt(2)) % ITEMS;
        time += 3_600L * (1 + random.nextInt(100));
      }
    }
    return lines.toString();
  }

  private void train(String name, String model) {
    List<String> settings = List.of(model, "data=" + folder.resolve("data"));
    RunConfig config = ConfigReader.read(null, settings, RunConfig.class);
    Training.of(config, dataset, List.of())
        .run(RunDirectory.create(run(name), config), Progress.SILENT, epoch -> {});
  }

  Path run(String name) {
    return folder.resolve("runs").resolve(name);
  }

  /**
   * Serves it, with both models, of which {@code follow} answers.
   *
   * @param state an empty directory
   */
  HttpServer serve(Path state) {
    List<String> settings = List.of("port=0", "metrics_port=-1", "state=" + state);
    ServeConfig config = ConfigReader.read(null, settings, ServeConfig.class);
    Store store = Store.open(config.store());
    Indexing indexing = new Indexing(config.indexAbove(), config.indexes());
    LiveShop live = new LiveShop(store, 1, config.queue(), new Limits(100, 50, 10_000), indexing);
    live.show(dataset);
    HttpServer server = HttpServer.start(config, live, "test", line -> {});
    live.load("follow", run("follow")).join();
    live.load("popular", run("popular")).join();
    live.models().activate("follow");
    return server;
  }
}
