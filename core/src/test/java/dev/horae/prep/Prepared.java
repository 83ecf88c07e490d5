package dev.horae.prep;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the tests of this package share: small inputs and readable results. */
final class Prepared {

  /** No core, duplicates removed, no row may be refused. */
  static final PrepareOptions.Protocol ALL =
      new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.REMOVE, 50, 0);

  private Prepared() {}

  static Path file(Path directory, String name, String... lines) {
    try {
      return Files.writeString(directory.resolve(name), String.join("\n", lines) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Dataset run(
      PrepareOptions.Sources sources, PrepareOptions.Protocol protocol, Path directory) {
    return Preparation.run(
        new PrepareOptions(
            sources, protocol, directory.resolve("out"), PrepareOptions.DEFAULT_MEMORY),
        Progress.SILENT);
  }

  static Dataset events(Format format, PrepareOptions.Protocol protocol, Path events) {
    return run(
        new PrepareOptions.Sources(format, List.of(events), List.of()),
        protocol,
        events.getParent());
  }

  /** {@return one text per user, such as {@code u1: a@100 b@200}} */
  static List<String> histories(Dataset dataset) {
    List<String> said = new ArrayList<>();
    Histories histories = dataset.histories();
    for (int u = 0; u < histories.users(); u++) {
      StringBuilder history = new StringBuilder(dataset.users().get(u)).append(':');
      for (int event = histories.starts()[u]; event < histories.starts()[u + 1]; event++) {
        history
            .append(' ')
            .append(dataset.catalogue().item(histories.items()[event]).id())
            .append('@')
            .append(histories.times()[event]);
      }
      said.add(history.toString());
    }
    return said;
  }

  /** {@return what lies in a directory, by name} */
  static List<String> listing(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
