package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.Verdict.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {

  private static final Row POPULAR = new Row("most-popular", 0.01, 0.01);
  private static final Row TRANSITIONS = new Row("item-transitions", 0.05, 0.06);

  private static String sentence(double unmasked, double masked, String unread) {
    String text =
        Verdict.text(
            new Row("hm4sr", unmasked, masked), 0.004, true, unread, List.of(POPULAR, TRANSITIONS));
    return text.lines().reduce((first, last) -> last).orElseThrow();
  }

  @Test
  void theTableHasTheModelAboveTheBaselines() {
    assertThat(
            Verdict.text(
                new Row("hm4sr", 0.07, 0.075), 0.004, true, "", List.of(POPULAR, TRANSITIONS)))
        .isEqualTo(
            """
            test NDCG@10      un-masked  history masked
            ----------------  ---------  --------------
            hm4sr                0.0700          0.0750
            most-popular         0.0100          0.0100
            item-transitions     0.0500          0.0600
            25 % better than item-transitions, the best of these heuristic baselines
            """);
  }

  @Test
  void aModelThatLosesOrDrawsIsToldSo() {
    assertThat(sentence(0.02, 0.03, "texts and pictures"))
        .isEqualTo(
            "beaten by item-transitions, a heuristic baseline, by 50 %: train longer, give it texts"
                + " and pictures, or use the baseline");
    assertThat(sentence(0.02, 0.03, "")).endsWith(": train longer, or use the baseline");
    assertThat(sentence(0.06, 0.063, "pictures"))
        .isEqualTo(
            "not clearly better or worse than item-transitions, a heuristic baseline that needs no"
                + " training");
  }

  @Test
  void aBaselineIsNotToldToTrainLonger() {
    List<Row> transitions = List.of(TRANSITIONS);
    assertThat(Verdict.text(POPULAR, 0.004, false, "", transitions))
        .endsWith("\nbeaten by item-transitions, a heuristic baseline, by 83 %: use that one\n");
    assertThat(Verdict.text(new Row("vmis-knn", 0.06, 0.06), 0.004, false, "", transitions))
        .endsWith("\nnot clearly better or worse than item-transitions\n");
  }

  @Test
  void whereNothingIsFoundNothingIsClaimed() {
    Row none = new Row("most-popular", 0, 0);
    assertThat(Verdict.text(new Row("hm4sr", 0, 0), 0, true, "", List.of(none)))
        .endsWith(
            "no held-out item is among anybody's first ten: there is too little data to learn"
                + " from\n");
    assertThat(Verdict.text(new Row("hm4sr", 0.1, 0), 0, true, "", List.of(none)))
        .endsWith("better than most-popular, which finds nothing\n");
  }
}
