package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.config.Names;
import dev.horae.model.ModelConfig;
import dev.horae.run.Presets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AuditTest {

  @Test
  void aModelThatReadsTheTargetsTimeIsNamed() {
    assertThat(
            Audit.beyondThePast(
                Map.of(
                    "sasrec",
                    model("model.type=sasrec"),
                    "tisasrec-history",
                    model("model.type=tisasrec", "model.interval_unit=history"))))
        .isEqualTo(
            new Audit.Finding(
                "seen beyond the past",
                "tisasrec-history",
                "reads when the target happens, as its authors' code does; what is served cannot"
                    + " know that, so the figures may be too good",
                true));
  }

  @Test
  void noPresetAndNoDefaultDoesSo() {
    Map<String, ModelConfig> models = new TreeMap<>();
    Names.choices(ModelConfig.class)
        .keySet()
        .forEach(name -> models.put(name, model("model.type=" + name)));
    assertThat(models).hasSize(19);
    Presets.ALL.forEach(
        name -> models.put("preset " + name, Presets.read(name, List.of()).model()));
    assertThat(Audit.beyondThePast(models))
        .isEqualTo(
            new Audit.Finding(
                "seen beyond the past",
                "nothing",
                "no model reads a target or when it happens",
                false));
  }

  private static ModelConfig model(String... settings) {
    return Presets.read(null, List.of(settings)).model();
  }
}
