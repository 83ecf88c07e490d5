package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** Which fixture reader knows which model. */
final class Fixtures {

  private static final Map<String, BiFunction<JsonNode, Safetensors, Fixture>> KNOWN =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("core", CoreFixture::new),
              Map.entry("dif-sr", DifSrFixture::new),
              Map.entry("fearec", FearecFixture::new),
              Map.entry("gru4rec", Gru4recFixture::new),
              Map.entry("hm4sr", Hm4srFixture::new),
              Map.entry("iisan", IisanFixture::new),
              Map.entry("lrurec", LrurecFixture::new),
              Map.entry("m3srec", M3srecFixture::new),
              Map.entry("missrec", MissrecFixture::new),
              Map.entry("nova", NovaFixture::new),
              Map.entry("sasrec", SasrecFixture::new),
              Map.entry("tedrec", TedrecFixture::new),
              Map.entry("ticoserec", TicoserecFixture::new),
              Map.entry("tisasrec", TisasrecFixture::new),
              Map.entry("unisrec", UnisrecFixture::new)));

  private Fixtures() {}

  /**
   * Reads a fixture of the model that its sidecar names, alone or with a variant behind a hyphen.
   *
   * @throws CheckpointException when that is not a model of ours
   */
  static Fixture read(JsonNode sidecar, Safetensors values) {
    String model = sidecar.path("model").asText();
    return KNOWN.entrySet().stream()
        .filter(known -> model.equals(known.getKey()) || model.startsWith(known.getKey() + "-"))
        .findFirst()
        .map(known -> known.getValue().apply(sidecar, values))
        .orElseThrow(
            () ->
                new CheckpointException(
                    "model = " + model + " is not one of ours; known: " + KNOWN.keySet()));
  }
}
