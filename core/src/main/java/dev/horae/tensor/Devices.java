package dev.horae.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/**
 * Turns the configuration's {@code auto|cpu|cuda:N} into a device; nothing else knows their names.
 */
public final class Devices {

  private Devices() {}

  /** {@return why there is no such device here; empty when there is} */
  public static Optional<String> problem(String name) {
    int gpus = gpus();
    return !name.startsWith("cuda") || number(name) < gpus
        ? Optional.empty()
        : Optional.of(
            "device = "
                + name
                + " asks for a GPU, but "
                + (gpus == 0 ? "none is usable here" : "only cuda:0 to cuda:" + (gpus - 1) + " are")
                + "; use device=cpu, or set HORAE_MAVEN_OPTS=-Pcuda where there is an"
                + " NVIDIA driver");
  }

  /** Throws {@link CheckpointException} when a GPU is asked for that is not there. */
  public static Device named(String name) {
    problem(name)
        .ifPresent(
            problem -> {
              throw new CheckpointException(problem);
            });
    boolean cpu = name.equals("cpu") || name.equals("auto") && gpus() == 0;
    return new Device(cpu ? "cpu" : "cuda:" + number(name));
  }

  /**
   * The first GPU unless another is named; one beyond any machine's when the number is too long.
   */
  private static int number(String name) {
    if (!name.matches("cuda:\\d+")) {
      return 0;
    }
    return name.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(name.substring(5));
  }

  /** {@return whether the device, such as {@code cuda:0}, is here} */
  public static boolean has(String name) {
    return !name.startsWith("cuda:") || Integer.parseInt(name.substring(5)) < gpus();
  }

  /** {@return how many GPUs this build of libtorch can use} */
  public static int gpus() {
    return torch.cuda_is_available() ? torch.cuda_device_count() : 0;
  }

  /**
   * Throws unless this processor is known to multiply 16-bit numbers (bfloat16); without, they
   * would be slower than float32.
   */
  public static void requireBfloat16() {
    if (!hasBfloat16(Path.of("/proc/cpuinfo"))) {
      throw new CheckpointException(
          "bf16 asks for a processor with bfloat16 arithmetic (AVX-512 BF16, AMX or Arm's), which"
              + " this one is not known to have; leave it out");
    }
  }

  static boolean hasBfloat16(Path cpuinfo) {
    try (Stream<String> lines = Files.lines(cpuinfo, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(
          line -> line.matches("(flags|Features)\\s*:.*\\b(avx512_|amx_)?bf16\\b.*"));
    } catch (IOException | UncheckedIOException e) {
      return false; // another system than Linux
    }
  }
}
