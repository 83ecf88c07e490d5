package dev.horae.conform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreprocessConformanceTest {

  @TempDir Path folder;

  private Path unpack() throws IOException {
    Path file = folder.resolve("image-preprocess.safetensors");
    try (InputStream packed =
        getClass().getResourceAsStream("/golden/image-preprocess.safetensors.gz")) {
      Files.copy(new GZIPInputStream(packed), file);
    }
    return file;
  }

  @Test
  void preparesPicturesLikeTorchvisionAndPillow() throws IOException {
    List<ComparedTensor> results = PreprocessConformance.check(unpack());
    assertThat(results)
        .hasSize(11)
        .allSatisfy(
            result -> {
              assertThat(result.passed()).isTrue();
              assertThat(result.difference()).isLessThan(1e-6);
            });
  }

  @Test
  void seesAPictureThatIsOff() throws IOException {
    Path file = unpack();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 0x40; // the last value of the last tensor
    Files.write(file, bytes);
    assertThat(PreprocessConformance.check(file)).filteredOn(result -> !result.passed()).hasSize(1);
  }
}
