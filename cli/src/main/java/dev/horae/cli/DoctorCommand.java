package dev.horae.cli;

import dev.horae.config.ConfigReader;
import dev.horae.config.Version;
import dev.horae.http.ServeConfig;
import dev.horae.machine.Machine;
import dev.horae.machine.Machine.Finding;
import dev.horae.machine.Machine.Verdict;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Flags;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    description = "Look whether this machine is ready, and say what to change.",
    sortOptions = false,
    footer = {
      "",
      "Ends with 1 when Horae cannot run here, with 0 otherwise.",
      "",
      "Example:",
      "  horae doctor --serve --config serve.yaml"
    })
final class DoctorCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Option(
      names = "--serve",
      description = "Look at what a server needs as well: its store, ports and keys.")
  boolean serve;

  @Option(names = "--config", paramLabel = "FILE", description = "Settings of the server in YAML.")
  Path config;

  @Parameters(
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Settings of the server over the file's, such as port=9000.")
  List<String> settings = List.of();

  @Override
  public Integer call() {
    if (!serve && (config != null || !settings.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(), "settings are those of a server; add --serve, or leave them out");
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding(Verdict.OK, "Horae", Version.text(), ""));
    findings.addAll(Machine.inspect());
    if (serve) {
      findings.addAll(ServerInspection.of(ConfigReader.read(config, settings, ServeConfig.class)));
    }
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : findings) {
      String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
      out.printf("%-8s %-12s %s%n", verdict, finding.part(), finding.state());
      if (!finding.repair().isEmpty()) {
        out.printf("%-8s %-12s -> %s%n", "", "", Flags.in(finding.repair()));
      }
    }
    out.flush();
    return findings.stream().anyMatch(finding -> finding.verdict() == Verdict.FAILURE)
        ? ExitCode.FAULT
        : 0;
  }
}
