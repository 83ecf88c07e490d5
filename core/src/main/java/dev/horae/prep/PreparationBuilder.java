package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to prepare, one thing after the other; see {@link Preparation#of}. What is not said is as in
 * {@link PrepareOptions.Protocol#PAPER} and as files usually are. A setting that cannot be is
 * refused by {@link #into}.
 */
public final class PreparationBuilder {

  private final Format format;
  private final List<Path> events;
  private final Map<Column, List<String>> columns = new EnumMap<>(Column.class);
  private List<Path> items = List.of();
  private Optional<Path> images = Optional.empty();
  private List<String> textColumns = List.of();
  private PrepareOptions.Text text = PrepareOptions.Text.PLAIN;
  private PrepareOptions.Cells cells = PrepareOptions.Cells.USUAL;
  private PrepareOptions.Protocol protocol = PrepareOptions.Protocol.PAPER;
  private String memory = PrepareOptions.DEFAULT_MEMORY;
  private Progress progress = Progress.SILENT;

  PreparationBuilder(Format format, List<Path> events) {
    this.format = format;
    this.events = events;
  }

  /** The catalogue's files, in the same format. */
  public PreparationBuilder items(Path... files) {
    items = List.of(files);
    return this;
  }

  /** The folder of the items' pictures. */
  public PreparationBuilder images(Path folder) {
    images = Optional.of(folder);
    return this;
  }

  /** What a column is called in these files; of several names the first that a file has counts. */
  public PreparationBuilder column(Column column, String name) {
    columns.computeIfAbsent(column, key -> new ArrayList<>()).add(name);
    return this;
  }

  /** Further columns of the items' files to keep, for their texts. */
  public PreparationBuilder textColumns(List<String> names) {
    textColumns = names;
    return this;
  }

  /** How text files are written, where their first lines do not say it. */
  public PreparationBuilder text(PrepareOptions.Text how) {
    text = how;
    return this;
  }

  /** What the values of a row mean. */
  public PreparationBuilder cells(PrepareOptions.Cells meaning) {
    cells = meaning;
    return this;
  }

  /** The rules: how many events users and items must have, what duplicates and ties are. */
  public PreparationBuilder protocol(PrepareOptions.Protocol rules) {
    protocol = rules;
    return this;
  }

  /** Memory for sorting and joining, such as {@code 1GB}; what needs more goes to disk. */
  public PreparationBuilder memory(String amount) {
    memory = amount;
    return this;
  }

  /** Is told how far the work is. */
  public PreparationBuilder progress(Progress listener) {
    progress = listener;
    return this;
  }

  /**
   * Writes the data set and opens it.
   *
   * @param out an older data set there is replaced, its feature tables stay
   * @throws dev.horae.config.InvalidValue when a setting cannot be
   * @throws DataException as {@link Preparation#run} does
   */
  public Dataset into(Path out) {
    return Preparation.run(options(out), progress);
  }

  /** {@return what {@link #into} would do} */
  public PrepareOptions options(Path out) {
    return new PrepareOptions(
        new PrepareOptions.Sources(
            format, events, items, images, columns, textColumns, text, cells),
        protocol,
        out,
        memory);
  }
}
