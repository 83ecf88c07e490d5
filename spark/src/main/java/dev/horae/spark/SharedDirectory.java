package dev.horae.spark;

import dev.horae.run.TrainedRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A local directory of the driver that every executor has: the same one, when they are one process;
 * else broadcast, and written into the working directory of the executor. Not as an archive of
 * Spark's: a session of Spark 4 does not bring those to its tasks that were added after it began.
 *
 * <p>Equal are those of one name, which names the content.
 */
final class SharedDirectory implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Where to go on with training: as large as the weights three times, and of no use here. */
  private static final List<String> NOT_SHARED = List.of("checkpoint.safetensors", "tensorboard");

  private static final int PIECE = 64 << 20; // bytes: an array cannot hold a large file

  private final String name;

  /** The pieces of each file, by its path within; null when executors read the driver's. */
  private final @Nullable Broadcast<Map<String, List<byte[]>>> files;

  private SharedDirectory(String name, @Nullable Broadcast<Map<String, List<byte[]>>> files) {
    this.name = name;
    this.files = files;
  }

  /** Shares a run that the driver has opened. */
  static SharedDirectory of(SparkSession spark, TrainedRun run) {
    return of(spark, run.directory().path(), "run-" + run.provenance().id());
  }

  /**
   * @param name names the content, among all that are shared
   */
  static SharedDirectory of(SparkSession spark, Path directory, String name) {
    if (spark.sparkContext().isLocal()) {
      return new SharedDirectory(directory.toAbsolutePath().toString(), null);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return new SharedDirectory(name, context.broadcast(read(directory)));
  }

  private static Map<String, List<byte[]>> read(Path directory) {
    Map<String, List<byte[]>> files = new LinkedHashMap<>();
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
        Path within = directory.relativize(file);
        if (!NOT_SHARED.contains(within.getName(0).toString())) {
          List<byte[]> pieces = new ArrayList<>();
          try (InputStream in = Files.newInputStream(file)) {
            for (byte[] piece = in.readNBytes(PIECE);
                piece.length > 0;
                piece = in.readNBytes(PIECE)) {
              pieces.add(piece);
            }
          }
          files.put(within.toString().replace('\\', '/'), pieces);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory + " for the executors", e);
    }
    return files;
  }

  /** {@return where it is, within a task; to be asked once in a process, see Executor.once} */
  Path path() {
    if (files == null) {
      return Path.of(name);
    }
    Path here = Path.of("").toAbsolutePath().resolve(name);
    try {
      for (Map.Entry<String, List<byte[]>> file : files.value().entrySet()) {
        Path path = here.resolve(file.getKey());
        Path parent = path.getParent();
        Files.createDirectories(parent == null ? here : parent);
        try (OutputStream out = Files.newOutputStream(path)) {
          for (byte[] piece : file.getValue()) {
            out.write(piece);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + here, e);
    }
    return here;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SharedDirectory shared && shared.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
