package dev.horae.machine;

import com.sun.management.OperatingSystemMXBean;
import dev.horae.config.Version;
import dev.horae.data.Reasons;
import dev.horae.tensor.Devices;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/** What Horae needs of a machine, measured on this one. */
public final class Machine {

  private static final double GIB = 1L << 30;
  private static final Set<String> TELLING_FEATURES =
      Set.of("fma", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "sve");

  private static final String OTHER_CACHE =
      "set HORAE_CACHE to a directory with 2 GiB free whose file system may run programs";

  private final List<Finding> findings = new ArrayList<>();

  private Machine() {}

  /** How bad it is. */
  public enum Verdict {
    OK,
    /** Works, but slower or tighter than it could. */
    WARNING,
    /** Horae cannot run. */
    FAILURE
  }

  /**
   * @param repair what to change; empty when there is nothing to
   */
  public record Finding(Verdict verdict, String part, String state, String repair) {}

  /** Loads the native libraries; the rest only looks. */
  public static List<Finding> inspect() {
    Machine machine = new Machine();
    machine.java();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    boolean cacheUsable = machine.libraries("cache", cache());
    boolean temporaryUsable = machine.libraries("temporary", temporary); // both are judged
    if (cacheUsable && temporaryUsable && machine.natives()) {
      machine.kernels();
      machine.threads();
      machine.gpu();
    }
    machine.processor();
    machine.memory();
    machine.disk(
        "disk here",
        Path.of("").toAbsolutePath(),
        5,
        "start elsewhere, or give ``out`` a directory that can");
    return machine.findings;
  }

  private void java() {
    ok(
        "Java",
        "%s %s, %s"
            .formatted(
                System.getProperty("java.vendor"),
                Runtime.version(),
                System.getProperty("java.home")));
  }

  /** {@return whether they could be loaded} */
  private boolean natives() {
    try {
      Loader.load(torch.class);
      ok(
          "libtorch",
          "%s, CPU kernels %s"
              .formatted(Version.libtorch(), torch.get_cpu_capability().getString()));
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      add(
          Verdict.FAILURE,
          "libtorch",
          "cannot be loaded: " + firstLine(e),
          "Horae has natives for Linux x86-64, macOS arm64 and Windows x86-64; on Linux install"
              + " libgomp1, and see that "
              + cache()
              + " can be written and holds 1 GiB");
      return false;
    }
    try {
      Loader.load(openblas_nolapack.class);
      String version = Loader.getVersion("org.bytedeco", "openblas");
      ok("OpenBLAS", version + ", CPU kernels " + Kernels.openblas().orElse("for one core only"));
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | IOException e) {
      add(
          Verdict.WARNING,
          "OpenBLAS",
          "cannot be asked for its version: " + firstLine(e),
          "remove " + cache() + " and run again");
    }
    return true;
  }

  private static String firstLine(Throwable e) {
    return NativeFailure.message(e);
  }

  /** Only where the environment says something. */
  private void kernels() {
    List<String> pinned = Kernels.pinned(System.getenv(), cpuFeatures());
    if (!pinned.isEmpty()) {
      add(
          Verdict.WARNING,
          "kernels",
          "the environment says " + String.join(", ", pinned),
          "unset it: the processor has better kernels than it allows, up to 1.5 times as fast");
    }
  }

  private static Path cache() {
    try {
      return Loader.getCacheDir().toPath();
    } catch (IOException e) { // none of its places can be made
      return Path.of(
          System.getProperty(
              "org.bytedeco.javacpp.cachedir",
              System.getProperty("user.home") + "/.javacpp/cache"));
    }
  }

  /** {@return whether native libraries can be unpacked in a folder and loaded from it} */
  private boolean libraries(String part, Path folder) {
    Optional<String> problem = LibraryPlace.problem(folder);
    problem.ifPresentOrElse(
        said -> add(Verdict.FAILURE, part, folder + " " + said, OTHER_CACHE),
        () -> disk(part, folder, 2, OTHER_CACHE));
    return problem.isEmpty();
  }

  private void threads() {
    int threads = torch.get_num_threads();
    String policy = environment("OMP_WAIT_POLICY");
    String openmp = environment("OMP_NUM_THREADS");
    String state =
        "libtorch %s per call, OMP_NUM_THREADS %s, OMP_WAIT_POLICY %s"
            .formatted(threads, openmp, policy);
    if (policy.equalsIgnoreCase("passive") && threads == 1) {
      ok("threads", state);
    } else {
      add(
          Verdict.WARNING,
          "threads",
          state,
          "start through the launcher, or export OMP_WAIT_POLICY=passive OMP_NUM_THREADS=1:"
              + " threads that spin made small models four times slower");
    }
  }

  private static String environment(String name) {
    return Optional.ofNullable(System.getenv(name)).orElse("not set");
  }

  private void gpu() {
    int gpus = Devices.gpus();
    if (gpus > 0) {
      ok("GPU", gpus + (gpus == 1 ? " usable: cuda:0" : " usable: cuda:0 to cuda:" + (gpus - 1)));
    } else if (Files.exists(Path.of("/dev/nvidia0"))) {
      add(
          Verdict.WARNING,
          "GPU",
          "there is one, but this libtorch is for the CPU or finds no CUDA 13",
          "install CUDA 13 and cuDNN 9, then start the launcher with HORAE_MAVEN_OPTS=-Pcuda");
    } else {
      ok("GPU", "none, the CPU is used (for one: HORAE_MAVEN_OPTS=-Pcuda, CUDA 13 and cuDNN 9)");
    }
  }

