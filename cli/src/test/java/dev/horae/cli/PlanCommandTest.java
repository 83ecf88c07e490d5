package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.TrainedShop.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {

  /** Every block of the page that begins with the command holds what it prints. */
  @Test
  void thePageShowsWhatIsPrinted() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "scale.md"));
    Matcher blocks =
        Pattern.compile("```\n\\$ \\./horae (plan[^\n]*)\n(.*?)```", Pattern.DOTALL).matcher(page);
    int seen = 0;
    while (blocks.find()) {
      assertThat(done((Object[]) blocks.group(1).split(" ")).out()).isEqualTo(blocks.group(2));
      seen++;
    }
    assertThat(seen).isGreaterThan(2);
  }

  @Test
  void whatIsShownCanBeGivenBack(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("plan.yaml");
    Files.writeString(file, done("plan", "--show", "nodes=3", "measured.start=7").out());
    assertThat(done("plan", "--config", file).out())
        .isEqualTo(done("plan", "nodes=3", "measured.start=7").out())
        .contains("3 x 16 cores");
  }

  @Test
  void whatCannotBeIsRefused() {
    Result zero = horae("plan", "nodes=0");
    assertThat(zero.code()).isEqualTo(2);
    assertThat(zero.err()).contains("nodes = 0 is not positive; 1 is one machine");
    Result unknown = horae("plan", "measured.strat=3");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("measured.strat = 3 is not a known key; did you mean 'measured.start'?");
  }
}
