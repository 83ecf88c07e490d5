package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.PictureFormat;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Fills {@code picture} with the pictures below a folder, told by their first bytes: relative path,
 * name, name without ending, whether the kind is read. What is passed over is written, with the
 * reason, to {@code passed_over}. Links are followed as long as they stay in the folder.
 */
final class PictureFolder implements AutoCloseable {

  /** What {@code encode --fetch-images} leaves beside the pictures. */
  private static final List<String> OURS = List.of("failures.jsonl", "fetch.lock");

  private final DuckDBAppender pictures;
  private final DuckDBAppender passedOver;

  PictureFolder(Connection connection) throws SQLException {
    DuckDBConnection own = connection.unwrap(DuckDBConnection.class);
    pictures = own.createAppender("picture");
    passedOver = own.createAppender("passed_over");
  }

  void list(Path folder) throws SQLException {
    try {
      Path real = folder.toRealPath();
      try (Stream<Path> files = Files.walk(real)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (!Files.isDirectory(file) || Files.isSymbolicLink(file)) {
            add(real, file);
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new DataException(folder + ": cannot be listed: " + Reasons.of(e), e);
    }
  }

  private void add(Path folder, Path file) throws SQLException {
    Path path = folder.relativize(file);
    if (OURS.contains(path.toString())) {
      return;
    }
    Optional<PictureFormat> format = Optional.empty();
    String reason = unusable(folder, file, path);
    if (reason.isEmpty()) {
      try (InputStream in = Files.newInputStream(file)) {
        byte[] head = in.readNBytes(PictureFormat.HEAD);
        format = PictureFormat.of(head);
        reason = head.length == 0 ? "is empty" : format.isEmpty() ? "is not a picture" : "";
      } catch (IOException e) {
        reason = "cannot be read";
      }
    }
    String slashed = path.toString().replace('\\', '/');
    if (format.isEmpty() || !format.get().isRead()) {
      passedOver.beginRow();
      passedOver.append(slashed).append(format.map(PictureFormat::repair).orElse(reason));
      passedOver.endRow();
    }
    if (format.isPresent()) {
      String name = file.getFileName().toString();
      int dot = name.lastIndexOf('.');
      pictures.beginRow();
      pictures.append(slashed).append(name).append(dot > 0 ? name.substring(0, dot) : name);
      pictures.append(format.get().isRead());
      pictures.endRow();
    }
  }

  /** {@return why the file is not opened; empty when it is} */
  private static String unusable(Path folder, Path file, Path path) {
    for (Path name : path) {
      if (name.toString().startsWith(".")) {
        return "is hidden";
      }
    }
    if (Files.isSymbolicLink(file)) {
      try {
        Path target = file.toRealPath();
        if (!target.startsWith(folder)) {
          return "is a link that leads out of the picture folder";
        }
      } catch (IOException e) {
        return "is a link to nothing";
      }
    }
    if (Files.isDirectory(file)) {
      return "is a link to a folder";
    }
    return Files.isRegularFile(file) ? "" : "is not a file";
  }

  @Override
  public void close() throws SQLException {
    pictures.close();
    passedOver.close();
  }
}
