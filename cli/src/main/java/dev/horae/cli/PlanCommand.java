package dev.horae.cli;

import dev.horae.bench.ScalePlan;
import dev.horae.bench.ScalePlan.Stage;
import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.page.Numbers;
import dev.horae.page.Tables;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "plan",
    description =
        "Say what time, bytes, network, memory and money a shop of some size needs, by stage.",
    sortOptions = false,
    footer = {
      "",
      "Computed from what was measured on two cores, see docs/scale.md; 'horae plan --show' prints"
          + " that, and all other keys, as commented YAML to be changed and given with --config. A"
          + " memory with ! does not fit.",
      "",
      "Examples:",
      "  horae plan",
      "  horae plan events=20000000 users=1000000 items=300000 nodes=1 cores=8",
      "  horae plan nodes=1 gpu=200 memory=128"
    })
final class PlanCommand implements Callable<Integer> {

  private static final String GPU = "of a GPU";

  private static final List<String> COLUMNS =
      List.of(
          "stage",
          "of",
          "on disk",
          "on the network",
          "memory",
          GPU,
          "compute",
          "network",
          "time",
          "price");

  @Spec CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML with sizes, machines and what was measured.")
  Path config;

  @Option(names = "--show", description = "Compute nothing: print all keys and what they mean.")
  boolean show;

  @Parameters(paramLabel = "KEY=VALUE", description = "Keys over those of the file.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    ScalePlan plan = ConfigReader.read(config, overrides, ScalePlan.class);
    PrintWriter out = spec.commandLine().getOut();
    if (show) {
      out.print(ConfigWriter.commented(plan));
    } else {
      out.println(plan.title());
      out.println();
      out.print(table(plan));
      plan.shortages().forEach(shortage -> out.println("! " + shortage));
    }
    out.flush();
    return 0;
  }

  private static String table(ScalePlan plan) {
    List<Stage> stages = plan.stages();
    List<List<String>> rows = new ArrayList<>();
    for (Stage stage : stages) {
      rows.add(
          row(
              plan,
              List.of(
                  stage.name(),
                  stage.work(),
                  bytes(stage.bytes()),
                  bytes(stage.networkBytes()),
                  held(stage.memory().main(), plan.memory()),
                  held(stage.memory().gpu(), plan.gpuMemory()),
                  Numbers.duration(stage.computeSeconds()),
                  Numbers.duration(stage.networkSeconds()),
                  Numbers.duration(stage.seconds()),
                  money(stage.cost()))));
    }
    rows.add(
        row(
            plan,
            List.of(
                "all",
                "",
                bytes(stages.stream().mapToDouble(Stage::bytes).sum()),
                bytes(stages.stream().mapToDouble(Stage::networkBytes).sum()),
                "",
                "",
                "",
                "",
                Numbers.duration(stages.stream().mapToDouble(Stage::seconds).sum()),
                money(stages.stream().mapToDouble(Stage::cost).sum()))));
    return Tables.render(row(plan, COLUMNS), rows);
  }

  /** {@return the cells without that of a GPU, where there is none} */
  private static List<String> row(ScalePlan plan, List<String> cells) {
    List<String> row = new ArrayList<>(cells);
    if (plan.gpu() == 0) {
      row.remove(COLUMNS.indexOf(GPU));
    }
    return row;
  }

  private static String bytes(double bytes) {
    return bytes == 0 ? "–" : String.format(Locale.ROOT, "%,.2f GB", bytes / 1e9);
  }

  private static String held(double bytes, double gigabytes) {
    return bytes(bytes) + (ScalePlan.fits(bytes, gigabytes) ? "" : " !");
  }

  private static String money(double price) {
    return String.format(Locale.ROOT, "%,.2f", price);
  }
}
