package dev.horae.spark;

import dev.horae.data.Workers;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.global.torch;

/** What a task needs of its process before it computes: libtorch, and so many threads. */
final class Executor {

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

  /**
   * Once per process. An executor unpacks libraries into its own working directory: several that
   * share one cache may read files that another has not yet written whole (bytedeco/javacpp#608),
   * and its directory goes when it goes.
   */
  private static synchronized void load() {
    if (loaded) {
      return;
    }
    if (!SparkEnv.get().executorId().equals("driver")) {
      String here = Path.of("").toAbsolutePath().toString();
      setIfMissing("org.bytedeco.javacpp.cachedir", here + "/.javacpp");
      setIfMissing("ENGINE_CACHE_DIR", here + "/.djl");
    }
    torch.set_num_threads(1);
    loaded = true;
  }

  private static void setIfMissing(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
