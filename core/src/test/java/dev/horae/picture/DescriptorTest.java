package dev.horae.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DescriptorTest {

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  private static float[] bands(int side, Color one, Color other, boolean lying) {
    return Descriptor.describe(Drawn.rgb(Drawn.bands(side, one, other, 3, lying)));
  }

  @Test
  void sizeMattersLittleColourAndDirectionMuch() {
    float[] picture = bands(96, Color.RED, Color.WHITE, true);
    double size = distance(picture, bands(288, Color.RED, Color.WHITE, true));

    assertThat(distance(picture, bands(96, Color.BLUE, Color.WHITE, true)))
        .isGreaterThan(20 * size);
    assertThat(distance(picture, bands(96, Color.RED, Color.WHITE, false)))
        .isGreaterThan(20 * size);
  }

  @Test
  void aPlainPictureOfAnyShapeHasOneColourAndNoEdges() {
    float[] wide = Descriptor.describe(Drawn.rgb(Drawn.plain(301, 7, Color.RED)));
    float[] high = Descriptor.describe(Drawn.rgb(Drawn.plain(5, 997, Color.RED)));
    float[] dot = Descriptor.describe(Drawn.rgb(Drawn.plain(1, 1, Color.RED)));

    assertThat(distance(wide, dot)).isLessThan(1e-3);
    assertThat(distance(high, dot)).isLessThan(1e-3);
    for (int cell = 0; cell < 64; cell++) { // red in Oklab, as its author publishes it
      assertThat(dot[3 * cell]).isCloseTo(0.62796f, offset(1e-4f));
      assertThat(dot[3 * cell + 1]).isCloseTo(0.22486f, offset(1e-4f));
      assertThat(dot[3 * cell + 2]).isCloseTo(0.12585f, offset(1e-4f));
    }
  }

  /** Forty pictures of four kinds, each with its own noise: the nearest is of the same kind. */
  @Test
  void theNearestPictureIsOfTheSameKindAndTheBitsAreTheSameEachTime() {
    float[][] vectors = whiten(catalogue());
    assertThat(whiten(catalogue())).isDeepEqualTo(vectors);
    int right = 0;
    for (int i = 0; i < vectors.length; i++) {
      assertThat(distance(vectors[i], new float[vectors[i].length])).isBetween(0.999, 1.001);
      int nearest = -1;
      for (int j = 0; j < vectors.length; j++) {
        if (j != i
            && (nearest < 0
                || distance(vectors[i], vectors[j]) < distance(vectors[i], vectors[nearest]))) {
          nearest = j;
        }
      }
      right += nearest % 4 == i % 4 ? 1 : 0;
    }
    assertThat(right).isGreaterThanOrEqualTo(38);
  }

  @Test
  void oneOrManyEqualPicturesAreNoTrouble() {
    float[] raw = bands(50, Color.RED, Color.GREEN, true);
    assertThat(whiten(new float[][] {raw})[0]).containsOnly(0);
    assertThat(List.of(whiten(new float[][] {raw, raw.clone(), raw.clone()})))
        .allSatisfy(vector -> assertThat(vector).doesNotContain(Float.NaN));
  }

  /** Nearly all axes of few pictures are empty but for rounding. */
  @Test
  void fewPicturesOfAnyNumberAreDescribed() {
    float[][] all = catalogue();
    for (int pictures : new int[] {2, 3, 8}) { // each takes all axes of a large matrix
      float[][] vectors = whiten(Arrays.copyOf(all, pictures));
      assertThat(vectors[0].length).isEqualTo(pictures - 1);
    }
  }

  private static float[][] whiten(float[][] raw) {
    Whitening whitening = Whitening.fit(raw.length, reader -> Arrays.stream(raw).forEach(reader));
    return Arrays.stream(raw).map(whitening::vector).toArray(float[][]::new);
  }

  private static float[][] catalogue() {
    Random random = new Random(8);
    List<float[]> raw = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Color colour = i % 2 == 0 ? new Color(200, 40, 40) : new Color(40, 60, 200);
      BufferedImage image = Drawn.bands(64, colour, Color.WHITE, 4, i % 4 < 2);
      for (int dot = 0; dot < 400; dot++) {
        image.setRGB(random.nextInt(64), random.nextInt(64), random.nextInt(1 << 24));
      }
      raw.add(Descriptor.describe(Drawn.rgb(image)));
    }
    return raw.toArray(float[][]::new);
  }
}
