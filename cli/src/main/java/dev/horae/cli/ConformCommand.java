package dev.horae.cli;

import dev.horae.conform.ComparedTensor;
import dev.horae.conform.Conformance;
import dev.horae.conform.EncoderConformance;
import dev.horae.conform.PreprocessConformance;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.page.Tables;
import dev.horae.shell.ExitCode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "conform",
    description = "Hold a model against numbers computed by its official code.",
    footer = {
      "",
      "Each FILE holds weights, inputs, outputs, losses and gradients; FILE's sidecar, the same"
          + " name with .json, holds hyper-parameters and tolerances. Exit code 1 when one is"
          + " exceeded.",
      "",
      "Example:",
      "  horae conform golden/hm4sr*.safetensors"
    })
final class ConformCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Fixtures, .safetensors.")
  List<Path> files;

  @Override
  public Integer call() {
    DataException.throwIfAny(
        files.stream()
            .filter(file -> !(Files.isRegularFile(file) && Files.isRegularFile(Json.sidecar(file))))
            .map(file -> file + ": is no fixture; give a .safetensors with a .json beside it")
            .toList());
    List<List<String>> rows = new ArrayList<>();
    int failed = 0;
    for (Path file : files) {
      for (Conformance.Report report : check(file)) {
        failed += report.passed() ? 0 : 1;
        for (Conformance.Group group : report.groups()) {
          rows.add(
              List.of(
                  report.fixture(),
                  report.rows(),
                  group.name(),
                  Integer.toString(group.tensors()),
                  String.format(Locale.ROOT, "%.1e", group.difference()),
                  String.format(Locale.ROOT, "%.1e", group.tolerance()),
                  group.worst(),
                  group.passed() ? "ok" : "EXCEEDED"));
        }
      }
    }
    PrintWriter print = spec.commandLine().getOut();
    print.println(
        Tables.render(
            List.of(
                "fixture",
                "rows",
                "group",
                "tensors",
                "largest difference",
                "tolerance",
                "where",
                ""),
            rows));
    print.println(failed == 0 ? "all within tolerance" : failed + " checks exceed a tolerance");
    print.flush();
    return failed == 0 ? 0 : ExitCode.FAULT;
  }

  /** Encoders and the preparation of pictures are no models: their fixtures are judged apart. */
  private static List<Conformance.Report> check(Path file) {
    String model = Conformance.model(file);
    if (model.equals(PreprocessConformance.MODEL)) {
      return report(file, "pixels", PreprocessConformance.check(file));
    }
    if (EncoderConformance.MODELS.contains(model)) {
      return report(file, "states", EncoderConformance.check(file));
    }
    return Conformance.check(file);
  }

  private static List<Conformance.Report> report(
      Path file, String group, List<ComparedTensor> compared) {
    List<Conformance.Group> groups =
        compared.stream()
            .map(
                one ->
                    new Conformance.Group(group, 1, one.name(), one.difference(), one.tolerance()))
            .toList();
    return List.of(new Conformance.Report(file.getFileName().toString(), "", groups));
  }
}
