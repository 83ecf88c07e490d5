package dev.horae.prep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How picture files of some kinds begin. */
final class Pictures {

  static final String JPEG = "\u00FF\u00D8\u00FF\u00E0";
  static final String PNG = "\u0089PNG\r\n\u001A\n";
  static final String AVIF = "\0\0\0 ftypavif";
  static final String SVG = "<?xml version='1.0'?><svg width='1'>";

  private Pictures() {}

  static void write(Path file, String beginning) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, beginning.getBytes(StandardCharsets.ISO_8859_1));
  }
}
