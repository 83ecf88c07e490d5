package dev.horae.cli;

import dev.horae.config.Doc;
import dev.horae.config.Names;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.Horae;
import dev.horae.model.ModelConfig;
import dev.horae.model.NetworkConfig;
import dev.horae.page.Tables;
import dev.horae.run.Presets;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "models",
    description = "List the networks, the heuristic baselines and the presets.",
    footer = {
      "",
      "'horae config MODEL' prints the settings of a model, 'horae config MODEL --preset NAME' those"
          + " of a preset, and 'horae train --config NAME' takes them."
    })
final class ModelsCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    List<List<String>> presets = new ArrayList<>();
    for (String preset : Presets.ALL) {
      presets.add(List.of(preset, Presets.read(preset, List.of()).model().name()));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.println("Ours, for 'horae train ... model.type=horae'");
    print.println(
        Tables.render(
            List.of("name", "what it is"),
            List.of(row(Names.choice(Horae.Config.class), Horae.Config.class))));
    print.println("Networks, for 'horae train ... model.type=NAME' and 'horae compare'");
    print.println(table("what it is", NetworkConfig.class));
    print.println("Heuristic baselines, likewise");
    print.println(table("what it ranks an item by", HeuristicConfig.class));
    print.println("Presets, for 'horae train --config NAME'");
    print.print(Tables.render(List.of("name", "model"), presets));
    print.println();
    print.println(
        "A preset has the settings that a paper or its authors document; 'horae compare' takes that"
            + " of a model's name.\nIts values: 'horae config MODEL --preset NAME'.");
    print.flush();
    return 0;
  }

  private static String table(String description, Class<? extends ModelConfig> kind) {
    List<List<String>> rows = new ArrayList<>();
    Names.choices(kind).forEach((name, type) -> rows.add(row(name, type)));
    return Tables.render(List.of("name", description), rows);
  }

  private static List<String> row(String name, Class<?> model) {
    return List.of(name, model.getAnnotation(Doc.class).value());
  }
}
