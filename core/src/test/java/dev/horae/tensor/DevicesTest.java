package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevicesTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "flags : fpu avx512_bf16 sse, true",
    "flags : fpu amx_bf16, true",
    "Features : fp asimd bf16 i8mm, true",
    "flags : fpu avx512f sse4_2, false",
    "model name : bf16, false"
  })
  void knowsBfloat16ByWhatLinuxSays(String line, boolean has) throws IOException {
    Path cpuinfo = folder.resolve("cpuinfo");
    Files.writeString(cpuinfo, "processor\t: 0\n" + line + "\n");
    assertThat(Devices.hasBfloat16(cpuinfo)).isEqualTo(has);
  }

  @Test
  void knowsNothingOfOtherSystems() {
    assertThat(Devices.hasBfloat16(folder.resolve("nothing"))).isFalse();
  }
}
