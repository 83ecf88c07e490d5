package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.tensor.Safetensors;
import java.util.List;

/** {@code tisasrec.py} of RecBole's transformer collection, with the authors' intervals or raw. */
final class TisasrecFixture extends Fixture {

  TisasrecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "tisasrec";
  }

  @Override
  List<String> settings() {
    return transformer(
        "time_span=" + hyper.path("time_span"),
        "interval_unit=" + unit(),
        "train_first_rows=" + !switches.path("table_padding_idx").asText().startsWith("0"));
  }

  private String unit() {
    String scaling = switches.path("interval_scaling").asText();
    return scaling.startsWith("raw")
        ? "seconds"
        : scaling.contains("prefix") ? "window" : "history";
  }

  /** The unit is that of the user's complete history, of which the batch has a part. */
  @Override
  SequenceBatch evaluation(RowLayout layout) {
    SequenceBatch batch = super.evaluation(layout);
    if (!has("in.user_times_full")) {
      return batch;
    }
    long[] times = longs("in.user_times_full");
    long[] lengths = longs("in.user_times_len");
    return batch.of(histories(new long[times.length], lengths, times, false));
  }
}
