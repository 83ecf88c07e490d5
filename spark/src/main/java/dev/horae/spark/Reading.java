package dev.horae.spark;

import dev.horae.prep.Column;
import dev.horae.prep.Format;
import dev.horae.prep.PrepareOptions;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How files of events are read: of {@link PrepareOptions.Sources} what a task must know, in a form
 * that can be sent to it.
 *
 * @param encoding null when not said
 * @param catalogue whether there are files of items
 */
record Reading(
    Format format,
    Map<Column, List<String>> columns,
    String separator,
    List<List<String>> headers,
    @Nullable String encoding,
    List<String> missing,
    String categorySeparator,
    boolean catalogue)
    implements Serializable {

  static Reading of(PrepareOptions.Sources sources) {
    Map<Column, List<String>> columns = new TreeMap<>();
    sources.columns().forEach((column, names) -> columns.put(column, new ArrayList<>(names)));
    List<List<String>> headers = new ArrayList<>();
    sources.text().headers().forEach(names -> headers.add(new ArrayList<>(names)));
    return new Reading(
        sources.format(),
        columns,
        sources.text().separator(),
        headers,
        sources.text().encoding().map(Charset::name).orElse(null),
        new ArrayList<>(sources.cells().missing()),
        sources.cells().categorySeparator(),
        !sources.items().isEmpty());
  }

  /** {@return what a reader of events is given; the files named in it are none} */
  PrepareOptions.Sources sources() {
    return new PrepareOptions.Sources(
        format,
        List.of(Path.of("events")),
        catalogue ? List.of(Path.of("items")) : List.of(),
        Optional.empty(),
        columns,
        List.of(),
        new PrepareOptions.Text(
            separator, headers, Optional.ofNullable(encoding).map(Charset::forName)),
        new PrepareOptions.Cells(missing, categorySeparator));
  }
}
