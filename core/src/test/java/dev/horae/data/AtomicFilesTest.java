package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {

  @TempDir Path directory;

  private List<String> listing() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatFailsLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(directory.resolve("a.json"), "old");
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      out.write(new byte[100]);
                      throw new IOException("full");
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + file);
    assertThat(file).hasContent("old");
    assertThat(listing()).containsExactly("a.json");
  }

  @Test
  void aLinkStaysAndWhatItPointsToIsReplacedWithItsPermissions() throws IOException {
    Set<PosixFilePermission> own = PosixFilePermissions.fromString("rw-r-----");
    Path target = Files.writeString(directory.resolve("target"), "old");
    Files.setPosixFilePermissions(target, own);
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
    Path further = Files.createSymbolicLink(directory.resolve("further"), link);
    AtomicFiles.writeText(further, "new");
    assertThat(further).isSymbolicLink();
    assertThat(link).isSymbolicLink();
    assertThat(target).isRegularFile().hasContent("new");
    assertThat(Files.getPosixFilePermissions(target)).isEqualTo(own);
    assertThat(listing()).containsExactly("further", "link", "target");
  }

  @Test
  void aLinkToNothingMakesWhatItPointsTo() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("deep/there"));
    AtomicFiles.writeText(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(directory.resolve("deep/there")).hasContent("new");
  }

  @Test
  void linksInACircleAreAnError() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("a"), Path.of("a"));
    assertThatThrownBy(() -> AtomicFiles.writeText(link, "new"))
        .hasMessage("cannot write " + link)
        .cause()
        .satisfies(
            e -> assertThat(Reasons.of((IOException) e)).isEqualTo("symbolic links in a circle"));
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aNamedPipeIsWrittenTo() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    AtomicFiles.writeText(pipe, "through");
    assertThat(read.get()).isEqualTo("through");
    assertThat(listing()).containsExactly("pipe");
    assertThat(AtomicFiles.isStream(pipe)).isTrue();
  }

  @Test
  void aDirectoryIsNoFile() throws IOException {
    assertThatThrownBy(() -> AtomicFiles.writeText(directory, "x"))
        .hasMessage("cannot write " + directory)
        .cause()
        .satisfies(e -> assertThat(Reasons.of((IOException) e)).isEqualTo("is a directory"));
    assertThat(listing()).isEmpty();
  }

  @Test
  void whatDeadProcessesLeftIsSweptAndNothingElse() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    long alive = ProcessHandle.current().pid();
    String left = ".a.json." + dead.pid() + ".part";
    String other = ".b.json." + dead.pid() + ".part";
    for (String name :
        List.of(left, other, ".a.json." + alive + ".part", "a.json.part", ".a.json.x.part")) {
      Files.writeString(directory.resolve(name), "");
    }
    AtomicFiles.sweep(directory.resolve("a.json"));
    assertThat(listing()).doesNotContain(left).contains(other).hasSize(4);
    AtomicFiles.sweep(directory);
    assertThat(listing())
        .containsExactly(".a.json." + alive + ".part", ".a.json.x.part", "a.json.part");
  }

  @Test
  void aTreeIsDeletedAndWhatItLinksToIsNot() throws IOException {
    Path kept = Files.createDirectories(directory.resolve("kept"));
    Files.writeString(kept.resolve("file"), "");
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.writeString(tree.resolve("file"), "");
    Files.createSymbolicLink(tree.resolve("link"), kept);
    AtomicFiles.deleteTree(directory.resolve("tree"));
    AtomicFiles.deleteTree(directory.resolve("tree"));
    assertThat(listing()).containsExactly("kept");
    assertThat(kept.resolve("file")).exists();
  }
}
