package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.model.ModelConfig;
import dev.horae.run.Presets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluateCommandTest {

  @Test
  void figuresOfAModelThatForeseesAreMarked() {
    assertThat(EvaluateCommand.note(tisasrec("history")))
        .isEqualTo(
            "tisasrec reads when the target happens, as its authors' code does; what is served"
                + " cannot know that, so the figures may be too good"
                + System.lineSeparator());
    assertThat(EvaluateCommand.note(tisasrec("window"))).isEmpty();
    assertThat(EvaluateCommand.note(tisasrec("seconds"))).isEmpty();
  }

  private static ModelConfig tisasrec(String unit) {
    return Presets.read(null, List.of("model.type=tisasrec", "model.interval_unit=" + unit))
        .model();
  }
}
