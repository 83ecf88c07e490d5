package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LinearImpl;
import org.junit.jupiter.api.Test;

class AdamTest {

  /** Five steps, each done in two parts, against the paper's formulas in double precision. */
  @Test
  void doesWhatThePaperSays() {
    LinearImpl layer = new LinearImpl(7, 5);
    Adam adam = new Adam(layer, 0.01);
    int size = 7 * 5 + 5;
    assertThat(adam.size()).isEqualTo(size);
    double[] values = new double[size];
    double[] first = new double[size];
    double[] second = new double[size];
    float[] start = values(layer);
    for (int i = 0; i < size; i++) {
      values[i] = start[i];
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int step = 1; step <= 5; step++) {
      float[] gradient = new float[size];
      for (int i = 0; i < size; i++) {
        gradient[i] = i == 0 ? 0 : (float) random.nextGaussian();
        first[i] = 0.9 * first[i] + 0.1 * gradient[i];
        second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
        double mean = first[i] / (1 - Math.pow(0.9, step));
        double square = second[i] / (1 - Math.pow(0.999, step));
        values[i] -= 0.01 * mean / (Math.sqrt(square) + 1e-8);
      }
      try (Scope scope = Scope.inference()) {
        adam.gradients().copy_(Ops.float32(gradient, size));
        adam.advance();
        adam.update(0, 13);
        adam.update(13, size);
      }
    }
    float[] ours = values(layer);
    for (int i = 0; i < size; i++) {
      assertThat(ours[i]).isCloseTo((float) values[i], within(1e-6f));
    }
    assertThat(ours[0]).isEqualTo(start[0]); // no gradient, no move
  }

  private static float[] values(LinearImpl layer) {
    try (Scope scope = Scope.inference()) {
      return Ops.floats(Ops.concat(0, layer.weight().flatten(), layer.bias()));
    }
  }
}
