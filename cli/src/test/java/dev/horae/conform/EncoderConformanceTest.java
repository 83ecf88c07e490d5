package dev.horae.conform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.Golden;
import dev.horae.data.AtomicFiles;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BERT and ViT against numbers of their official codes; see golden/README.md. */
class EncoderConformanceTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"bert, 4", "vit, 6", "vit-plain, 6"})
  void agreesWithTheOfficialCode(String name, int tensors) throws IOException {
    List<ComparedTensor> compared = EncoderConformance.check(unpack(name));
    assertThat(compared).hasSize(tensors);
    assertThat(compared).allMatch(ComparedTensor::passed);
  }

  @ParameterizedTest
  @CsvSource({
    "bert, in.input_ids",
    "bert, in.attention_mask",
    "bert, out.cls",
    "vit, in.images",
    "vit, out.cls"
  })
  void namesATensorThatIsNotThere(String name, String tensor) throws IOException {
    Path file = unpack(name);
    Safetensors whole = Safetensors.read(file);
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(whole.entries());
    entries.remove(tensor);
    AtomicFiles.write(file, new Safetensors(whole.metadata(), entries)::write);
    assertThatThrownBy(() -> EncoderConformance.check(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: has no tensor '%s', which a fixture of this kind has; write it again",
            file, tensor);
  }

  @Test
  void seesANumberThatIsOff() throws IOException {
    Path file = unpack("bert");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 0x40; // the last value of the last tensor
    Files.write(file, bytes);
    assertThat(EncoderConformance.check(file)).anyMatch(one -> !one.passed());
  }

  private Path unpack(String name) throws IOException {
    return Golden.unpack("encoders/" + name, folder);
  }
}
