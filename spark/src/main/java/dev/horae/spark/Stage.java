package dev.horae.spark;

import dev.horae.data.Hashes;
import dev.horae.data.Json;
import dev.horae.prep.EventFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The folder that driver and executors share: what was read of each file of events, and what a job
 * needs meanwhile. A file's Parquet files have names of their own for each attempt to write them;
 * the driver then says in a file of JSON which of them count. So an attempt that ends halfway, or
 * runs twice, changes nothing.
 */
final class Stage implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Changes when what lies in the folder is no longer read by older or newer versions. */
  private static final String FORMAT = "2";

  private static final List<String> PARTS =
      List.of(EventFile.ROWS, EventFile.TIMELESS, EventFile.REJECTS);

  private final SerializableConfiguration conf;
  private final String folder;
  private final String job = UUID.randomUUID().toString();

  Stage(Configuration conf, Path folder) {
    this.conf = new SerializableConfiguration(conf);
    try {
      this.folder = folder.getFileSystem(conf).makeQualified(folder).toString();
      system().mkdirs(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be written", e);
    }
  }

  /**
   * What was read of a file.
   *
   * @param parts how the names of its Parquet files begin
   */
  record Entry(EventFile file, String parts) {}

  /** {@return a name for what is read of a file, which changes with the file and the options} */
  static String key(InputFile file, Reading reading) {
    return Hashes.sha256(
        String.join(
                "\n",
                FORMAT,
                file.name(),
                file.uri(),
                Long.toString(file.bytes()),
                Long.toString(file.modified()),
                Json.line(reading))
            .getBytes(StandardCharsets.UTF_8));
  }

  /** {@return what was read before, if all of it is there and still stands} */
  Optional<Entry> find(String key) {
    try (InputStream in = system().open(path(key + ".json"))) {
      Entry entry = Json.MAPPER.readValue(in.readAllBytes(), Entry.class);
      for (String part : PARTS) {
        if (!system().exists(path(entry.parts + part))) {
          return Optional.empty();
        }
      }
      return entry.file.standsForEver() ? Optional.of(entry) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not there, or only a part of it
    }
  }

  void put(String key, Entry entry) {
    try (OutputStream out = system().create(path(key + ".json"), true)) {
      out.write(Json.text(entry).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be written", e);
    }
  }

  /**
   * Takes over the Parquet files that an {@link EventFile} was read into.
   *
   * @return how their names begin
   */
  String take(String key, java.nio.file.Path directory) throws IOException {
    String parts = "%s-%s-%s-".formatted(key, job, UUID.randomUUID());
    for (String part : PARTS) {
      Path from = new Path(directory.resolve(part).toUri());
      system().copyFromLocalFile(true, true, from, path(parts + part));
    }
    return parts;
  }

  /** {@return the file as one of this machine, copied to {@code scratch} if need be} */
  java.nio.file.Path local(Path file, java.nio.file.Path scratch) {
    java.nio.file.Path local = InputFile.local(file);
    if (local != null) {
      return local;
    }
    java.nio.file.Path copy = scratch.resolve(file.getName());
    try {
      Files.createDirectories(scratch);
      try (InputStream in = file.getFileSystem(conf.value()).open(file)) {
        Files.copy(in, copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy " + file + " to " + copy, e);
    }
    return copy;
  }

  Path path(String name) {
    return new Path(folder, name);
  }

  /** {@return a folder for what this job needs meanwhile} */
  Path work(String name) {
    return new Path(path(".work-" + job), name);
  }

  /** {@return the Parquet files that Spark wrote into a folder, in their order} */
  List<Path> files(Path written) {
    try {
      FileStatus[] files = system().listStatus(written, path -> path.getName().startsWith("part-"));
      return Arrays.stream(files)
          .map(FileStatus::getPath)
          .sorted(Comparator.comparing(Path::getName))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(written + ": cannot be listed", e);
    }
  }

  /**
   * Removes what the job needed meanwhile, and what its attempts left that do not count.
   *
   * @param entries which stay
   */
  void clean(List<Entry> entries) {
    try {
      system().delete(path(".work-" + job), true);
      for (FileStatus file : system().listStatus(new Path(folder))) {
        String name = file.getPath().getName();
        if (name.contains(job) && entries.stream().noneMatch(e -> name.startsWith(e.parts))) {
          system().delete(file.getPath(), false);
        }
      }
    } catch (FileNotFoundException e) {
      // All of it is gone already.
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be cleared", e);
    }
  }

  private FileSystem system() throws IOException {
    return new Path(folder).getFileSystem(conf.value());
  }
}
