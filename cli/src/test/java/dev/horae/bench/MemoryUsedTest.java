package dev.horae.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.JavaProcess;
import dev.horae.config.ConfigReader;
import dev.horae.data.Progress;
import dev.horae.machine.Machine;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.Training;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The plan against the memory of a process that trains and evaluates, with the launcher's settings
 * of memory. Where the kernel does not say how much that was, only that there is a plan.
 */
class MemoryUsedTest {

  /** The child: trains some epochs and prints what was planned and what was used. */
  public static final class Run {
    private Run() {}

    public static void main(String[] arguments) {
      SyntheticData data =
          SyntheticData.generate(
              new SyntheticData.Shape("small", 500, 3000, 12_000, Map.of("text", 64)), 1);
      RunConfig config =
          ConfigReader.read(
              null,
              List.of(
                  "device=cpu",
                  "model.type=" + arguments[1],
                  "train.epochs=" + arguments[2],
                  "train.workers=2"),
              RunConfig.class);
      System.gc(); // of what generating leaves behind, a run has nothing
      Training training = Training.of(config, data.dataset(), data.features());
      System.out.println(training.memory()); // for who reads why it failed
      training.run(RunDirectory.create(Path.of(arguments[0]), config), Progress.SILENT);
      long planned = training.memory().orElseThrow().total();
      System.out.println("memory " + planned + " " + Machine.peakResident().orElse(planned));
    }
  }

  @ParameterizedTest
  @CsvSource({"hm4sr, 1", "sasrec, 6", "unisrec, 1"})
  @Timeout(120)
  void isNearWhatIsUsed(String model, String epochs, @TempDir Path temporary) throws Exception {
    Path said = temporary.resolve("said");
    ProcessBuilder child =
        JavaProcess.of(
            Run.class,
            List.of(
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Xms64m", // else a quarter of a gigabyte of young heap, given back during the run
                "-Xmx1g"),
            temporary.resolve("run"),
            model,
            epochs);
    child
        .environment()
        .putAll(
            Map.of(
                "OMP_NUM_THREADS", "1",
                "OMP_WAIT_POLICY", "passive",
                "MALLOC_ARENA_MAX", "1",
                "MALLOC_MMAP_MAX_", "0",
                "MALLOC_TRIM_THRESHOLD_", "8589934592",
                "MALLOC_TOP_PAD_", "268435456"));
    Process process =
        child.redirectErrorStream(true).redirectOutput(Redirect.to(said.toFile())).start();
    int code = process.waitFor();
    String output = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(code).as(output).isZero();
    String[] memory = output.substring(output.lastIndexOf("memory ")).strip().split(" ", -1);
    double planned = Double.parseDouble(memory[1]);
    double used = Double.parseDouble(memory[2]);
    assertThat(planned / used).as(output).isBetween(0.8, 1.2);
  }
}
