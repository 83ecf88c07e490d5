package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Tensors over files, and files from the memory of tensors. */
class MappedTest {

  @TempDir Path directory;

  private Path file(int offset, float... values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(offset + 4 * values.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).position(offset).asFloatBuffer().put(values);
    return Files.write(directory.resolve("värden.bin"), bytes.array());
  }

  @Test
  void isWhatTheFileHolds() throws IOException {
    Path file = file(12, 1, 2, 3, 4, 5, 6);
    try (Scope scope = Scope.inference()) {
      Tensor mapped = Ops.mapped(file, 12, 3, 2);
      assertThat(mapped.sizes().vec().get()).containsExactly(3, 2);
      assertThat(Ops.floats(mapped)).containsExactly(1, 2, 3, 4, 5, 6);
      Tensor other = torch.ones(2, 2);
      assertThat(Ops.floats(mapped.matmul(other))).containsExactly(3, 3, 7, 7, 11, 11);
    }
  }

  @Test
  void theFileIsNeverWrittenTo() throws IOException {
    Path file = file(0, 1, 2);
    byte[] before = Files.readAllBytes(file);
    try (Scope scope = Scope.inference()) {
      Tensor mapped = Ops.mapped(file, 0, 2);
      mapped.fill_(new Scalar(9));
      assertThat(Ops.floats(mapped)).containsExactly(9, 9);
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aFileThatWasReplacedStaysAsItWas() throws IOException {
    Path file = file(0, 1, 2);
    try (Scope scope = Scope.inference()) {
      Tensor mapped = Ops.mapped(file, 0, 2);
      Files.delete(file);
      assertThat(Ops.floats(mapped)).containsExactly(1, 2);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX) // which lists what is mapped
  void isMappedOnceAndUnmappedWithItsScope() throws IOException {
    Path file = file(0, 1, 2);
    long pointers = Pointer.totalCount();
    try (Scope scope = Scope.inference()) {
      Tensor mapped = Ops.mapped(file, 0, 2);
      assertThat(Ops.floats(mapped.view(2, 1))).containsExactly(1, 2);
      assertThat(mappings(file)).isEqualTo(1);
    }
    assertThat(mappings(file)).isZero();
    assertThat(Pointer.totalCount() - pointers).isNotPositive(); // other tests' may go meanwhile
  }

  private static long mappings(Path file) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.endsWith(file.toString()))
        .count();
  }

  @Test
  void whatCannotBeMappedIsNamed() throws IOException {
    Path file = file(2, 1, 2);
    assertThatThrownBy(() -> Ops.mapped(file, 2, 2))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": its float32 values begin at byte 2, which is no multiple of 4, so it cannot be"
                + " mapped; write it anew");
    assertThatThrownBy(() -> Ops.mapped(file, 4, 2))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": cannot be mapped: file <"
                + file
                + "> size <10> is smaller than the required mapping size <12>");
    Path none = directory.resolve("none.bin");
    assertThatThrownBy(() -> Ops.mapped(none, 0, 2))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(none + ": cannot be mapped: unable to open file <" + none + ">");
  }

  @Test
  void aTensorIsWrittenFromItsMemoryAndReadIntoIt() throws IOException {
    float[] values = {1, 2, 3, 4, 5, 6};
    try (Scope scope = Scope.inference()) {
      Tensor from = Ops.float32(values, 2, 3);
      Safetensors.Entry entry = Checkpoint.entry(from);
      from.add_(new Scalar(1)); // a view: what is written is what the tensor holds then
      Tensor turned = from.t(); // not contiguous, so a copy
      Safetensors both =
          new Safetensors(Map.of(), Map.of("plain", entry, "turned", Checkpoint.entry(turned)));
      Path file = directory.resolve("x.safetensors");
      try (var out = Files.newOutputStream(file)) {
        both.write(out);
      }
      Safetensors read = Safetensors.read(file);
      Tensor plain = torch.zeros(2, 3);
      Checkpoint.copy(read.entries().get("plain"), plain);
      assertThat(Ops.floats(plain)).containsExactly(2, 3, 4, 5, 6, 7);
      Tensor target = torch.zeros(2, 3);
      Checkpoint.copy(read.entries().get("turned"), target.t());
      assertThat(Ops.floats(target)).containsExactly(2, 3, 4, 5, 6, 7);
      assertThat(read.entries().get("turned").shape()).containsExactly(3, 2);
      assertThat(Arrays.copyOf(Ops.floats(from), 1)).containsExactly(2);
    }
  }
}
