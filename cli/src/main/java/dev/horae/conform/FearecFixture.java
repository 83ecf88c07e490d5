package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.SequenceBatch;
import dev.horae.model.Fearec;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** RecBole's {@code fearec.py}; keys that its configuration lacks read as null. */
final class FearecFixture extends Fixture {

  /** Losses of other contrasts than the one in the sidecar. */
  private static final Pattern OTHER =
      Pattern.compile("loss\\.total_(un|su|us|us_x)(?:_fredom_(un|su|us|us_x))?");

  FearecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "fearec";
  }

  @Override
  List<String> settings() {
    boolean fredom = hyper.path("fredom").asBoolean();
    return transformer(
        "global_ratio=" + hyper.path("global_ratio"),
        "topk_factor=" + hyper.path("topk_factor"),
        "dual_domain=" + hyper.path("dual_domain").asBoolean(),
        "spatial_ratio=" + hyper.path("spatial_ratio").asDouble(),
        "band_limit_attention=" + hyper.path("std").asBoolean(),
        "contrast=" + choice(hyper.path("contrast").asText("none")),
        "lambda=" + hyper.path("lmd"),
        "lambda_sem=" + hyper.path("lmd_sem"),
        "tau=" + hyper.path("tau").asDouble(1),
        "similarity=" + hyper.path("sim").asText("dot"),
        "fredom=" + (fredom ? choice(hyper.path("fredom_type").asText()) : "none"));
  }

  private static String choice(String official) {
    return official.equals("null") ? "none" : official.replace('_', '-');
  }

  @Override
  List<Variant> variants() {
    List<Variant> variants = new ArrayList<>(super.variants());
    for (String name : values.entries().keySet()) {
      Matcher other = OTHER.matcher(name);
      if (other.matches()) {
        String fredom = other.group(2) == null ? "none" : choice(other.group(2));
        variants.add(
            new Variant(
                name.substring("loss.total".length()),
                null,
                List.of("contrast=" + choice(other.group(1)), "fredom=" + fredom)));
      }
    }
    return variants;
  }

  /** The recorded prefixes with the same target. */
  @Override
  Draws draws(SequenceBatch batch, Variant variant) {
    if (!has("rand.sem_aug")) {
      return new Fearec.Pairs(0, new long[0], new int[0]);
    }
    long[] recorded = longs("rand.sem_aug");
    long[] lengths = longs("rand.sem_aug_len");
    int length = recorded.length / lengths.length;
    long[] examples = batch.examples();
    long[] items = new long[examples.length * length];
    int[] sizes = new int[examples.length];
    for (int i = 0; i < examples.length; i++) {
      int row = (int) batch.histories()[(int) examples[i]] - 1;
      System.arraycopy(recorded, row * length, items, i * length, length);
      sizes[i] = (int) lengths[row];
    }
    return new Fearec.Pairs(0, items, sizes);
  }

  /** Parts of the loss, before their weights, are recorded once for all contrasts. */
  @Override
  String recordedName(String name, Variant variant) {
    return name.startsWith("loss.ntx_") || name.startsWith("loss.fredom_")
        ? name
        : super.recordedName(name, variant);
  }
}
