package dev.horae.prep;

import dev.horae.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Fills {@code picture} with the pictures below a folder: relative path, name, name without end.
 */
final class PictureFolder implements AutoCloseable {

  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff");

  private final DuckDBAppender pictures;

  PictureFolder(Connection connection) throws SQLException {
    pictures = connection.unwrap(DuckDBConnection.class).createAppender("picture");
  }

  void list(Path folder) throws SQLException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        if (dot > 0 && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))) {
          String path = folder.relativize(file).toString().replace('\\', '/');
          pictures.beginRow();
          pictures.append(path).append(name).append(name.substring(0, dot));
          pictures.endRow();
        }
      }
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws SQLException {
    pictures.close();
  }
}
