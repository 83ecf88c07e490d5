package dev.horae.spark;

import dev.horae.data.DataException;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The place of a data set on a file system that is not this machine's. Other files in it, such as
 * features, stay. An older data set makes room for a moment, and comes back if that moment does not
 * end well: at once, or with the next prepare where this one was killed.
 */
final class DatasetFolder {

  private static final String MANIFEST = "dataset.json";

  /** The files of a data set; the manifest, with which there is one, comes last. */
  private static final List<String> FILES =
      List.of("rejects.csv", "items.parquet", "events.parquet", MANIFEST);

  /** How names of folders begin that hold what is to come and what made room for it. */
  private static final String WORK = ".prepare-";

  private static final String REPLACED = "replaced";

  private final FileSystem files;
  private final Path place;

  /**
   * @throws DataException when something else than a data set is there
   */
  DatasetFolder(FileSystem files, Path place) throws IOException {
    this.files = files;
    this.place = place;
    if (!files.exists(place) || files.exists(new Path(place, MANIFEST))) {
      return;
    }
    for (FileStatus work : files.listStatus(place, path -> path.getName().startsWith(WORK))) {
      if (files.exists(new Path(new Path(work.getPath(), REPLACED), MANIFEST))) {
        putBack(work.getPath());
        return;
      }
    }
    if (files.listStatus(place, path -> !path.getName().startsWith(WORK)).length > 0) {
      throw new DataException(
          place
              + ": holds something that is not a prepared data set and will not be overwritten;"
              + " name another directory or empty this one");
    }
  }

  /**
   * Copies the files of a data set into a folder beside their places, then moves them there.
   *
   * @param made a directory of this machine
   */
  void publish(java.nio.file.Path made) throws IOException {
    Path work = new Path(place, WORK + UUID.randomUUID());
    try {
      for (String name : FILES) {
        files.copyFromLocalFile(new Path(made.resolve(name).toUri()), new Path(work, name));
      }
      files.mkdirs(new Path(work, REPLACED));
    } catch (IOException e) {
      files.delete(work, true);
      throw e;
    }
    try {
      makeRoom(new Path(work, REPLACED));
      for (String name : FILES) {
        move(new Path(work, name), new Path(place, name));
      }
    } catch (IOException e) {
      putBack(work); // if that fails too, the next prepare does it
      throw e;
    }
    files.delete(work, true);
  }

  /** Moves the manifest first: where it is not in its place, others may be missing too. */
  private void makeRoom(Path replaced) throws IOException {
    for (int i = FILES.size() - 1; i >= 0; i--) {
      Path older = new Path(place, FILES.get(i));
      if (files.exists(older)) {
        move(older, new Path(replaced, FILES.get(i)));
      }
    }
  }

  /** Undoes what {@link #publish} has moved, and removes its folder. */
  private void putBack(Path work) throws IOException {
    Path replaced = new Path(work, REPLACED);
    for (String name : FILES) {
      Path older = new Path(replaced, name);
      if (files.exists(older)) {
        files.delete(new Path(place, name), false);
        move(older, new Path(place, name));
      }
    }
    files.delete(work, true);
  }

  private void move(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException("cannot move " + from + " to " + to);
    }
  }
}
