package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.config.Names;
import dev.horae.model.ModelConfig;
import dev.horae.run.Presets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AblationTest {

  /** Each says something, is read, and changes the model. */
  @Test
  void whatLeavesAPartOutIsASettingThatTheModelDoesNotHaveAnyway() {
    int parts = 0;
    for (String model : Names.choices(ModelConfig.class).keySet()) {
      ModelConfig whole = Presets.of(model, List.of()).model();
      for (List<String> without : whole.parts().values()) {
        assertThat(Presets.of(model, without).model()).as(model + without).isNotEqualTo(whole);
        parts++;
      }
    }
    assertThat(parts).isGreaterThanOrEqualTo(10);
  }

  @Test
  void whatIsSharedGoesToWhatReadsIt() {
    List<String> shared = List.of("train.epochs=3", "model.newest=5");
    assertThat(Plan.over("horae", shared, List.of("model.fitted_users=9")))
        .containsExactly("train.epochs=3", "model.newest=5", "model.fitted_users=9");
    assertThat(Plan.over("horae", shared, List.of("model.tower=none")))
        .containsExactly("model.newest=5", "model.tower=none");
    assertThat(Plan.over("item-transitions", shared, List.of())).isEmpty();
    List<String> tables = List.of("text=minilm", "image=none");
    assertThat(Plan.over("unisrec", tables, List.of())).isEqualTo(tables);
    assertThat(Plan.over("sasrec", tables, List.of())).containsExactly("image=none");
    List<String> size = List.of("model.hidden_size=50"); // 64, the default, has no five parts
    assertThat(Plan.over("sasrec", size, List.of("model.heads=5")))
        .containsExactly("model.hidden_size=50", "model.heads=5");
  }

  @Test
  void theWaysToReadTimeAreThePapersSix() {
    Ablation time = Ablation.ofTime();
    assertThat(time.variants().stream().map(Variant::text))
        .containsExactly(
            "both: model.time=both",
            "interval: model.time=interval",
            "absolute: model.time=absolute",
            "day: model.time=day",
            "day-of-year: model.time=day-of-year",
            "cos: model.time=cos");
    assertThat(time.variants().stream().map(Variant::folder))
        .containsExactly("both", "interval", "absolute", "day", "day-of-year", "cos");
    for (Variant variant : time.variants()) {
      assertThat(Presets.of("hm4sr", variant.settings()).model()).isNotNull();
    }
  }
}
