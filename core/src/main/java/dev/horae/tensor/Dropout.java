package dev.horae.tensor;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Dropout at the speed of memory, and the same for the same {@link #seed}, whatever other threads
 * do.
 *
 * <p>libtorch draws one Bernoulli number after the other, 12 ns each on the CPU. Here a hash of
 * each element's place decides, which the JVM computes for many elements at once. On a GPU
 * libtorch's own dropout is fast and is used.
 */
public final class Dropout {

  /** Elements that are hashed before they are copied to the mask; they stay in the cache. */
  private static final int BLOCK = 8192;

  private static final int[] PLACES = new int[BLOCK];

  static {
    Arrays.setAll(PLACES, i -> i * 0x9E3779B9);
  }

  private static final ThreadLocal<Dropout> MINE = ThreadLocal.withInitial(Dropout::new);

  private final int[] block = new int[BLOCK];
  private SplittableRandom random = new SplittableRandom();

  private Dropout() {}

  /** From here on this thread's masks depend only on {@code seed} and on how many came before. */
  public static void seed(long seed) {
    MINE.get().random = new SplittableRandom(seed);
  }

  /** {@return x with a share {@code p} of its values zeroed and the others scaled to make up} */
  public static Tensor apply(Tensor x, double p) {
    if (p == 0) {
      return x;
    }
    return x.is_cuda() ? torch.dropout(x, p, true) : x.mul(mask(p, x.sizes().vec().get()));
  }

  /** {@return x + dropout(y)} */
  public static Tensor add(Tensor x, Tensor y, double p) {
    if (p == 0 || x.is_cuda()) {
      return x.add(apply(y, p));
    }
    return x.addcmul(y, mask(p, y.sizes().vec().get()));
  }

  /** {@return 0 with probability {@code p}, else 1 / (1 - p), float32 of that shape} */
  static Tensor mask(double p, long... shape) {
    Tensor mask = torch.empty(shape);
    MINE.get().fill(mask, p);
    return mask;
  }

  private void fill(Tensor mask, double p) {
    int threshold = (int) Math.round(p * (1 << 24)); // a hash of 24 bits below it is dropped
    int kept = Float.floatToRawIntBits((float) (1 / (1 - p)));
    long size = mask.numel();
    IntPointer target = new IntPointer(mask.data_ptr());
    for (long at = 0; at < size; at += BLOCK) {
      int count = (int) Math.min(BLOCK, size - at);
      hash(block, count, random.nextInt(), random.nextInt(), threshold, kept);
      target.position(at).put(block, 0, count);
    }
  }

  /**
   * Integers and arrays only and no branch: the compiler makes vector instructions of it, which it
   * does not when the hash starts from {@code i} itself.
   */
  private static void hash(int[] out, int count, int first, int second, int threshold, int kept) {
    for (int i = 0; i < count; i++) {
      int h = PLACES[i] + first;
      h ^= h >>> 16;
      h = (h ^ second) * 0x85EBCA6B;
      h ^= h >>> 13;
      h *= 0xC2B2AE35;
      h ^= h >>> 16;
      out[i] = ((threshold - 1 - (h >>> 8)) >> 31) & kept;
    }
  }
}
