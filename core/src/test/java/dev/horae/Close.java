package dev.horae;

import static org.assertj.core.api.Assertions.assertThat;

/** Arrays of floats against others, many at a time: AssertJ's own way boxes each number. */
public final class Close {

  private Close() {}

  /** No two numbers of equal place may be further apart than {@code precision}, and none is NaN. */
  public static void assertClose(float[] found, float[] expected, float precision, String name) {
    assertThat(found).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= precision)) {
        assertThat(found[i])
            .as("%s, element %d of %d", name, i, found.length)
            .isEqualTo(expected[i]);
      }
    }
  }
}
