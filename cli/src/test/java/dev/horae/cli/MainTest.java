package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.DataException;
import dev.horae.run.RunConfig;
import dev.horae.tensor.CheckpointException;
import dev.horae.train.DivergedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  static List<CommandLine> verbs() {
    return List.copyOf(Main.commandLine().getSubcommands().values());
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void helpOfEveryVerbFitsAHundredColumns(CommandLine verb) {
    assertThat(run(verb.getCommandName(), "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: horae " + verb.getCommandName());
    assertThat(out.toString().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withoutAVerbTheVerbsAreListed() {
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("prepare", "config", "doctor", "Exit codes");
    out.getBuffer().setLength(0);
    assertThat(run("--version")).isZero();
    assertThat(out.toString())
        .matches("(?s)horae 0\\..* \\(.*\\)\nlibtorch 2\\..*\nJava [0-9]+.*\n");
  }

  @Test
  void aMistypedVerbOrOptionIsSuggested() {
    assertThat(run("pepare")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            """
            there is no verb 'pepare'
            Did you mean: horae prepare or horae compare or horae spark?
            'horae --help' explains it.
            """);
    String unknown = err.toString();
    err.getBuffer().setLength(0);
    assertThat(run("pepare", "--help")).isEqualTo(2); // asking for help does not hide it
    assertThat(err.toString()).isEqualTo(unknown);
    err.getBuffer().setLength(0);
    assertThat(run("evaluate", "a", "b")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            """
            'b' is one argument too many
            'horae evaluate --help' explains it.
            """);
    err.getBuffer().setLength(0);
    assertThat(run("config", "hm4sr", "--prset", "x")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            """
            Unknown option: '--prset'
            Possible solutions: --preset
            'horae config --help' explains it.
            """);
  }

  @Test
  void configPrintsWhatConfigReads(@TempDir Path directory) throws IOException {
    assertThat(run("config", "hm4sr", "seed=7")).isZero();
    Path file = Files.writeString(directory.resolve("run.yaml"), out.toString());
    assertThat(ConfigReader.read(file, List.of(), RunConfig.class))
        .isEqualTo(ConfigReader.read(null, List.of("seed=7"), RunConfig.class));
    assertThat(out.toString().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(101))
        .anyMatch(line -> line.matches(" *beta: 0\\.3 +# .*default 0\\.3"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "m3srec | model.inner_size | here, but of core, dif-sr, fearec and 9 more; known keys are"
            + " hidden_size, specific_layers, shared_layers, heads, specific_experts,"
            + " shared_experts, dropout, attention_dropout, feature_rms, cross_modal, head,"
            + " lambda_aux, tau, mask_padding",
        "gru4rec | model.head | here, but of m3srec; known keys are embedding_size, hidden_size,"
            + " layers, dropout, mask_padding",
        "sasrec | inner_size | ; did you mean 'model.inner_size'?",
        "m3srec | inner_size | ; known keys are data, text, image, seed, tie_seed, device,"
            + " precision, model, train",
      })
  void aKeyOfOtherModelsOnlyIsNoRepair(String model, String key, String answer) {
    assertThat(run("train", "--data=d", "--out=o", "model.type=" + model, key + "=32"))
        .isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "command line: "
                + key
                + " = 32 is not a known key"
                + (answer.startsWith(";") ? "" : " ")
                + answer
                + "\n1 problem; nothing was run\n");
  }

  @Test
  void aWrongSettingIsAConfigurationError() {
    assertThat(run("config", "hm4rs", "train.batch_sise=3")).isEqualTo(2);
    assertThat(err.toString())
        .contains("command line: model.type = hm4rs is not one of its choices; use one of ")
        .contains(
            "command line: train.batch_sise = 3 is not a known key; did you mean"
                + " 'train.batch_size'?")
        .endsWith("2 problems; nothing was run\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aFileThatIsNoConfigurationIsRefusedAtOnce(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("run.yaml");
    Map<String, String> problems =
        Map.of(
            "",
            ":1: the file has no settings; write some, such as those of 'horae config hm4sr', or"
                + " leave the file out",
            "# nothing\n",
            ":1: the file has no settings; write some, such as those of 'horae config hm4sr', or"
                + " leave the file out",
            "seed: 1\n#" + "x".repeat(10_000_000),
            ":2: this has a line of more than 100000 letters; shorten it: no setting needs that",
            "a: &b [1]\nc: *b\n",
            ":1: this has a list or group that is an alias (*name); write out what it stands for");
    for (Map.Entry<String, String> problem : problems.entrySet()) {
      Files.writeString(file, problem.getKey());
      err.getBuffer().setLength(0);
      assertThat(run("train", "--data", "x", "--out", "y", "--config", file.toString()))
          .isEqualTo(2);
      assertThat(err.toString())
          .isEqualTo(file + problem.getValue() + "\n1 problem; nothing was run\n");
    }
    assertThat(run("encode", "x")).isEqualTo(2); // with nothing to do, whatever x is
  }

  @Test
  void everyFailureHasItsExitCode() {
    PrintWriter print = new PrintWriter(err, true);
    assertThat(Main.report(new ConfigException("a"), print)).isEqualTo(2);
    assertThat(Main.report(new DataException("b"), print)).isEqualTo(3);
    assertThat(Main.report(new CheckpointException("c"), print)).isEqualTo(4);
    assertThat(Main.report(new DivergedException(1, 2, "loss ce", Double.NaN), print)).isEqualTo(4);
    assertThat(
            Main.report(new UncheckedIOException("cannot write x", new IOException("full")), print))
        .isEqualTo(1);
    IOException full = new FileSystemException("x", null, "No space left on device");
    assertThat(Main.report(new UncheckedIOException("cannot write x", full), print)).isEqualTo(1);
    IOException gone = new NoSuchFileException("a/b");
    assertThat(Main.report(new UncheckedIOException(gone), print)).isEqualTo(1);
    assertThat(Main.report(new OutOfMemoryError("Java heap space"), print)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            a
            1 problem; nothing was run
            b
            c
            the loss ce became NaN in epoch 2, step 3; lower train.learning_rate, or limit the gradients with train.gradient_clip=5
            cannot write x: full; name a place that can be written
            cannot write x: No space left on device; free space there, or name another place
            a/b: no such file
            the Java heap is too small (Java heap space)
            give it more, such as HORAE_HEAP=8g; 'horae doctor' shows what there is
            """);
  }

  @Test
  void aLibraryThatCannotBeLoadedIsNoBug() {
    Throwable e = new ExceptionInInitializerError(new UnsatisfiedLinkError("failed to map"));
    assertThat(Main.report(e, new PrintWriter(err, true))).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            a native library cannot be unpacked or loaded: java.lang.ExceptionInInitializerError
            set HORAE_CACHE to a directory with 2 GiB free whose file system may run programs; 'horae doctor' looks at what there is
            """);
  }

  /** They have no type of their own, and a stack of C++ below the first line. */
  @Test
  void whatLibtorchFailsAtIsSaidInTwoLines() {
    PrintWriter print = new PrintWriter(err, true);
    Throwable shapes = catchThrowable(() -> torch.ones(2, 3).mm(torch.ones(2, 3)));
    assertThat(Main.report(shapes, print)).isEqualTo(1);
    assertThat(Main.report(new IllegalStateException("a worker failed", shapes), print))
        .isEqualTo(1);
    assertThat(err.toString())
        .matches(
            "(libtorch failed in MainTest\\.\\S+ \\(MainTest\\.java:\\d+\\): mat1 and mat2 shapes"
                + " cannot be multiplied \\(2x3 and 2x3\\)\n"
                + "'horae doctor' looks at the machine; if that is well, please report this as a"
                + " bug in Horae 0\\.\\S+( \\S+)*\n"
                + "){2}");
  }

  @Test
  void wantOfMemoryAndThreadsNamesWhatIsWanted() {
    PrintWriter print = new PrintWriter(err, true);
    Throwable memory = catchThrowable(() -> torch.empty(1L << 58));
    assertThat(Main.report(memory, print)).isEqualTo(1);
    assertThat(err.toString())
        .matches(
            "the memory of the machine was used up \\(.*allocate memory.*\\)\n"
                + "close other programs, lower HORAE_HEAP or use a machine with more; 'horae"
                + " doctor' shows what there is\n");
    err.getBuffer().setLength(0);
    Throwable threads = new OutOfMemoryError("unable to create native thread: limits reached");
    assertThat(Main.report(threads, print)).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            no more threads can be started (unable to create native thread: limits reached)
            raise the limit of processes (ulimit -u, or the container's), or lower train.workers
            """);
  }

  @Test
  void aBugHasItsStackTraceAndTheVersion() {
    assertThat(Main.report(new IllegalStateException("odd"), new PrintWriter(err, true)))
        .isEqualTo(1);
    assertThat(err.toString())
        .startsWith("This is a bug in Horae 0.")
        .contains("java.lang.IllegalStateException: odd", "at dev.horae.cli.MainTest");
  }

  @Test
  void theDoctorFindsThisMachineFit() {
    assertThat(run("doctor")).isZero();
    assertThat(out.toString().lines().map(line -> line.substring(0, 21).strip()))
        .contains("ok       Java", "ok       libtorch", "ok       threads");
    assertThat(out.toString()).contains("OpenBLAS", "processor", "memory", "disk here", "GPU");
  }
}
