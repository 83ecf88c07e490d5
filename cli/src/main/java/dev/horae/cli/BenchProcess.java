package dev.horae.cli;

import dev.horae.bench.ModelSpeed;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Json;
import dev.horae.run.Presets;
import dev.horae.shell.Console;
import dev.horae.study.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Measures models by {@code bench --child}: the memory of such a process is one model's alone. */
final class BenchProcess {

  private final Child child = new Child(Main.class);
  private final List<String> data;
  private final double seconds;

  /**
   * @param data the option of {@code bench} that names the data, and its value
   * @param seconds to measure each part, about
   */
  BenchProcess(List<String> data, double seconds) {
    this.data = data;
    this.seconds = seconds;
  }

  /**
   * What came of a process.
   *
   * @param code of its exit
   * @param said on standard error
   */
  record Measured(ModelSpeed model, int code, String said) {}

  /**
   * Measures a model on the CPU.
   *
   * @param name a model or a preset
   * @param settings over those of the preset
   */
  Measured measure(String name, List<String> settings) {
    List<String> verb = new ArrayList<>(List.of("bench", "--child", name));
    verb.addAll(List.of("--seconds", Double.toString(seconds)));
    verb.addAll(data);
    verb.addAll(settings);
    verb.add("device=cpu");
    Console.line(name);
    try {
      Path printed = Files.createTempFile("horae-bench", ".json");
      try {
        Child.Ended ended =
            child.run(
                verb,
                Redirect.to(printed.toFile()),
                Math.max(0, Console.columns() - name.length() - 2),
                line -> Console.line(name + "  " + line));
        return new Measured(
            ended.code() == 0
                ? Json.read(printed, ModelSpeed.class)
                : ModelSpeed.unmeasured(
                    name,
                    ConfigWriter.values(Presets.of(name, settings)),
                    ended.reason().replaceFirst("; [0-9]+ problems?; nothing was run$", "")),
            ended.code(),
            ended.said());
      } finally {
        Files.deleteIfExists(printed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write what a model's process prints", e);
    }
  }
}
