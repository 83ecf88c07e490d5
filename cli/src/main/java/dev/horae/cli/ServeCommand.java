package dev.horae.cli;

import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.http.HttpServer;
import dev.horae.http.ServeConfig;
import dev.horae.store.Store;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    description = "Answer requests for recommendations over HTTP, with a console for people.",
    sortOptions = false,
    footer = {
      "",
      "It listens on http://localhost:8080 (host, port), and for metrics on 9464 (metrics_port);"
          + " events, items and keys lie in ./horae-state (state), or in PostgreSQL (database)."
          + " --print-config explains all settings.",
      "",
      "Without a key the server listens on this machine alone, and whoever reaches it may do"
          + " everything. docs/serving.md has the routes, and what a shop needs.",
      "",
      "Examples:",
      "  horae serve runs/toys",
      "  horae serve runs/toys --config serve.yaml port=9000",
      "  horae serve runs/toys --new-key operator"
    })
final class ServeCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "A directory that 'horae train' made.")
  Path run;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "KEY=VALUE",
      description = "Settings over the file's, such as port=9000.")
  List<String> settings = List.of();

  @Option(names = "--config", paramLabel = "FILE", description = "Settings in YAML.")
  Path config;

  @Option(
      names = "--print-config",
      description = "Print all settings as commented YAML, and end without serving.")
  boolean printConfig;

  @Option(
      names = "--new-key",
      paramLabel = "NAME",
      description = "Make a key of the role admin, print it this once, and end without serving.")
  String newKey;

  @Override
  public Integer call() {
    ServeConfig settled = ConfigReader.read(config, settings, ServeConfig.class);
    PrintWriter out = spec.commandLine().getOut();
    if (printConfig) {
      out.print(ConfigWriter.commented(settled));
    } else if (newKey != null) {
      try (Store store = Serving.store(settled)) {
        out.println(HttpServer.newKey(store, newKey, Instant.now().getEpochSecond()));
      }
    } else {
      Serving.serve(settled, run, out);
    }
    return 0;
  }
}
