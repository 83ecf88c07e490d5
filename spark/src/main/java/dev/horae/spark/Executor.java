package dev.horae.spark;

import dev.horae.data.Workers;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.serve.Recommender;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.global.torch;

/** What a task needs of its process before it computes: libtorch, and so many threads. */
final class Executor {

  private static final Map<Object, Object> OPEN = new ConcurrentHashMap<>();

  private static final String JAVACPP = "org.bytedeco.javacpp.cachedir";
  private static final String ENGINE = "ENGINE_CACHE_DIR";

  private static boolean loaded;

  private Executor() {}

  /**
   * Computes within a task: on one thread per core of the task ({@code spark.task.cpus}), with
   * libtorch loaded.
   */
  static <T> T computing(Supplier<T> work) {
    load();
    return Workers.limited(Math.max(1, TaskContext.get().cpus()), work);
  }

  /** What {@link #once} has of a run beside its files. */
  private record Recommending(SharedDirectory run) {}

  /**
   * {@return what recommends by a run, within {@link #computing}; one per process, which all its
   * tasks share}
   */
  static Recommender recommender(SharedDirectory run) {
    return once(
        new Recommending(run),
        () -> Recommender.of(TrainedRun.open(RunDirectory.open(run.path()))));
  }

  /**
   * {@return what {@code make} makes for the first task that asks for it; it stays open as long as
   * the process}
   *
   * @param key says what it is of, and is equal for nothing else
   */
  static <T> T once(Object key, Supplier<T> make) {
    @SuppressWarnings("unchecked") // the key says it
    T made = (T) OPEN.computeIfAbsent(key, absent -> make.get());
    return made;
  }

  /**
   * Once per process. An executor unpacks libraries into its own working directory: several that
   * share one cache may read files that another has not yet written whole (bytedeco/javacpp#608),
   * and its directory goes when it goes.
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    if (!SparkEnv.get().executorId().equals("driver")) {
      String here = Path.of("").toAbsolutePath().toString();
      setIfMissing(JAVACPP, here + "/.javacpp");
      setIfMissing(ENGINE, here + "/.djl");
    }
    torch.set_num_threads(1);
    loaded = true;
  }

  /** {@return options of Java by which a process finds what {@link #load} has unpacked} */
  static List<String> places() {
    return Stream.of(JAVACPP, ENGINE)
        .filter(key -> System.getProperty(key) != null)
        .map(key -> "-D" + key + "=" + System.getProperty(key))
        .toList();
  }

  private static void setIfMissing(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
