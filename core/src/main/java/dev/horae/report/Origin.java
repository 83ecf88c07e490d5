package dev.horae.report;

import java.util.List;

/**
 * Where findings come from, so that anybody can have them again.
 *
 * @param command that found them, such as {@code horae compare --data toys --out comparison}
 * @param data names of the data sets
 * @param protocol such as {@code leave-one-out, equal times in file order}; empty where nothing was
 *     ranked
 * @param seeds of all runs; empty where nothing was drawn
 * @param version of this program
 * @param machine such as {@code Linux amd64, 2 cores, OpenBLAS 0.3.31}
 * @param made ISO instant
 */
public record Origin(
    String command,
    List<String> data,
    String protocol,
    List<Long> seeds,
    String version,
    String machine,
    String made) {

  public Origin {
    data = List.copyOf(data);
    seeds = List.copyOf(seeds);
  }
}
