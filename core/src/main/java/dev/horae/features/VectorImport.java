package dev.horae.features;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings vectors that somebody else made into the order of the catalogue. */
final class VectorImport {

  private VectorImport() {}

  static Encoding.Part run(TableWriter table, Path file, Optional<Path> idList) {
    String name = name(file);
    VectorFile given = VectorFile.read(file, idList);
    @Nullable Integer[] found =
        new Integer[table.items().size()]; // row of the item; null: it has none
    for (int row = 0; row < given.ids().size(); row++) {
      String id = given.ids().get(row);
      int index = index(table.catalogue(), id);
      if (index == 0) {
        table.unknownId(id, "row " + row + " belongs to no item");
      } else if (found[index - 1] != null) {
        throw new DataException(
            VectorFile.twice(file, table.items().get(index - 1).id(), found[index - 1], row));
      } else {
        found[index - 1] = row;
      }
    }
    for (int i = 0; i < found.length; i++) {
      if (found[i] == null) {
        table.problem(i, "no vector", "", "the list of ids does not name the item");
      }
    }
    table.requireSome(found);
    return table.store(
        new TableWriter.Kind(name, given.width(), 1),
        new TableWriter.Work(0, 0, 0),
        found,
        (i, row) -> {
          if (found[i] != null) {
            given.copy(found[i], row);
          }
        });
  }

  /** {@return the item of an id as it stands, or without the blanks around it; 0 for none} */
  private static int index(Catalogue catalogue, String id) {
    return catalogue.index(id).orElseGet(() -> catalogue.index(id.strip()).orElse(0));
  }

  private static String name(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    name = name.substring(0, dot < 0 ? name.length() : dot).replaceAll("[^A-Za-z0-9._-]", "_");
    if (name.equals(Encoding.MINILM) || name.equals(Encoding.DESCRIPTOR) || name.isEmpty()) {
      throw new DataException(
          file + ": a table of that name would stand for the embedded encoder; rename the file");
    }
    return name;
  }
}
