package dev.horae.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.nn.Fourier.Norm;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with fixed matrices against libtorch's fast Fourier transform. */
class FourierTest {

  @ParameterizedTest
  @CsvSource({"50, ORTHO", "50, BACKWARD", "7, ORTHO", "8, BACKWARD", "2, ORTHO", "1, BACKWARD"})
  void equalsTheFastTransformAndItsInverse(int length, Norm norm) {
    Fourier fourier = new Fourier(length, norm);
    try (Scope scope = Scope.inference()) {
      Tensor x = random(3, length, 5);
      Tensor spectrum = torch.fft_rfft(x, new LongOptional(length), 1, named(norm));
      Tensor parts = torch.view_as_real(spectrum).permute(0, 3, 1, 2).flatten(1, 2);
      assertClose(fourier.forward(x), parts);

      Tensor any = random(3, 2L * Fourier.frequencies(length), 5); // imaginary at 0 and L / 2 too
      Tensor complex =
          torch.view_as_complex(
              any.view(3, 2, Fourier.frequencies(length), 5).permute(0, 2, 3, 1).contiguous());
      assertClose(
          fourier.inverse(any), torch.fft_irfft(complex, new LongOptional(length), 1, named(norm)));
      Tensor other = random(1, any.size(1), 5);
      Tensor factor =
          torch.view_as_complex(
              other.view(1, 2, Fourier.frequencies(length), 5).permute(0, 2, 3, 1).contiguous());
      assertClose(
          Fourier.product(any, other),
          torch.view_as_real(complex.mul(factor)).permute(0, 3, 1, 2).flatten(1, 2));
    }
  }

  /** What is the same at the end of all signals need not be multiplied place by place. */
  @ParameterizedTest
  @CsvSource({"50, 6", "50, 50", "7, 1", "2, 1"})
  void transformsSomePlacesAsAllOfThem(int length, int places) {
    Fourier fourier = new Fourier(length, Norm.ORTHO);
    try (Scope scope = Scope.inference()) {
      Tensor x = random(3, places, 5);
      Tensor rest = random(5);
      Tensor all = Ops.concat(1, x, rest.expand(3, length - places, 5));
      Tensor spectrum = fourier.forward(all);
      assertClose(fourier.forward(x, rest), spectrum);
      assertClose(fourier.inverse(spectrum, places), x);
    }
  }

  @Test
  void aProductOfSpectraIsACircularConvolution() {
    Fourier fourier = new Fourier(4, Norm.ORTHO);
    try (Scope scope = Scope.inference()) {
      Tensor a = Ops.float32(new float[] {1, 2, 3, 4}, 1, 4, 1);
      Tensor b = Ops.float32(new float[] {.5f, 0, 0, 1}, 1, 4, 1);
      assertThat(Ops.floats(convolution(fourier, a, b))) // divided by the root of 4
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(1.25f, 2, 2.75f, 1.5f);
    }
  }

  /** Of two sequences that are both shifted by s, the convolution is shifted by 2 s. */
  @Test
  void shiftsOfAConvolutionAddUp() {
    Fourier fourier = new Fourier(7, Norm.ORTHO);
    try (Scope scope = Scope.inference()) {
      Tensor a = random(2, 7, 3);
      Tensor b = a.square();
      assertClose(
          convolution(fourier, a.roll(new long[] {2}, 1), b.roll(new long[] {2}, 1)),
          convolution(fourier, a, b).roll(new long[] {4}, 1));
    }
  }

  private static Tensor convolution(Fourier fourier, Tensor a, Tensor b) {
    return fourier.inverse(Fourier.product(fourier.forward(a), fourier.forward(b)));
  }

  private static StringViewOptional named(Norm norm) {
    return new StringViewOptional(new BytePointer(norm.name().toLowerCase(Locale.ROOT)));
  }

  private static Tensor random(long... shape) {
    torch.manual_seed(5);
    return torch.randn(shape);
  }

  private static void assertClose(Tensor ours, Tensor theirs) {
    assertThat(Ops.floats(ours))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(Ops.floats(theirs));
  }
}
