package dev.horae.bench;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Dataset;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.encoder.MiniLm;
import dev.horae.features.TextTemplate;
import dev.horae.picture.Descriptor;
import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** What is done with data before any model sees it: preparing, and encoding by what is built in. */
public final class DataBench {

  private static final int PICTURES = 64; // different ones
  private static final int WIDTH = 480; // of a picture
  private static final int HEIGHT = 360;
  private static final int PATCH = 8; // of one colour, about as much detail as a photograph has
  private static final int WARM_UP = 20_000; // events
  private static final long SEED = 2025;

  private DataBench() {}

  /**
   * Measures, in this order, events prepared, texts and pictures encoded. Events are made up, as
   * many as the data set has, and pictures too, one per item; texts are those of the items.
   *
   * @param atMost seconds to measure each part, about
   */
  public static List<Rate> measure(Dataset dataset, double atMost, Progress progress) {
    List<Rate> rates = new ArrayList<>();
    progress.at("prepare", 0, 0, "");
    rates.add(prepare(dataset.histories().events(), atMost));
    List<String> texts =
        dataset.catalogue().items().stream()
            .map(item -> TextTemplate.text(item, Item.TEXT_FIELDS))
            .filter(text -> !text.isEmpty())
            .toList();
    if (!texts.isEmpty()) {
      progress.at("encode texts", 0, 0, "");
      rates.add(texts(texts, atMost));
    }
    progress.at("encode pictures", 0, 0, "");
    rates.add(pictures(dataset.catalogue().size(), atMost));
    return rates;
  }

  private static Rate prepare(int events, double atMost) {
    int few = Math.min(events, WARM_UP);
    int count = prepared(few, events).countIn(atMost);
    return prepared(Math.max(few, count), events);
  }

  /** Times a log of its own; making it up is not timed. */
  private static Rate prepared(int count, int all) {
    SyntheticData made =
        SyntheticData.generate(
            new SyntheticData.Shape(
                "log", Math.max(1, count / 10), Math.max(1, count / 20), count, Map.of()),
            SEED);
    try {
      Path folder = Files.createTempDirectory("horae-bench");
      try {
        Path events = folder.resolve("events.csv");
        Path items = folder.resolve("items.csv");
        made.write(events, items);
        long start = System.nanoTime();
        SyntheticDirectory.prepare(made, events, items, folder.resolve("data"), Progress.SILENT);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Rate("prepare", "events", count, all, seconds);
      } finally {
        AtomicFiles.deleteTree(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a made-up log of events", e);
    }
  }

  private static Rate texts(List<String> texts, double atMost) {
    try (MiniLm encoder = new MiniLm()) {
      return Rate.measure(
          "encode by minilm",
          "texts",
          texts.size(),
          atMost,
          count -> encoder.encode(texts.subList(0, count), Progress.SILENT, (text, vector) -> {}));
    }
  }

  private static Rate pictures(int items, double atMost) {
    SplittableRandom random = new SplittableRandom(SEED);
    List<byte[]> pictures = Stream.generate(() -> picture(random)).limit(PICTURES).toList();
    return Rate.measure(
        "encode by descriptor",
        "pictures",
        items,
        atMost,
        count -> Workers.each(count, i -> describe(pictures.get(i % PICTURES))));
  }

  private static void describe(byte[] picture) {
    try {
      Descriptor.describe(Pictures.decode(picture, Descriptor.ENOUGH));
    } catch (UnreadablePictureException e) {
      throw new IllegalStateException("a made-up picture cannot be read", e);
    }
  }

  /** {@return a JPEG of patches of any colours} */
  private static byte[] picture(SplittableRandom random) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y += PATCH) {
      for (int x = 0; x < WIDTH; x += PATCH) {
        int colour = random.nextInt(1 << 24);
        for (int i = 0; i < PATCH * PATCH; i++) {
          image.setRGB(x + i % PATCH, y + i / PATCH, colour);
        }
      }
    }
    try (ByteArrayOutputStream jpeg = new ByteArrayOutputStream()) {
      ImageIO.write(image, "jpeg", jpeg);
      return jpeg.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make up a picture", e);
    }
  }
}
