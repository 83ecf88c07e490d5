package dev.horae.cli;

import dev.horae.bench.TrainingCost;
import dev.horae.config.Version;
import dev.horae.data.Json;
import dev.horae.run.Presets;
import dev.horae.shell.Console;
import dev.horae.study.Child;
import dev.horae.study.cost.CostPlan;
import dev.horae.study.cost.CostPlan.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The points of {@code study cost}: each measured in a process of its own, and kept as a file. */
final class CostPoints {

  private final CostPlan plan;
  private final Path data;
  private final Path out;
  private final Path folder;
  private final JsonProcess process = new JsonProcess();

  /** What a process is asked to measure. */
  private record Request(
      String model, int items, int length, Map<String, Integer> widths, double seconds) {}

  /** What a file holds. */
  record Stored(String version, Map<String, Integer> widths, double seconds, TrainingCost cost) {}

  /**
   * @param data and {@code out} are those of the command, which its children are given again
   */
  CostPoints(CostPlan plan, Path data, Path out) {
    this.plan = plan;
    this.data = data;
    this.out = out;
    folder = out.resolve("points");
  }

  /** In the process of one point: {@return what it is to print} */
  static String measure(Path request, List<String> settings) {
    Request asked = Json.read(request, Request.class);
    return Json.text(
        TrainingCost.measure(
            Presets.of(asked.model, settings),
            asked.items,
            asked.length,
            asked.widths,
            asked.seconds,
            Console.progress()));
  }

  /** {@return what was measured earlier, by this version and for as long} */
  Optional<TrainingCost> stored(Point point) {
    Path file = folder.resolve(point.file());
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Stored stored = Json.read(file, Stored.class);
    return stored.cost() != null
            && Version.text().equals(stored.version())
            && plan.widths().equals(stored.widths())
            && plan.seconds() == stored.seconds()
        ? Optional.of(stored.cost())
        : Optional.empty();
  }

  /**
   * Measures a point, and keeps what came of it.
   *
   * @param name of the point, which stands before its progress
   */
  Child.Ended measure(Point point, String name) {
    try {
      Files.createDirectories(folder); // before a measurement that could not be kept
      Path request = Files.createTempFile("horae-cost", ".json");
      try {
        Json.write(
            request,
            new Request(
                point.model(),
                point.sizes().items(),
                point.sizes().length(),
                plan.widths(),
                plan.seconds()));
        List<String> verb = new ArrayList<>(List.of("study", "cost", "--child"));
        verb.add(request.toString());
        verb.addAll(List.of("--data", data.toString(), "--out", out.toString()));
        verb.addAll(point.settings());
        JsonProcess.Answer<TrainingCost> answer = process.ask(name, verb, TrainingCost.class);
        if (answer.printed().isPresent()) {
          Json.write(
              folder.resolve(point.file()),
              new Stored(
                  Version.text(), plan.widths(), plan.seconds(), answer.printed().orElseThrow()));
        }
        return answer.ended();
      } finally {
        Files.deleteIfExists(request);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write in " + out, e);
    }
  }
}
