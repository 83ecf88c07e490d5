package dev.horae.features;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of picture files that are read, told by how they begin, whatever their names say. */
enum PictureFormat {
  JPEG("\u00FF\u00D8\u00FF"),
  PNG("\u0089PNG\r\n\u001A\n"),
  GIF("GIF8"),
  BMP("BM"),
  WEBP("RIFF"),
  TIFF("II*\0", "MM\0*");

  private final String[] begins;

  PictureFormat(String... begins) {
    this.begins = begins;
  }

  /** {@return the format; empty when the bytes are those of no picture} */
  static Optional<PictureFormat> of(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(12, bytes.length), StandardCharsets.ISO_8859_1);
    return Arrays.stream(values())
        .filter(format -> Arrays.stream(format.begins).anyMatch(head::startsWith))
        .filter(format -> format != WEBP || head.startsWith("WEBP", 8))
        .findFirst();
  }
}
