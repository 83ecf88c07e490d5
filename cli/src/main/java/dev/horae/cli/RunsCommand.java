package dev.horae.cli;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.model.NetworkConfig;
import dev.horae.page.Tables;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.shell.Flags;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "runs",
    description = "List the run directories below a folder, with their figures.",
    footer = {"", "'horae show RUN' tells all of one.", "", "Example:", "  horae runs runs"})
final class RunsCommand implements Callable<Integer> {

  /** {@code compare} lays its runs three folders below its own. */
  private static final int DEPTH = 8;

  @Spec CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where to look. Default: here.")
  Path folder;

  @Override
  public Integer call() {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": is not a folder; check the path");
    }
    PrintWriter print = spec.commandLine().getOut();
    List<Path> found = find();
    if (found.isEmpty()) {
      print.println("no run directory below " + folder + "; 'horae train' makes one");
    } else {
      print.print(
          Tables.render(
              List.of("run", "model", "data", "seed", "epochs", "valid ndcg@20", "test ndcg@10"),
              found.stream().map(RunsCommand::row).toList()));
    }
    print.flush();
    return 0;
  }

  private List<Path> find() {
    List<Path> found = new ArrayList<>();
    try {
      Path start = folder.toRealPath(); // which may be a link
      Files.walkFileTree(
          start,
          Set.of(),
          DEPTH,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (file.endsWith("run.yaml")) {
                found.add(folder.resolve(start.relativize(file.getParent())));
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE; // what nobody may read hides no other
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be searched: " + Reasons.of(e), e);
    }
    Collections.sort(found);
    return found;
  }

  private static List<String> row(Path path) {
    RunDirectory run = new RunDirectory(path);
    try {
      RunConfig config = run.config();
      Optional<RunReport> report = run.report();
      List<String> row = new ArrayList<>();
      row.add(path.toString());
      row.add(report.map(RunReport::model).orElse(config.model().name()));
      row.add(String.valueOf(Path.of(config.data()).getFileName()));
      row.add(String.valueOf(config.seed()));
      row.add(epochs(run, config, report));
      row.add(report.map(r -> Reports.number(RunReport.figure(r.valid(), "ndcg@20"))).orElse("–"));
      row.add(report.map(r -> Reports.number(RunReport.figure(r.test(), "ndcg@10"))).orElse("–"));
      return row;
    } catch (RuntimeException e) { // one bad directory must not hide the others
      return List.of(
          path.toString(), "cannot be read: " + Flags.in(Reasons.of(e)), "", "", "", "", "");
    }
  }

  private static String epochs(RunDirectory run, RunConfig config, Optional<RunReport> report) {
    boolean counted = !(config.model() instanceof NetworkConfig);
    if (report.isEmpty()) {
      return (counted ? "" : run.epochs() + " of " + config.train().epochs() + ", ") + "stopped";
    }
    return counted ? "–" : String.valueOf(report.get().epochs());
  }
}
