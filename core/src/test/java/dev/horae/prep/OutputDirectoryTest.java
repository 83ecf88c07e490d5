package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Hashes;
import dev.horae.data.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputDirectoryTest {

  private static final List<String> FILES =
      List.of("dataset.json", "events.parquet", "items.parquet", "rejects.csv");

  @TempDir Path directory;

  private Dataset prepare(Path out, String... lines) {
    Path events = Prepared.file(directory, "events.csv", lines);
    return Preparation.run(
        new PrepareOptions(
            new PrepareOptions.Sources(Format.CSV, List.of(events), List.of()),
            Prepared.ALL,
            out,
            PrepareOptions.DEFAULT_MEMORY),
        Progress.SILENT);
  }

  private Dataset first(Path out) throws IOException {
    Dataset dataset = prepare(out, "user,item,time", "u,a,1", "u,b,2");
    Files.createDirectories(out.resolve("features/cache"));
    Files.writeString(out.resolve("features/cache/minilm.bin"), "hours of work");
    Files.writeString(out.resolve("notes.txt"), "mine");
    return dataset;
  }

  /** Every file below, with its bytes. */
  private static Map<String, String> content(Path out) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (var files = Files.walk(out)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        content.put(out.relativize(file).toString(), Hashes.sha256(file));
      }
    }
    return content;
  }

  private static void write(OutputDirectory out, List<String> names) throws IOException {
    for (String name : names) {
      Files.writeString(out.content().resolve(name), "new " + name);
    }
  }

  @Test
  void preparedAgainWhatElseLiesThereStays() throws IOException {
    Path out = directory.resolve("out");
    first(out);

    Dataset second = prepare(out, "user,item,time", "u,a,1", "u,b,2", "u,c,3");

    assertThat(second.catalogue().size()).isEqualTo(3);
    assertThat(Files.readString(out.resolve("features/cache/minilm.bin")))
        .isEqualTo("hours of work");
    assertThat(Prepared.listing(out))
        .containsExactly(
            "dataset.json",
            "events.parquet",
            "features",
            "items.parquet",
            "notes.txt",
            "rejects.csv");
    assertThat(Prepared.listing(directory)).containsExactly("events.csv", "out");
  }

  /** A move that fails: its new file is not there. The moves before it are taken back. */
  @Test
  void aMoveThatFailsTakesBackThoseBefore() throws IOException {
    Path out = directory.resolve("out");
    first(out);
    Map<String, String> before = content(out);
    for (String missing : FILES) {
      try (OutputDirectory again = new OutputDirectory(out)) {
        write(again, FILES);
        List<OutputDirectory.Move> moves = OutputDirectory.moves(again.place());
        assertThat(moves).hasSize(8);
        // As long as the old file has its place, a directory stands where it shall go to.
        Files.createDirectories(out.resolve(".prepare/replaced").resolve(missing).resolve("full"));
        assertThatThrownBy(again::publish)
            .isInstanceOf(UncheckedIOException.class)
            .hasMessage("cannot move the data set to " + out);
      }
      assertThat(content(out)).isEqualTo(before);
    }
  }

  /** Where the old files cannot go back either, they stay where they are until they can. */
  @Test
  void whatCannotBePutBackIsKept() throws IOException {
    Path out = directory.resolve("out");
    first(out);
    Map<String, String> before = content(out);
    Path inTheWay = out.resolve("rejects.csv/full");
    try (OutputDirectory again = new OutputDirectory(out)) {
      write(again, List.of("dataset.json", "events.parquet", "items.parquet"));
      Files.createDirectories(again.content().resolve("rejects.csv/full"));
      assertThatThrownBy(again::publish)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage("cannot move the data set to " + out);
    }
    assertThat(content(out)).isEqualTo(before);
    try (OutputDirectory again = new OutputDirectory(out)) {
      write(again, List.of("dataset.json", "events.parquet", "rejects.csv"));
      for (OutputDirectory.Move move : OutputDirectory.moves(out).subList(0, 4)) {
        Files.createDirectories(out.resolve(".prepare/replaced"));
        move.run();
      }
      Files.createDirectories(inTheWay);
      Files.writeString(again.content().resolve("items.parquet"), "new items");
      assertThatThrownBy(again::publish)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage(
              "cannot move the data set to "
                  + out
                  + "; what was there lies in "
                  + out.resolve(".prepare")
                  + ": prepare again, which brings it back");
    }
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    new OutputDirectory(out).close();
    assertThat(content(out)).isEqualTo(before);
  }

  @Test
  void aNewFileThatIsNotThereTakesBackTheOldOnes() throws IOException {
    Path out = directory.resolve("out");
    first(out);
    Map<String, String> before = content(out);
    for (String missing : FILES) {
      try (OutputDirectory again = new OutputDirectory(out)) {
        write(again, FILES.stream().filter(name -> !name.equals(missing)).toList());
        assertThatThrownBy(again::publish).isInstanceOf(UncheckedIOException.class);
      }
      assertThat(content(out)).isEqualTo(before);
    }
  }

  /** What a kill leaves: the first moves are made, and nobody cleans up. */
  @Test
  void killedBetweenAnyTwoMovesNothingIsLost() throws IOException {
    Path out = directory.resolve("out");
    first(out);
    Map<String, String> before = content(out);
    Path work = out.resolve(".prepare");
    for (int made = 0; made <= 8; made++) {
      for (String name : FILES) {
        Files.createDirectories(work.resolve("content"));
        Files.writeString(work.resolve("content").resolve(name), "new " + name);
      }
      Files.createDirectories(work.resolve("replaced"));
      Files.createFile(work.resolve("lock"));
      List<OutputDirectory.Move> moves = OutputDirectory.moves(out);
      for (OutputDirectory.Move move : moves.subList(0, made)) {
        move.run();
      }
      if (made > 0 && made < 8) {
        assertThatThrownBy(() -> PreparedDataset.open(out))
            .isInstanceOf(DataException.class)
            .hasMessage(
                out
                    + ": a prepare was killed while it replaced this data set; prepare it again,"
                    + " which first brings back the old one");
      }
      if (made == 8) {
        for (String name : FILES) {
          assertThat(out.resolve(name)).hasContent("new " + name);
        }
        Files.writeString(out.resolve("dataset.json"), "{\"version\":1}"); // one that can be read
        before = new TreeMap<>(content(out));
        before.keySet().removeIf(name -> name.startsWith(".prepare"));
      }
      new OutputDirectory(out).close();
      assertThat(content(out)).isEqualTo(before);
      assertThat(Files.exists(work)).isFalse();
    }
  }

  @Test
  void killedBetweenTheMovesOfAFirstDataSetNothingOfItStays() throws IOException {
    for (int made = 0; made < 4; made++) {
      Path out = directory.resolve("first" + made);
      Path work = out.resolve(".prepare");
      Files.createDirectories(work.resolve("content"));
      for (String name : FILES) {
        Files.writeString(work.resolve("content").resolve(name), "new " + name);
      }
      for (OutputDirectory.Move move : OutputDirectory.moves(out).subList(0, made)) {
        move.run();
      }
      new OutputDirectory(out).close();
      assertThat(Prepared.listing(out)).isEmpty();
      assertThat(first(out).catalogue().size()).isEqualTo(2);
    }
  }

  @Test
  void onePrepareAtATime() throws IOException {
    Path out = directory.resolve("out");
    try (OutputDirectory one = new OutputDirectory(out)) {
      assertThatThrownBy(() -> new OutputDirectory(out))
          .isInstanceOf(DataException.class)
          .hasMessage(
              one.place()
                  + ": this process writes there already; wait for its end, or name another place");
      assertThat(Prepared.listing(one.content())).isEmpty();
    }
    assertThat(Files.exists(out)).isFalse();
  }

  @Test
  void anyWayToNameAPlaceLeadsThere() throws IOException {
    Path real = Files.createDirectories(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    List<Path> places =
        List.of(
            link, // an empty directory
            link.resolve("new"),
            real.resolve("."),
            directory.resolve("missing/../beside"),
            link.resolve("..").resolve("sister"),
            directory.resolve("deep/deeper/deepest"));
    for (Path place : places) {
      assertThat(first(Files.createDirectories(OutputDirectory.resolved(place))).catalogue().size())
          .isEqualTo(2);
      assertThat(prepare(place, "user,item,time", "u,a,1").catalogue().size()).isEqualTo(1);
    }
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(Prepared.listing(directory))
        .containsExactly("beside", "deep", "events.csv", "link", "real", "sister");
  }

  @Test
  void aPlaceThatCannotBeIsRefusedAndLeftAsItWas() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "text");
    assertRefused(file, file + ": is not a directory; name another place for the data set");
    assertThatThrownBy(() -> new OutputDirectory(file.resolve("below")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + file.resolve("below"));
    assertRefused(Path.of("/"), "/: is the root of the file system; name another directory");
    Path dangling =
        Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nowhere"));
    assertRefused(
        dangling, dangling + ": is a link to nothing; name another place for the data set");
    Path foreign = Files.createDirectories(directory.resolve("foreign"));
    Files.writeString(foreign.resolve("events.parquet"), "mine");
    String message =
        foreign
            + ": holds something that is not a prepared data set and will not be overwritten;"
            + " name another directory or empty this one";
    assertRefused(foreign, message);
    Files.createDirectories(foreign.resolve(".prepare"));
    Files.writeString(foreign.resolve("mine.txt"), "mine");
    assertRefused(foreign, message);
    assertThat(Prepared.listing(directory)).containsExactly("dangling", "file", "foreign");
    assertThat(Files.readString(foreign.resolve("events.parquet"))).isEqualTo("mine");
  }

  private static void assertRefused(Path place, String message) {
    assertThatThrownBy(() -> new OutputDirectory(place))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }
}
