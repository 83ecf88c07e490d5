package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Catalogue;
import dev.horae.data.Item;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Reason;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableAnswersTest {

  private static final long DAY = 86_400;

  @Test
  void theThreeEventsThatMatteredMostComeFirstWhateverTheirSign() {
    Catalogue catalogue = new Catalogue(List.of(item("a"), item("b")));
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("id", 1.25);
    shares.put("text", -0.25);
    Explanation explanation =
        new Explanation(
            new Answer(List.of(new Scored("b", 1)), Source.MODEL, List.of("x", "y")),
            List.of(
                new Event("a", 0),
                new Event("b", DAY),
                new Event("a", 2 * DAY),
                new Event("b", 3 * DAY)),
            Map.of("time", List.of(0.254, 0.746)),
            List.of(new Reason(new Scored("b", 1), shares, List.of(0.1, -0.9, 0.4, 0.0), "")));
    assertThat(TableAnswers.text(explanation, catalogue, 0).lines().map(String::stripTrailing))
        .startsWith("history, oldest first")
        .anyMatch(line -> line.matches(" *#2 +1970-01-02 +b +The b"))
        .anyMatch(line -> line.matches(" +score +id +text +mattered most +item +title"))
        .anyMatch(
            line ->
                line.matches(
                    "1 +1\\.000 +\\+1\\.250 +-0\\.250 +#2 -0\\.900  #3 \\+0\\.400  #1 \\+0\\.100"
                        + " +b +The b"))
        .endsWith("experts after the last event, time gate: 25 %  75 %");
  }

  private static Item item(String id) {
    return new Item(id, "The " + id, "", List.of(), "");
  }
}
