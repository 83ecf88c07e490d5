package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A directory that a job writes, whole or not at all: in an {@link UnfinishedFolder} beside its
 * place, to which it is renamed when it is whole. {@code _SUCCESS} comes last, for file systems on
 * which a rename is a copy (s3a): what lacks it is not whole. An earlier result of the same verb is
 * replaced and is there until then; anything else is refused.
 */
final class OutputFolder implements AutoCloseable {

  static final String WHOLE = "_SUCCESS";

  /** Says what made the directory; readers of Parquet pass over names that begin with a line. */
  static final String MADE_BY = "_horae.json";

  /** Options of what writes into it: the mark of being whole is set by {@link #publish}. */
  static final Map<String, String> WRITING =
      Map.of("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");

  private static final String CONTENT = "content";

  private final FileSystem files;
  private final Path place;
  private final UnfinishedFolder unfinished;
  private final String verb;

  /**
   * Refuses a place that holds something else, before anything is computed.
   *
   * @param verb who writes it
   * @param notes gets a line for what another process may have left beside it
   * @throws DataException when it does
   * @throws UncheckedIOException when it cannot be written
   */
  OutputFolder(String place, String verb, Configuration hadoop, Consumer<String> notes) {
    this.verb = verb;
    try {
      Path asked = new Path(place);
      files = asked.getFileSystem(hadoop);
      this.place = files.makeQualified(asked);
      if (this.place.getParent() == null) {
        throw new DataException(place + ": is the root of the file system; name a directory in it");
      }
      refuseForeign();
      unfinished = new UnfinishedFolder(files, this.place, this.place.getParent(), notes);
      files.mkdirs(unfinished.path(CONTENT));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + place, e);
    } catch (IllegalArgumentException e) {
      throw new DataException(place + ": is no place (" + Reasons.of(e) + "); correct it", e);
    }
  }

  private void refuseForeign() throws IOException {
    if (!files.exists(place)) {
      return;
    }
    if (!files.getFileStatus(place).isDirectory()) {
      throw new DataException(this + ": is not a directory; name another place");
    }
    FileStatus[] content = files.listStatus(place);
    Path made = new Path(place, MADE_BY);
    if (content.length > 0 && (!files.exists(made) || !madeBy(made).equals(verb))) {
      throw new DataException(
          this
              + ": holds something that is no result of "
              + verb
              + " and will not be overwritten; name another place or empty this one");
    }
  }

  private String madeBy(Path file) throws IOException {
    try (var in = files.open(file)) {
      return Json.MAPPER.readTree(in.readAllBytes()).path("verb").asText();
    }
  }

  /** {@return where to write it} */
  String unfinished() {
    return unfinished.path(CONTENT).toString();
  }

  /** Writes a file of it. */
  void write(String name, Content content) {
    Path file = new Path(unfinished(), name);
    try (OutputStream out = files.create(file, true)) {
      content.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** The bytes of a file. */
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  /**
   * Puts it into its place.
   *
   * @param about what made it, by name
   */
  void publish(Map<String, Object> about) {
    try {
      write(MADE_BY, out -> out.write((Json.text(about) + "\n").getBytes(StandardCharsets.UTF_8)));
      unfinished.publish(CONTENT);
      files.create(new Path(place, WHOLE), true).close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + place, e);
    }
  }

  /** Removes what was not published, or what was replaced. */
  @Override
  public void close() {
    unfinished.close();
  }

  @Override
  public String toString() {
    return place.toString().replaceFirst("^file:/*", "/");
  }
}
