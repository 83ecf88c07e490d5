package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.run.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The verbs that say what there is: {@code models}, {@code runs}, {@code show}, {@code glossary}.
 */
class ListingsTest {

  private static TrainedShop shop;

  @BeforeAll
  static void train() throws IOException {
    shop = TrainedShop.get();
  }

  @Test
  void everyModelAndEveryPresetIsListed() {
    String out = done("models").out();
    assertThat(Choices.models())
        .allSatisfy(name -> assertThat(out).containsPattern("(?m)^" + name + "  "));
    assertThat(Presets.ALL).allSatisfy(preset -> assertThat(out).contains(preset));
    assertThat(out)
        .endsWith(
            """

            A preset has the settings that a paper or its authors document; 'horae compare' takes that of a model's name.
            Its values: 'horae config MODEL --preset NAME'.
            """);
    assertThat(done("config", "hm4sr", "--preset", "hm4sr-official").out())
        .contains("time_unit: seconds");
    assertThat(out.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(121));
  }

  @Test
  void runsAreFoundAndABrokenOneHidesNoOther() throws IOException {
    Path folder = Files.createDirectory(shop.folder().resolve("listed"));
    refused(
        3,
        folder.resolve("no") + ": is not a folder; check the path\n",
        "runs",
        folder.resolve("no"));
    assertThat(done("runs", folder).out())
        .isEqualTo("no run directory below " + folder + "; 'horae train' makes one\n");
    Files.createDirectories(folder.resolve("a"));
    shop.copy(shop.run(), "listed/a/whole");
    Path stopped = shop.copy(shop.run(), "listed/stopped");
    Files.delete(stopped.resolve("metrics.json"));
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("run.yaml"), "model: {type: nothing}\n");
    List<String> lines = done("runs", folder).out().lines().toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).matches("run +model +data +seed +epochs +valid ndcg@20 +test ndcg@10");
    assertThat(lines.get(2))
        .matches(folder + "/a/whole +hm4sr +data +2025 +2 +0\\.\\d{4} +0\\.\\d{4}");
    assertThat(lines.get(3)).startsWith(broken + "  ").contains("cannot be read: ");
    assertThat(lines.get(4)).matches(stopped + " +hm4sr +data +2025 +2 of 2, stopped +– +–");
    Path link = Files.createSymbolicLink(shop.folder().resolve("listed-link"), folder);
    assertThat(done("runs", link).out().lines())
        .hasSize(5)
        .anyMatch(l -> l.startsWith(link + "/a/"));
  }

  @Test
  void aRunAndADataSetAreShown() throws IOException {
    String run = done("show", shop.run()).out();
    assertThat(run)
        .startsWith("Run " + shop.run() + ": hm4sr, seed 2025, on ")
        .contains(
            "settings other than the defaults: model.hidden_size=16 model.inner_size=32",
            "best epoch",
            "ndcg@10");
    Path stopped = shop.copy(shop.run(), "shown-stopped");
    Files.delete(stopped.resolve("metrics.json"));
    assertThat(done("show", stopped).out())
        .endsWith(
            "stopped after 2 of at most 2 epochs; continue with: horae train --resume "
                + stopped
                + "\n");
    assertThat(done("show", shop.data()).out())
        .contains("Data set data in " + shop.data(), "text tables: minilm\n")
        .endsWith("image tables: descriptor\n");
    Path nothing = Files.createDirectory(shop.folder().resolve("nothing"));
    refused(
        3,
        nothing
            + ": has neither a run.yaml nor a dataset.json; give a directory that 'horae train' or"
            + " 'horae prepare' made\n",
        "show",
        nothing);
  }

  @Test
  void theGlossaryExplainsWhatTablesSay() {
    String all = done("glossary").out();
    assertThat(shop.training().out()).contains("history masked", "95 % interval", "tied targets");
    assertThat(all).contains("history masked\n", "95 % interval\n", "tied target\n");
    assertThat(done("glossary", "K-CORE").out()).startsWith("k-core\n").hasLineCount(3);
    refused(
        2,
        """
        no entry has 'bandit'; 'horae glossary' prints all
        'horae glossary --help' explains it.
        """,
        "glossary",
        "bandit");
  }

  @Test
  void theCompletionScriptKnowsEveryVerb() {
    String script = done("completion").out();
    String verbs = String.join(" ", Main.commandLine().getSubcommands().keySet());
    assertThat(verbs).startsWith("demo prepare ").endsWith(" completion");
    assertThat(script).contains("commands=\"" + verbs + "\"").doesNotContain("\r");
    assertThat(script).contains("complete -F _complete_horae -o default horae");
  }
}
