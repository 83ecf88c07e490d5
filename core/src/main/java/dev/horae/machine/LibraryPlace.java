package dev.horae.machine;

import dev.horae.data.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A folder that native libraries are unpacked into, and loaded from. */
final class LibraryPlace {

  private LibraryPlace() {}

  /** {@return why no library can be loaded from the folder, if so} Tries it with a program. */
  static Optional<String> problem(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Optional.of(Files.exists(folder) ? "is no folder" : "is missing");
    }
    Path program = null;
    try {
      program = Files.createTempFile(folder, "horae", ".sh");
      Files.writeString(program, "#!/bin/sh\n");
      return Files.exists(Path.of("/bin/sh")) && !runs(program) // elsewhere every folder may
          ? Optional.of("may not run programs: it is mounted noexec")
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of("cannot be written: " + Reasons.of(e));
    } finally {
      if (program != null) {
        program.toFile().delete();
      }
    }
  }

  private static boolean runs(Path program) {
    if (!program.toFile().setExecutable(true)) {
      return false;
    }
    try {
      Process process = new ProcessBuilder(program.toString()).start();
      process.getOutputStream().close();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true; // not known
    }
  }
}
