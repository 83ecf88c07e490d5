package dev.horae.nn;

import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.tensor.Layer;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Some neighbouring frequencies of real signals of one length L, along the second axis of [B, L,
 * D]. A signal's spectrum is its products with an orthonormal basis of C real waves, so a signal
 * cut to the band is its spectrum times the basis, and what happens to channels alone can happen to
 * C frequencies instead of L places.
 */
public final class Band extends Layer {

  private final Tensor basis; // [C, L]: the constant one if it is in the band, cosines, sines
  private final Tensor turns; // [C + paired, L]: what products of waves say about each delay
  private final boolean constant;
  private final int cosines; // the constant one and that of L / 2 included
  private final int paired; // cosines with a sine of the same frequency, one behind the other

  /**
   * @param from the first frequency
   * @param to the one behind the last, L / 2 + 1 at most
   */
  public Band(int length, int from, int to) {
    int last = Math.min(to, (length + 1) / 2); // L / 2 has no sine
    constant = from == 0;
    cosines = to - from;
    paired = last - Math.max(1, from);
    float[] waves = new float[(cosines + paired) * length];
    float[] delays = new float[(cosines + 2 * paired) * length];
    for (int k = from; k < to; k++) {
      boolean alone = k == 0 || 2 * k == length;
      double norm = Math.sqrt((alone ? 1.0 : 2.0) / length);
      int row = k - from;
      int partner = cosines + row - (constant ? 1 : 0);
      for (int t = 0; t < length; t++) {
        double turn = 2 * Math.PI * ((long) k * t % length) / length;
        waves[row * length + t] = (float) (norm * Math.cos(turn));
        delays[row * length + t] = (float) Math.cos(turn);
        if (!alone) {
          waves[partner * length + t] = (float) (norm * Math.sin(turn));
          delays[partner * length + t] = (float) Math.cos(turn);
          delays[(partner + paired) * length + t] = (float) Math.sin(turn);
        }
      }
    }
    basis = addBuffer("basis", float32(waves, cosines + paired, length));
    turns = addBuffer("turns", float32(delays, cosines + 2 * paired, length));
  }

  /** {@return whether the mean of a signal is in the band} */
  public boolean constant() {
    return constant;
  }

  /** {@return the spectrum of a signal that is 1 everywhere, float [C, 1]} */
  public Tensor ofOnes() {
    return basis.sum(new long[] {1}, true, new ScalarTypeOptional());
  }

  /** {@return the spectrum of x [B, L, D], [B, C, D]} */
  public Tensor spectrum(Tensor x) {
    return Fourier.multiply(basis, x);
  }

  /** {@return the first places of the signals with a spectrum [B, C, D], [B, places, D]} */
  public Tensor signal(Tensor spectrum, long places) {
    return Fourier.multiply(basis.narrow(1, 0, places).t(), spectrum);
  }

  /**
   * {@return one place of each signal, [B, 1, D]}
   *
   * @param places int64 [B]
   */
  public Tensor at(Tensor spectrum, Tensor places) {
    return basis.t().index_select(0, places).unsqueeze(1).bmm(spectrum);
  }

  /**
   * {@return for each delay the sum over t and D of q[t + delay] k[t], places taken modulo L, [B,
   * L]}
   *
   * @param q spectrum [B, C, D]
   * @param k spectrum [B, C, D]
   */
  public Tensor correlations(Tensor q, Tensor k) {
    int first = constant ? 1 : 0;
    long[] sizes = {first, paired, cosines - first - paired, paired}; // cosines are the second
    Tensor[] ofQ = q.split(sizes, 1).get();
    Tensor[] ofK = k.split(sizes, 1).get();
    Tensor turned = ofQ[3].mul(ofK[1]).sub(ofQ[1].mul(ofK[3]));
    return concat(1, sumOver(q.mul(k), 2), sumOver(turned, 2)).mm(turns);
  }
}