  private void processor() {
    int cores = Runtime.getRuntime().availableProcessors();
    String model = System.getProperty("os.arch");
    for (String line : lines("/proc/cpuinfo")) {
      String[] fact = line.split("\\s*:\\s*", 2);
      if (fact[0].equals("model name")) {
        model = fact[1];
      }
    }
    Set<String> features = cpuFeatures();
    boolean slow = features.contains("sse2") && !features.contains("avx2");
    features.retainAll(TELLING_FEATURES);
    String state =
        "%s, %s %s%s"
            .formatted(
                model,
                cores,
                cores == 1 ? "core" : "cores",
                features.isEmpty() ? "" : ", " + String.join(" ", features));
    if (slow) {
      add(
          Verdict.WARNING,
          "processor",
          state + ", no avx2",
          "use a processor of 2014 or later, or let the virtual machine pass the host's features");
    } else {
      ok("processor", state);
    }
  }

  private static Set<String> cpuFeatures() {
    Set<String> features = new TreeSet<>();
    for (String line : lines("/proc/cpuinfo")) {
      String[] fact = line.split("\\s*:\\s*", 2);
      if (fact[0].equals("flags") || fact[0].equals("Features")) {
        features.addAll(Arrays.asList(fact[1].split(" ")));
      }
    }
    return features;
  }

  private void memory() {
    double heap = Runtime.getRuntime().maxMemory() / GIB;
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    double total = system.getTotalMemorySize() / GIB; // of the container, when there is one
    double free = available().orElse(system.getFreeMemorySize()) / GIB;
    String state =
        String.format(Locale.ROOT, "%.1f GiB, %.1f free, Java heap up to %.1f", total, free, heap);
    Optional<Double> limit = containerLimit();
    if (limit.isPresent()) {
      state += String.format(Locale.ROOT, ", container limit %.1f", limit.get());
    }
    if (free < 3) {
      add(
          Verdict.WARNING,
          "memory",
          state,
          "close other programs: the demo wants 3 GiB, Amazon-sized runs 6 GiB");
    } else if (heap < 1.5) {
      add(Verdict.WARNING, "memory", state, "set HORAE_HEAP=3g: large data sets want more heap");
    } else if (heap > 0.8 * total) {
      add(
          Verdict.WARNING,
          "memory",
          state,
          "lower HORAE_HEAP to half of the memory: libtorch works outside the heap");
    } else {
      ok("memory", state);
    }
  }

  /** What the kernel could hand out, which is more than what lies idle. */
  private static Optional<Long> available() {
    return bytes("/proc/meminfo", "MemAvailable");
  }

  /**
   * {@return what processes that share main memory have in common: the running kernel and, where a
   * control group limits what they may take of it, that group; this process alone where the kernel
   * does not say}
   */
  public static String sharedMemory() {
    List<String> kernel = lines("/proc/sys/kernel/random/boot_id");
    if (kernel.isEmpty()) {
      return ManagementFactory.getRuntimeMXBean().getName();
    }
    return isLimited() ? kernel.get(0) + controlGroup() : kernel.get(0);
  }

  private static boolean isLimited() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        && system.getTotalMemorySize() < bytes("/proc/meminfo", "MemTotal").orElse(0L);
  }

  /** {@return the control group, whose path is the same in many containers, and its namespace} */
  private static String controlGroup() {
    String path = String.join(" ", lines("/proc/self/cgroup"));
    try {
      return path + Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup"));
    } catch (IOException e) { // a kernel without such namespaces
      return path;
    }
  }

  /**
   * {@return bytes that this process has in main memory now; empty where the kernel does not say}
   */
  public static Optional<Long> resident() {
    return bytes("/proc/self/status", "VmRSS");
  }

  /**
   * {@return the most bytes that this process ever had in main memory, pages of files included; the
   * kernel's count is late by some pages per core, so that a second answer may be a little lower}
   */
  public static Optional<Long> peakResident() {
    return bytes("/proc/self/status", "VmHWM");
  }

  /** Of a file with a line such as {@code VmRSS: 12 kB}. */
  private static Optional<Long> bytes(String file, String field) {
    return lines(file).stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst();
  }

  /** Of control groups, version 2 and then 1, in GiB; a limit above 1 PiB means none. */
  private static Optional<Double> containerLimit() {
    for (String file :
        List.of("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")) {
      for (String line : lines(file)) {
        if (line.matches("[0-9]{1,15}")) {
          return Optional.of(Long.parseLong(line) / GIB);
        }
      }
    }
    return Optional.empty();
  }

  private void disk(String part, Path directory, int wantedGib, String elsewhere) {
    try {
      double free = Files.getFileStore(directory).getUsableSpace() / GIB;
      String state =
          String.format(
              Locale.ROOT,
              free < wantedGib ? "%.1f GiB free in %s" : "%.0f GiB free in %s",
              free,
              directory);
      if (!Files.isWritable(directory)) {
        add(Verdict.WARNING, part, directory + " cannot be written", elsewhere);
      } else if (free < wantedGib) {
        add(
            Verdict.WARNING,
            part,
            state,
            "make room: " + wantedGib + " GiB are comfortable; or " + elsewhere);
      } else {
        ok(part, state);
      }
    } catch (IOException e) {
      add(
          Verdict.WARNING,
          part,
          directory + " cannot be looked at: " + Reasons.of(e),
          "check that it exists");
    }
  }

  /** A file of the kernel; no lines where there is no such file. */
  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }

  private void ok(String part, String state) {
    add(Verdict.OK, part, state, "");
  }

  private void add(Verdict verdict, String part, String state, String repair) {
    findings.add(new Finding(verdict, part, state, repair));
  }
}
