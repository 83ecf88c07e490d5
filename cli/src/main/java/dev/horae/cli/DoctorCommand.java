package dev.horae.cli;

import dev.horae.config.Version;
import dev.horae.machine.Machine;
import dev.horae.machine.Machine.Finding;
import dev.horae.machine.Machine.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    description = "Look whether this machine is ready, and say what to change.",
    footer = {"", "Ends with 1 when Horae cannot run here, with 0 otherwise."})
final class DoctorCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding(Verdict.OK, "Horae", Version.text(), ""));
    findings.addAll(Machine.inspect());
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : findings) {
      String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
      out.printf("%-8s %-12s %s%n", verdict, finding.part(), finding.state());
      if (!finding.repair().isEmpty()) {
        out.printf("%-8s %-12s -> %s%n", "", "", Flags.in(finding.repair()));
      }
    }
    out.flush();
    return findings.stream().anyMatch(finding -> finding.verdict() == Verdict.FAILURE) ? 1 : 0;
  }
}
