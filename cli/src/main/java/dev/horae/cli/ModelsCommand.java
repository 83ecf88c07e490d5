package dev.horae.cli;

import dev.horae.config.Doc;
import dev.horae.config.Names;
import dev.horae.eval.CountingMethod;
import dev.horae.model.ModelConfig;
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
    description = "List the models, the heuristic baselines and the presets.",
    footer = {
      "",
      "'horae config NAME' prints the settings of a model, 'horae train --config PRESET' takes"
          + " those of a preset."
    })
final class ModelsCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    List<List<String>> models = new ArrayList<>();
    Names.choices(ModelConfig.class)
        .forEach((name, type) -> models.add(List.of(name, type.getAnnotation(Doc.class).value())));
    List<List<String>> heuristics = new ArrayList<>();
    for (CountingMethod method : CountingMethod.values()) {
      heuristics.add(List.of(method.id(), method.description()));
    }
    List<List<String>> presets = new ArrayList<>();
    for (String preset : Presets.ALL) {
      presets.add(List.of(preset, Presets.read(preset, List.of()).model().name()));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.println("Models, for 'horae train ... model.type=NAME' and 'horae compare'");
    print.println(Tables.render(List.of("name", "what it is"), models));
    print.println("Heuristic baselines, for 'horae compare'");
    print.println(Tables.render(List.of("name", "what it ranks by"), heuristics));
    print.println("Presets, for 'horae train --config NAME'");
    print.print(Tables.render(List.of("name", "model"), presets));
    print.flush();
    return 0;
  }
}
