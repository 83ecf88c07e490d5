package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.bench.ModelSpeed;
import dev.horae.bench.Rate;
import dev.horae.bench.TrainingSpeed;
import dev.horae.config.ConfigReader;
import dev.horae.model.Hm4srFlops;
import dev.horae.run.RunConfig;
import dev.horae.train.LoopConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CostEstimateTest {

  /** That ranks 400 users, of which 50 were measured, at 10 a second. */
  private static ModelSpeed speed(@Nullable TrainingSpeed training, @Nullable Double secondsToFit) {
    List<Rate> rates =
        List.of(
            new Rate("evaluation", "histories", 50, 400, 5),
            new Rate("recommendation", "histories", 50, 400, 1000));
    return new ModelSpeed(
        "any", Map.of(), Map.of(), null, training, secondsToFit, rates, null, null);
  }

  private static double seconds(ModelSpeed speed, String... settings) {
    LoopConfig loop = ConfigReader.read(null, List.of(settings), RunConfig.class).train();
    return CostEstimate.seconds(speed, loop);
  }

  /** The test ranks all users, whatever validation does. */
  @Test
  void eachEpochIsValidatedOnAsManyUsersAsAreAsked() {
    Hm4srFlops.Work none = Hm4srFlops.Work.NONE;
    ModelSpeed network =
        speed(new TrainingSpeed("shared", none, none, 0, 7, 0, Map.of(), null, null), null);
    assertThat(seconds(network, "train.epochs=3")).isCloseTo(3 * (7 + 40) + 40, within(1e-9));
    assertThat(seconds(network, "train.epochs=3", "train.validation_users=100"))
        .isCloseTo(3 * (7 + 10) + 40, within(1e-9));
    assertThat(seconds(network, "train.epochs=3", "train.validation_users=401"))
        .isCloseTo(3 * (7 + 40) + 40, within(1e-9));
  }

  @Test
  void whatIsFittedAtOnceIsValidatedAndTested() {
    assertThat(seconds(speed(null, 5.0), "train.validation_users=100"))
        .isCloseTo(5 + 2 * 40, within(1e-9));
  }
}
