package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that appears whole or not at all: written beside its place, moved there by {@link
 * #publish}, deleted by {@link #close} when that did not happen, also when the process is stopped.
 */
final class OutputDirectory implements AutoCloseable {

  private final Path out;
  private final Path work;
  private final Thread onShutdown = new Thread(this::delete);

  /** Refuses a place that holds anything but an older data set or an empty directory. */
  OutputDirectory(Path out) {
    this.out = out.toAbsolutePath().normalize();
    refuseForeign();
    String name = this.out.getFileName().toString();
    try {
      Files.createDirectories(this.out.getParent());
      work = Files.createTempDirectory(this.out.getParent(), "." + name + ".");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write beside " + this.out, e);
    }
    Runtime.getRuntime().addShutdownHook(onShutdown);
  }

  private void refuseForeign() {
    if (out.getFileName() == null) {
      throw new DataException(out + ": is the root of the file system; name another directory");
    }
    if (!Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new DataException(out + ": is not a directory; name another place for the data set");
    }
    Path manifest = out.resolve(PreparedDataset.MANIFEST);
    if (Files.exists(manifest) && Json.read(manifest, Manifest.class).version() > 0) {
      return;
    }
    try (Stream<Path> content = Files.list(out)) {
      if (content.findAny().isPresent()) {
        throw new DataException(
            out
                + ": holds something that is not a prepared data set and will not be overwritten;"
                + " name another directory or empty this one");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + out, e);
    }
  }

  /** {@return where to write what will be published} */
  Path content() {
    return createdIn("content");
  }

  /** {@return where to write what is only needed meanwhile} */
  Path scratch() {
    return createdIn("scratch");
  }

  private Path createdIn(String name) {
    try {
      return Files.createDirectories(work.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write in " + work, e);
    }
  }

  void publish() {
    try {
      Path replaced = work.resolve("replaced");
      if (Files.exists(out)) {
        Files.move(out, replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      try {
        Files.move(content(), out, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (Files.exists(replaced)) {
          Files.move(replaced, out, StandardCopyOption.ATOMIC_MOVE);
        }
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot move the data set to " + out, e);
    }
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(onShutdown);
    } catch (IllegalStateException e) {
      // The process is being stopped; the hook finds nothing left to delete.
    }
  }

  private void delete() {
    if (!Files.exists(work)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(work)) {
      List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove the temporary directory " + work, e);
    }
  }
}
