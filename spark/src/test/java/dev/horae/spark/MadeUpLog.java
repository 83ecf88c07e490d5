package dev.horae.spark;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.SplittableRandom;

/**
 * Writes a log to measure with, a CSV file per day: ten events per user and 500 per item on
 * average, few of them many and most few, as in a shop. The same each time.
 *
 * <pre>java spark/src/test/java/dev/horae/spark/MadeUpLog.java EVENTS DAYS FOLDER</pre>
 */
public final class MadeUpLog {

  private static final int SECONDS_OF_A_DAY = 86_400;

  private MadeUpLog() {}

  public static void main(String[] arguments) throws IOException {
    long events = Long.parseLong(arguments[0]);
    int days = Integer.parseInt(arguments[1]);
    for (int day = 0; day < days; day++) {
      LocalDate date = LocalDate.of(2024, 1, 1).plusDays(day);
      Path folder = Files.createDirectories(Path.of(arguments[2], "date=" + date));
      write(folder.resolve("events.csv"), date, day, events / days, events);
    }
  }

  private static void write(Path file, LocalDate date, int seed, long lines, long events)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    long start = date.atStartOfDay().toEpochSecond(ZoneOffset.UTC);
    try (PrintStream out =
        new PrintStream(
            new BufferedOutputStream(Files.newOutputStream(file), 1 << 16),
            false,
            StandardCharsets.US_ASCII)) {
      out.print("user,item,time\n");
      for (long line = 0; line < lines; line++) {
        double user = Math.pow(random.nextDouble(), 1.5) * events / 10;
        double item = Math.pow(random.nextDouble(), 3) * events / 500;
        long time = start + line * SECONDS_OF_A_DAY / lines;
        out.print("U" + (long) user + ",I" + (long) item + "," + time + "\n");
      }
    }
  }
}
