package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.features.Encoding;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeCommandTest {

  private static final String TABLE = "features/text-minilm.safetensors";

  @TempDir Path folder;

  /** A text's vector does not depend on those that are encoded with it, so tasks do not matter. */
  @Test
  void theTableAndTheCacheAreThoseOfTheLibrary() throws Exception {
    Dataset here = TrainedShop.copy(folder.resolve("here"));
    Dataset there = TrainedShop.copy(folder.resolve("there"));
    Encoding.text(here, "minilm");
    Object[] words = {
      "encode", there.directory(), "--text=minilm", "--partitions=3", "--master=local[2]"
    };
    assertThat(Verb.done(words))
        .startsWith(
            "text   minilm: 48 of 48 items have a vector of 384 values, 48 encoded now, in ")
        .endsWith("table: " + there.directory().resolve(TABLE) + "\n");
    assertThat(there.directory().resolve(TABLE))
        .hasSameBinaryContentAs(here.directory().resolve(TABLE));
    assertThat(Verb.done(words)).contains(", 0 encoded now, ");
    assertThat(Encoding.text(there, "minilm").encoded()).isZero();
    assertThat(Encoding.text(here, "minilm").encoded()).isZero();
  }

  @Test
  void whatIsNotEncodedOnAClusterIsRefused() {
    Verb verb = Verb.run("encode", folder, "--text=vectors.npy", "--master=local");
    assertThat(verb.err()).startsWith("--text vectors.npy is neither minilm nor hf:NAME; 'horae");
    assertThat(verb.code()).isEqualTo(2);
    verb = Verb.run("encode", folder, "--text=minilm", "--master=local");
    assertThat(verb.err()).startsWith(folder + ": is not a prepared data set");
    assertThat(verb.code()).isEqualTo(3);
  }
}
