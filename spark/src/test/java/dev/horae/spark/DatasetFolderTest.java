package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A data set is replaced whole or not at all, whenever that ends. */
class DatasetFolderTest {

  private static final List<String> FILES =
      List.of("dataset.json", "events.parquet", "items.parquet", "rejects.csv");

  @TempDir Path folder;

  private Path place;
  private final FailingFiles files = new FailingFiles();

  /** The disk, on which renames fail from the moment that is set. */
  private static final class FailingFiles extends FilterFileSystem {
    private int renames;
    private int first = Integer.MAX_VALUE;
    private int behindLast = Integer.MAX_VALUE;

    FailingFiles() {
      super(new RawLocalFileSystem());
    }

    /** The rename of this number, from 1, fails, and so many after it. */
    void fail(int number, int many) {
      renames = 0;
      first = number;
      behindLast = number + many;
    }

    @Override
    public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to)
        throws IOException {
      renames++;
      if (renames >= first && renames < behindLast) {
        throw new IOException("the name node is gone");
      }
      return super.rename(from, to);
    }
  }

  @BeforeEach
  void anOlderDataSetWithFeatures() throws IOException {
    files.initialize(FileSystem.getDefaultUri(new Configuration()), new Configuration());
    place = folder.resolve("shop");
    open().publish(made("old"));
    Files.writeString(Files.createDirectory(place.resolve("features")).resolve("text"), "vectors");
  }

  private DatasetFolder open() throws IOException {
    return new DatasetFolder(files, new org.apache.hadoop.fs.Path(place.toUri()));
  }

  private Path made(String content) throws IOException {
    Path made = Files.createDirectories(folder.resolve("made"));
    for (String name : FILES) {
      Files.writeString(made.resolve(name), content);
    }
    return made;
  }

  private Map<String, String> there() throws IOException {
    Map<String, String> there = new TreeMap<>();
    try (Stream<Path> all = Files.walk(place)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        there.put(place.relativize(file).toString(), Files.readString(file));
      }
    }
    return there;
  }

  private static Map<String, String> dataSet(String content) {
    Map<String, String> expected = new TreeMap<>();
    FILES.forEach(name -> expected.put(name, content));
    expected.put("features/text", "vectors");
    return expected;
  }

  @Test
  void isReplaced() throws IOException {
    open().publish(made("new"));
    assertThat(there()).isEqualTo(dataSet("new"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void comesBackAtOnceWhereARenameFails(int rename) throws IOException {
    DatasetFolder shop = open();
    files.fail(rename, 1);
    assertThatThrownBy(() -> shop.publish(made("new"))).hasMessage("the name node is gone");
    assertThat(there()).isEqualTo(dataSet("old"));
  }

  /** As when the process is killed: nothing that it would do afterwards comes to pass. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void comesBackWithTheNextPrepareWhereNothingCanBeRenamedAnyMore(int rename) throws IOException {
    DatasetFolder shop = open();
    files.fail(rename, Integer.MAX_VALUE - rename);
    assertThatThrownBy(() -> shop.publish(made("new"))).hasMessage("the name node is gone");
    files.fail(Integer.MAX_VALUE, 0);
    DatasetFolder next = open();
    assertThat(there()).isEqualTo(dataSet("old"));
    next.publish(made("new"));
    assertThat(there()).isEqualTo(dataSet("new"));
  }

  @Test
  void whatIsNoDataSetIsLeftAlone() throws IOException {
    Files.delete(place.resolve("dataset.json"));
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("/shop/: holds something that is not a prepared data set");
  }
}
