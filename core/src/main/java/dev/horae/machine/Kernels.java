package dev.horae.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Which of their kernels libtorch and OpenBLAS take, and whether the environment holds them back.
 */
final class Kernels {

  /** OpenBLAS's cores for x86-64, by the instructions that they need. */
  private static final Map<String, List<String>> CORES =
      Map.of(
          "",
          List.of("Prescott", "Core2", "Nehalem", "Barcelona"),
          "avx",
          List.of("Sandybridge", "Bulldozer", "Piledriver", "Steamroller", "Excavator"),
          "avx2",
          List.of("Haswell", "Zen"),
          "avx512vl",
          List.of("SkylakeX", "Cooperlake", "SapphireRapids"));

  /** Of processors, from old to new; {@link #CORES} and libtorch tell apart no others. */
  private static final List<String> STEPS = List.of("", "avx", "avx2", "avx512vl");

  private Kernels() {}

  /** {@return the core whose kernels OpenBLAS runs, once it is loaded} As it names it itself. */
  static Optional<String> openblas() {
    Pointer chosen = Loader.addressof("gotoblas"); // OpenBLAS's table of the kernels in use
    if (chosen == null) {
      return Optional.empty(); // a build for one core only
    }
    long table = new PointerPointer<>(chosen).get(0).address();
    for (List<String> cores : CORES.values()) {
      for (String core : cores) {
        Pointer own = Loader.addressof("gotoblas_" + core.toUpperCase(Locale.ROOT));
        if (own != null && own.address() == table) {
          return Optional.of(core);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * {@return the variables of the environment that make the kernels older than the processor's, or
   * blind to its cache, such as {@code OPENBLAS_CORETYPE=Nehalem}}
   *
   * @param features what /proc/cpuinfo names
   */
  static List<String> pinned(Map<String, String> environment, Set<String> features) {
    List<String> pinned = new ArrayList<>();
    int best = best(features);
    String capability = environment.getOrDefault("ATEN_CPU_CAPABILITY", "");
    int libtorch = List.of("default", "avx2", "avx512").indexOf(capability);
    if (libtorch >= 0 && libtorch < best - 1) {
      pinned.add("ATEN_CPU_CAPABILITY=" + capability);
    }
    String core = environment.getOrDefault("OPENBLAS_CORETYPE", "");
    for (int step = 0; step < best; step++) {
      if (CORES.getOrDefault(STEPS.get(step), List.of()).stream()
          .anyMatch(core::equalsIgnoreCase)) {
        pinned.add("OPENBLAS_CORETYPE=" + core);
      }
    }
    String cache = environment.getOrDefault("OPENBLAS_L2_SIZE", "");
    if (!cache.isEmpty()) {
      pinned.add("OPENBLAS_L2_SIZE=" + cache);
    }
    return pinned;
  }

  private static int best(Set<String> features) {
    int best = 0;
    for (int step = 1; step < STEPS.size(); step++) {
      best = features.contains(STEPS.get(step)) ? step : best;
    }
    return best;
  }
}
