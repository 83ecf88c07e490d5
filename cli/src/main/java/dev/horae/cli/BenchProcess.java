package dev.horae.cli;

import dev.horae.bench.ModelSpeed;
import dev.horae.config.ConfigWriter;
import dev.horae.run.Presets;
import dev.horae.study.Child;
import java.util.ArrayList;
import java.util.List;

/** Measures models by {@code bench --child}: the memory of such a process is one model's alone. */
final class BenchProcess {

  private final JsonProcess process = new JsonProcess();
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
    JsonProcess.Answer<ModelSpeed> answer = process.ask(name, verb, ModelSpeed.class);
    Child.Ended ended = answer.ended();
    return new Measured(
        answer
            .printed()
            .orElseGet(
                () ->
                    ModelSpeed.unmeasured(
                        name,
                        ConfigWriter.values(Presets.of(name, settings)),
                        ended.reason().replaceFirst("; [0-9]+ problems?; nothing was run$", ""))),
        ended.code(),
        ended.said());
  }
}
