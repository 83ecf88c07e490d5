package dev.horae.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryPlaceTest {

  @TempDir Path folder;

  @Test
  void aFolderIsTriedAndLeftAsItWas() throws IOException {
    assertThat(LibraryPlace.problem(folder)).isEmpty();
    assertThat(folder).isEmptyDirectory();
    assertThat(LibraryPlace.problem(folder.resolve("none"))).contains("is missing");
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(LibraryPlace.problem(file)).contains("is no folder");
    Path kernel = Path.of("/proc"); // nobody may write there
    if (Files.isDirectory(kernel)) {
      assertThat(LibraryPlace.problem(kernel).orElseThrow()).startsWith("cannot be written: ");
    }
  }
}
