package dev.horae.conform;

/**
 * What we computed, compared with a fixture.
 *
 * @param difference largest absolute difference of an element; infinite when one of ours is not a
 *     number or there are more or fewer
 */
public record ComparedTensor(String name, double difference, double tolerance) {

  public boolean passed() {
    return difference <= tolerance;
  }

  /**
   * @param wanted of the fixture
   */
  public static ComparedTensor of(String name, float[] wanted, float[] ours, double tolerance) {
    double difference = wanted.length == ours.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(wanted.length, ours.length); i++) {
      double one = Math.abs((double) wanted[i] - ours[i]);
      difference = Double.isNaN(one) ? Double.POSITIVE_INFINITY : Math.max(difference, one);
    }
    return new ComparedTensor(name, difference, tolerance);
  }
}
