package dev.horae.bench;

import java.util.List;
import java.util.Map;

/**
 * Everything that a bench found; its JSON is what {@code horae bench --json} writes.
 *
 * @param version of Horae
 * @param data the data set's name
 * @param counts users, items, events and the widths of the feature tables
 * @param machine what {@code horae doctor} says, part by part
 * @param settings of model and training, as in a run's configuration
 * @param seconds how long each part was measured, about
 * @param peak what the machine can do at best
 * @param training by batching
 * @param rates histories a second
 */
public record Report(
    String version,
    String data,
    Map<String, Long> counts,
    Map<String, String> machine,
    String settings,
    double seconds,
    MatrixPeak peak,
    List<TrainingSpeed> training,
    List<Rate> rates) {}
