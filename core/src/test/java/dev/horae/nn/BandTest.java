package dev.horae.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.nn.Fourier.Norm;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real waves against the transform of all frequencies. */
class BandTest {

  @ParameterizedTest
  @CsvSource({"6, 1, 3", "7, 1, 3", "6, 0, 2", "7, 2, 4", "6, 2, 4", "50, 10, 26", "50, 0, 26"})
  void aBandKeepsItsFrequenciesOnly(int length, int from, int to) {
    Band band = new Band(length, from, to);
    assertThat(band.constant()).isEqualTo(from == 0);
    try (Scope scope = Scope.inference()) {
      torch.manual_seed(5);
      Tensor x = torch.randn(2, length, 3);
      Tensor limited = limited(x, from, to);
      Tensor spectrum = band.spectrum(x);
      assertClose(band.signal(spectrum, length), limited);
      assertClose(band.signal(spectrum, 2), limited.narrow(1, 0, 2));
      Tensor places = Ops.int64(new long[] {3, 1}, 2);
      assertClose(band.at(spectrum, places).select(0, 1), limited.select(0, 1).narrow(0, 1, 1));
      assertClose(band.signal(spectrum, length), band.signal(band.spectrum(limited), length));
      Tensor ones = torch.ones(1, length, 1);
      assertClose(band.ofOnes().unsqueeze(0), band.spectrum(ones));
    }
  }

  @ParameterizedTest
  @CsvSource({"6, 1, 3", "7, 1, 3", "6, 0, 2", "7, 2, 4", "6, 2, 4", "50, 10, 26", "50, 0, 26"})
  void correlationsAreThoseOfTheSignals(int length, int from, int to) {
    Band band = new Band(length, from, to);
    try (Scope scope = Scope.inference()) {
      torch.manual_seed(6);
      Tensor q = torch.randn(2, length, 3);
      Tensor k = torch.randn(2, length, 3);
      Tensor limited = limited(q, from, to);
      Tensor[] naive = new Tensor[length];
      for (int delay = 0; delay < length; delay++) {
        Tensor ahead = limited.roll(new long[] {-delay}, 1); // q[t + delay]
        naive[delay] = ahead.mul(k).sum(new long[] {1, 2}, false, new ScalarTypeOptional());
      }
      assertThat(Ops.floats(band.correlations(band.spectrum(q), band.spectrum(k))))
          .usingComparatorWithPrecision(2e-5f)
          .containsExactly(Ops.floats(torch.stack(new TensorVector(naive), 1)));
    }
  }

  @Test
  void correlationsOfFourPlaces() {
    Band band = new Band(4, 0, 3);
    try (Scope scope = Scope.inference()) {
      Tensor q = band.spectrum(Ops.float32(new float[] {1, 2, 3, 4}, 1, 4, 1));
      Tensor k = band.spectrum(Ops.float32(new float[] {4, 1, 0, 2}, 1, 4, 1));
      assertThat(Ops.floats(band.correlations(q, k)))
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(14, 13, 20, 23);
    }
  }

  /** Forward transform, all other frequencies set to zero, inverse transform. */
  private static Tensor limited(Tensor x, int from, int to) {
    int length = (int) x.size(1);
    int f = Fourier.frequencies(length);
    Fourier fourier = new Fourier(length, Norm.BACKWARD);
    Tensor kept = fourier.forward(x);
    for (int k = 0; k < f; k++) {
      if (k < from || k >= to) {
        kept.select(1, k).fill_(new Scalar(0));
        kept.select(1, f + k).fill_(new Scalar(0));
      }
    }
    return fourier.inverse(kept);
  }

  private static void assertClose(Tensor ours, Tensor theirs) {
    assertThat(Ops.floats(ours))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(Ops.floats(theirs));
  }
}
