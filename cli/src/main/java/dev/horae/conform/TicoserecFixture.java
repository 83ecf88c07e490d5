package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.model.Ticoserec;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Safetensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The encoder and losses of KingGugu/TiCoSeRec; the altered copies are those that it drew. */
final class TicoserecFixture extends Fixture {

  private final int length; // of a padded row

  TicoserecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
    length = hyper.path("max_len").asInt();
  }

  @Override
  String model() {
    return "ticoserec";
  }

  @Override
  List<String> settings() {
    return transformer(
        "temperature=" + hyper.path("temperature"), "contrast_weight=" + hyper.path("cl_weight"));
  }

  /** The total, and the first loss alone. */
  @Override
  List<Variant> variants() {
    return List.of(
        new Variant("", "grad", List.of()),
        new Variant("_rec", "gradrec", List.of("contrast_weight=0")));
  }

  @Override
  String recordedName(String name, Variant variant) {
    return name.equals("loss.total") && !variant.suffix().isEmpty() ? "loss.rec" : name;
  }

  @Override
  SequenceBatch evaluation(RowLayout layout) {
    return batch(leftPadded(), lastTargets(), layout);
  }

  /** Every event has a target. */
  @Override
  SequenceBatch training(RowLayout layout) {
    SequenceBatch batch = evaluation(layout);
    for (int i = 0; i < batch.items().length; i++) {
      if (batch.segments()[i] != 0) {
        batch.targets()[i] = longs("in.target_pos")[place(batch, i)];
      }
    }
    return batch;
  }

  @Override
  Draws draws(SequenceBatch batch, Variant variant) {
    long[] recorded = longs("rand.target_neg");
    long[] negatives =
        LongStream.of(batch.examples()).map(i -> recorded[place(batch, (int) i)]).toArray();
    if (!variant.suffix().isEmpty()) {
      return new Ticoserec.Drawn(negatives, false, new long[0], new long[0]);
    }
    long[] copies =
        LongStream.concat(Arrays.stream(longs("rand.view1")), Arrays.stream(longs("rand.view2")))
            .toArray();
    long[] owners = LongStream.rangeClosed(1, copies.length / (2L * length)).toArray();
    return new Ticoserec.Drawn(negatives, true, copies, owners);
  }

  private Histories leftPadded() {
    return histories(longs("in.item_seq"), lengths(), null, true);
  }

  private long[] lengths() {
    long[] items = longs("in.item_seq");
    long[] lengths = new long[items.length / length];
    for (int i = 0; i < items.length; i++) {
      lengths[i / length] += items[i] == 0 ? 0 : 1;
    }
    return lengths;
  }

  private long[] lastTargets() {
    long[] targets = longs("in.target_pos");
    long[] last = new long[targets.length / length];
    Arrays.setAll(last, h -> targets[(h + 1) * length - 1]);
    return last;
  }

  /** {@return where event {@code i} of a batch lies in the fixture's rows} */
  private int place(SequenceBatch batch, int i) {
    int row = (int) batch.histories()[i] - 1;
    return (row + 1) * length - (int) (lengths()[row] - batch.positions()[i]);
  }
}
