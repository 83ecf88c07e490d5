package dev.horae.spark;

import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.serve.Recommender;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.SparkSession;

/**
 * A run directory that every executor has: where the driver has it, when they are one process; else
 * unpacked from an archive that Spark brings. Each process opens it once, and all its tasks share
 * the model.
 *
 * @param place its path, or the archive's name
 */
record SharedRun(String place, boolean archive) implements Serializable {

  /** Where to go on with training: as large as the weights three times, and of no use here. */
  private static final List<String> NOT_SHARED = List.of("checkpoint.safetensors", "tensorboard");

  private static final Map<SharedRun, Recommender> OPEN = new ConcurrentHashMap<>();

  /**
   * @param run a run that the driver has opened
   */
  static SharedRun of(SparkSession spark, TrainedRun run) {
    Path directory = run.directory().path().toAbsolutePath();
    if (spark.sparkContext().isLocal()) {
      return new SharedRun(directory.toString(), false);
    }
    String name = "run-" + run.provenance().id();
    spark.sparkContext().addArchive(zip(directory, name).toUri() + "#" + name);
    return new SharedRun(name, true);
  }

  private static Path zip(Path directory, String name) {
    try {
      Path folder = Files.createTempDirectory("horae-spark");
      Path zip = folder.resolve(name + ".zip");
      folder.toFile().deleteOnExit();
      zip.toFile().deleteOnExit(); // before the folder
      try (OutputStream file = Files.newOutputStream(zip);
          ZipOutputStream out = new ZipOutputStream(file);
          Stream<Path> tree = Files.walk(directory)) {
        out.setLevel(Deflater.NO_COMPRESSION); // weights do not get smaller
        for (Path path : tree.filter(Files::isRegularFile).sorted().toList()) {
          Path within = directory.relativize(path);
          if (!NOT_SHARED.contains(within.getName(0).toString())) {
            out.putNextEntry(new ZipEntry(within.toString().replace('\\', '/')));
            Files.copy(path, out);
          }
        }
      }
      return zip;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pack " + directory + " for the executors", e);
    }
  }

  /** {@return what recommends by it, within a task; it stays open as long as the process} */
  Recommender recommender() {
    return OPEN.computeIfAbsent(this, SharedRun::open);
  }

  private Recommender open() {
    Path directory = Path.of(archive ? SparkFiles.get(place) : place);
    return Recommender.of(TrainedRun.open(RunDirectory.open(directory)));
  }
}
