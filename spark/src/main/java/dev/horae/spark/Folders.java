package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Directories on any file system that Hadoop knows: local, hdfs, s3a and others. */
final class Folders {

  private final Configuration hadoop;

  /**
   * @param settings what the user sets for Spark, {@code spark.hadoop.*} among it; no session is
   *     needed
   */
  Folders(Map<String, String> settings) {
    SparkConf conf = new SparkConf();
    settings.forEach(conf::set);
    hadoop = SparkHadoopUtil.get().newConfiguration(conf);
  }

  Configuration hadoop() {
    return hadoop;
  }

  /** {@return whether there is something of that name} */
  boolean exist(String place) {
    Path path = new Path(place);
    return reached(path, () -> path.getFileSystem(hadoop).exists(path));
  }

  /**
   * {@return a local copy, which goes when the process ends; the directory itself where it is
   * local}
   */
  java.nio.file.Path local(String place) {
    Path path = new Path(place);
    return reached(
        path,
        () -> {
          FileSystem files = path.getFileSystem(hadoop);
          if (files instanceof LocalFileSystem local) {
            return local.pathToFile(path).toPath();
          }
          java.nio.file.Path copy = Files.createTempDirectory("horae-spark");
          FileSystem.getLocal(hadoop).deleteOnExit(new Path(copy.toUri()));
          java.nio.file.Path into = copy.resolve(path.getName());
          files.copyToLocalFile(false, path, new Path(into.toUri()), true);
          return into;
        });
  }

  /** What a file system is asked for. */
  interface Question<T> {
    T answer() throws IOException;
  }

  private static <T> T reached(Path path, Question<T> question) {
    try {
      return question.answer();
    } catch (UncheckedIOException | IOException | IllegalArgumentException e) {
      throw new DataException(path + ": cannot be reached: " + Reasons.of(e), e);
    }
  }
}
