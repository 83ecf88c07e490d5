package dev.horae.sequence;

import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.int64;

import dev.horae.data.SequenceBatch;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A {@link SequenceBatch} inside a scope, on the device of the model.
 *
 * @param batch what the tensors were made of, for a model that needs more of it
 * @param items int64 [R, L], 0 = padding
 * @param positions int64 [R, L], place in the segment
 * @param times int64 [R, L], seconds since 1970-01-01 UTC
 * @param gaps int64 [R, L], seconds since the previous event of the segment
 * @param eventMask bool [R, L], true where there is an event
 * @param mask float [R, 1, L, L], 0 where a query (third axis) may look at a key (last axis), else
 *     -10000; a padded query looks at padding, so that no row is without a key
 * @param weights float [R, L], how many examples see the event; see {@link
 *     SequenceBatch#examplesThatSee}
 * @param examples int64 [M], flat places of the events with a target
 * @param targets int64 [M], the item that comes next
 * @param histories int64 [M], whose history each example belongs to
 * @param batchWeight sum of {@code weights} over the whole batch, of which this may be a part
 * @param batchExamples M of the whole batch
 */
public record SequenceTensors(
    SequenceBatch batch,
    Tensor items,
    Tensor positions,
    Tensor times,
    Tensor gaps,
    Tensor eventMask,
    Tensor mask,
    Tensor weights,
    Tensor examples,
    Tensor targets,
    Tensor histories,
    double batchWeight,
    double batchExamples) {

  public static final double HIDDEN = -10_000; // RecBole's; exp of it is 0 in float32

  public static SequenceTensors of(SequenceBatch batch, Device device) {
    return of(batch, device, batch.weight(), batch.examples().length);
  }

  /**
   * A part of a batch.
   *
   * @param batchWeight {@link SequenceBatch#weight} of the whole
   * @param batchExamples M of the whole
   */
  public static SequenceTensors of(
      SequenceBatch batch, Device device, double batchWeight, long batchExamples) {
    int r = batch.rows();
    int l = batch.length();
    Tensor items = on(device, int64(batch.items(), r, l));
    Tensor segments = on(device, int64(batch.segments(), r, l));
    long[] examples = batch.examples();
    float[] weights = batch.examplesThatSee();
    Tensor places = on(device, int64(examples, examples.length));
    return new SequenceTensors(
        batch,
        items,
        on(device, int64(batch.positions(), r, l)),
        on(device, int64(batch.times(), r, l)),
        on(device, int64(batch.gaps(), r, l)),
        segments.ne(new Scalar(0)),
        mask(segments),
        on(device, float32(weights, r, l)),
        places,
        at(on(device, int64(batch.targets(), r, l)), places),
        at(on(device, int64(batch.histories(), r, l)), places),
        batchWeight,
        batchExamples);
  }

  /**
   * {@return the {@code mask} of rows that hold these segments}
   *
   * @param segments int64 [R, L], 0 where padded
   */
  public static Tensor mask(Tensor segments) {
    Tensor sameSegment = segments.unsqueeze(2).eq(segments.unsqueeze(1)); // [R, L, L]
    Tensor visible = sameSegment.tril(); // and the key is no newer than the query
    return visible.logical_not().to(ScalarType.Float).mul(new Scalar(HIDDEN)).unsqueeze(1);
  }

  /** {@return x [R, L, ...] at the {@code examples}, [M, ...]} */
  public Tensor pick(Tensor x) {
    return x.flatten(0, 1).index_select(0, examples);
  }

  /**
   * {@return how many events of its segment are at or behind each event, from 1 at the last, int64
   * [R, L]} For models that count places from the end.
   */
  public Tensor fromEnd() {
    return mask.eq(new Scalar(0)).sum(2).squeeze(1); // the queries that may look at it
  }

  private static Tensor on(Device device, Tensor x) {
    return device.is_cpu() ? x : x.to(device, x.scalar_type().intern());
  }

  private static Tensor at(Tensor x, Tensor places) {
    return torch.take(x, places);
  }
}
