package dev.horae.study;

import dev.horae.config.Version;
import dev.horae.report.Origin;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Where findings that are made now come from. */
public final class Origins {

  private Origins() {}

  /**
   * {@return the origin with this program, machine and moment}
   *
   * @param command that found them, as it can be given again
   * @param data names of the data sets
   * @param protocol empty where nothing was ranked
   * @param seeds of all runs; empty where nothing was drawn
   */
  public static Origin now(String command, List<String> data, String protocol, List<Long> seeds) {
    int cores = Runtime.getRuntime().availableProcessors();
    return new Origin(
        command,
        data,
        protocol,
        seeds,
        "Horae " + Version.text(),
        "%s %s, %s, Java %s, libtorch %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                cores == 1 ? "1 core" : cores + " cores",
                Runtime.version().feature(),
                Version.libtorch()),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }
}
