package dev.horae.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelsTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          avx avx2 avx512vl, OPENBLAS_CORETYPE=Haswell,   OPENBLAS_CORETYPE=Haswell
          avx avx2 avx512vl, OPENBLAS_CORETYPE=zen,       OPENBLAS_CORETYPE=zen
          avx avx2 avx512vl, OPENBLAS_CORETYPE=SkylakeX,  ''
          avx avx2 avx512vl, OPENBLAS_CORETYPE=Nehalem,   OPENBLAS_CORETYPE=Nehalem
          avx avx2,          OPENBLAS_CORETYPE=Haswell,   ''
          avx avx2,          OPENBLAS_CORETYPE=Sandybridge, OPENBLAS_CORETYPE=Sandybridge
          avx,               OPENBLAS_CORETYPE=Sandybridge, ''
          avx,               OPENBLAS_CORETYPE=PRESCOTT,  OPENBLAS_CORETYPE=PRESCOTT
          asimd sve,         OPENBLAS_CORETYPE=ARMV8,     ''
          avx avx2 avx512vl, ATEN_CPU_CAPABILITY=avx2,    ATEN_CPU_CAPABILITY=avx2
          avx avx2 avx512vl, ATEN_CPU_CAPABILITY=avx512,  ''
          avx avx2,          ATEN_CPU_CAPABILITY=avx2,    ''
          avx avx2,          ATEN_CPU_CAPABILITY=default, ATEN_CPU_CAPABILITY=default
          avx,               ATEN_CPU_CAPABILITY=default, ''
          avx avx2,          OPENBLAS_L2_SIZE=256,        OPENBLAS_L2_SIZE=256
          avx avx2,          OMP_NUM_THREADS=1,           ''
          """)
  void whatHoldsTheProcessorBackIsNamed(String features, String variable, String pinned) {
    Map<String, String> environment =
        Map.of(
            variable.substring(0, variable.indexOf('=')),
            variable.substring(variable.indexOf('=') + 1));
    Set<String> known = Arrays.stream(features.split(" ", -1)).collect(Collectors.toSet());
    assertThat(String.join(", ", Kernels.pinned(environment, known))).isEqualTo(pinned);
  }

  /** On a platform whose OpenBLAS has kernels for several cores. */
  @Test
  void theCoreOfOpenblasIsKnown() {
    Loader.load(torch.class);
    boolean several = Loader.addressof("gotoblas") != null;
    assertThat(Kernels.openblas().isPresent())
        .isEqualTo(several && System.getProperty("os.arch").equals("amd64"));
  }
}
