package dev.horae.shell;

import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code train} trains, and on what, on one machine or many. */
public final class TrainingArguments {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description =
          "A directory that 'horae prepare' made; features are those of 'horae encode'. With"
              + " --resume: where it lies, when it was moved.")
  private @Nullable Path data;

  @Option(names = "--out", paramLabel = "RUN", description = "The run directory to make.")
  private @Nullable Path out;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file, or the name of a preset: ${COMPLETION-CANDIDATES}.",
      completionCandidates = PresetNames.class)
  private @Nullable String config;

  @Option(
      names = "--from",
      paramLabel = "OLD_RUN",
      description =
          "Start from the weights and settings of an earlier run: items are carried over by id, new"
              + " ones start from those with similar texts or pictures.")
  private @Nullable Path from;

  @Option(names = "--resume", paramLabel = "RUN", description = "Continue a run that was stopped.")
  private @Nullable Path resume;

  @Option(
      names = "--stop-after",
      paramLabel = "EPOCHS",
      description =
          "Stop once so many epochs are trained in all, without ranking the test targets; --resume"
              + " goes on.")
  private @Nullable Integer stopAfter;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings over those of the file, such as seed=3 or train.epochs=40.")
  private List<String> overrides = List.of();

  /** For picocli: {@link Presets#ALL}. */
  public static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Presets.ALL.iterator();
    }
  }

  /** Throws when they do not fit together. */
  public void check() {
    if (stopAfter != null && stopAfter < 1) {
      throw refusal("--stop-after " + stopAfter + " is not positive; 1 is one epoch");
    }
    if (resume != null) {
      if (out != null || config != null || from != null) {
        throw refusal("--resume takes no other option but --data: the run knows its settings");
      }
    } else if (data == null || out == null) {
      throw refusal("give --data and --out, or --resume");
    } else if (from != null && config != null) {
      throw refusal(
          "--from takes no --config: the settings are those of the earlier run and KEY=VALUE");
    }
  }

  private ParameterException refusal(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  /**
   * Opens what is trained on.
   *
   * @param overrides settings over those of the file or the run
   */
  public Inputs inputs(List<String> overrides) {
    return resume == null
        ? Inputs.open(settings(overrides), Objects.requireNonNull(data))
        : Inputs.of(RunDirectory.open(resume), data, overrides);
  }

  private RunConfig settings(List<String> overrides) {
    return from == null
        ? Presets.read(config, overrides)
        : RunDirectory.open(from).config(overrides);
  }

  /** {@return the run that goes on; empty: {@link #out} is to be made} */
  public Optional<Path> resume() {
    return Optional.ofNullable(resume);
  }

  /** {@return where the run is, or is to be} */
  public Path run() {
    return Objects.requireNonNull(resume == null ? out : resume);
  }

  /** {@return the run whose weights it starts from} */
  public Optional<Path> from() {
    return Optional.ofNullable(from);
  }

  /** {@return after how many epochs in all it stops; empty: when they are over} */
  public Optional<Integer> stopAfter() {
    return Optional.ofNullable(stopAfter);
  }

  /** {@return settings, {@code key=value}} */
  public List<String> overrides() {
    return overrides;
  }

  /** {@return the options, as they were given, without settings} */
  public List<String> words() {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("--data", data);
    options.put("--out", out);
    options.put("--config", config);
    options.put("--from", from);
    options.put("--resume", resume);
    options.put("--stop-after", stopAfter);
    List<String> words = new ArrayList<>();
    options.forEach(
        (name, value) -> {
          if (value != null) {
            words.addAll(List.of(name, value.toString()));
          }
        });
    return words;
  }
}
