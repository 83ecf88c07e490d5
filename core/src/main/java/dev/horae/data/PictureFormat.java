package dev.horae.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** The kinds of picture files, told by how they begin, whatever their names say. */
public enum PictureFormat {
  JPEG("JPEG", true, begins("\u00FF\u00D8\u00FF")),
  PNG("PNG", true, begins("\u0089PNG\r\n\u001A\n")),
  GIF("GIF", true, begins("GIF8")),
  WEBP("WebP", true, head -> head.startsWith("RIFF") && head.startsWith("WEBP", 8)),
  TIFF("TIFF", true, begins("II*\0", "MM\0*")),
  BMP("BMP", true, PictureFormat::isBitmap),
  AVIF("AVIF", false, brand("avif", "avis")),
  HEIC("HEIC", false, brand("heic", "heix", "hevc", "heim", "heis", "mif1", "msf1")),
  JPEG_XL("JPEG XL", false, begins("\u00FF\n", "\0\0\0\fJXL ")),
  JPEG_2000("JPEG 2000", false, begins("\0\0\0\fjP  ", "\u00FFO\u00FFQ")),
  ICON("ICO", false, begins("\0\0\1\0")),
  PHOTOSHOP("PSD", false, begins("8BPS")),
  PDF("PDF", false, begins("%PDF-")),
  SVG("SVG", false, PictureFormat::isSvg);

  /** Bytes from the beginning of a file that tell its kind. */
  public static final int HEAD = 1024;

  /** Sizes of the header after that of the file, of all versions of the format. */
  private static final List<Integer> BITMAP_HEADERS = List.of(12, 16, 40, 52, 56, 64, 108, 124);

  private final String title;
  private final boolean read;
  private final Predicate<String> beginning;

  PictureFormat(String title, boolean read, Predicate<String> beginning) {
    this.title = title;
    this.read = read;
    this.beginning = beginning;
  }

  /** {@return whether pictures of this kind can be decoded} */
  public boolean isRead() {
    return read;
  }

  /** {@return what to do about a picture that is not read} */
  public String repair() {
    return title + " is not read; convert it to JPEG or PNG";
  }

  /** {@return the name that people know the kind by} */
  public String title() {
    return title;
  }

  /**
   * {@return the kind; empty when the bytes are those of no picture}
   *
   * @param bytes a file's, or its first {@value #HEAD}
   */
  public static Optional<PictureFormat> of(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(HEAD, bytes.length), StandardCharsets.ISO_8859_1);
    return Arrays.stream(values()).filter(format -> format.beginning.test(head)).findFirst();
  }

  /** {@return whether the bytes are those that a server sends where a picture is no more} */
  public static boolean isWebPage(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(HEAD, bytes.length), StandardCharsets.ISO_8859_1);
    return head.stripLeading().toLowerCase(Locale.ROOT).matches("(?s)<(!doctype html|html).*");
  }

  private static Predicate<String> begins(String... begins) {
    return head -> Arrays.stream(begins).anyMatch(head::startsWith);
  }

  /** The first brand of an ISO base media file. */
  private static Predicate<String> brand(String... brands) {
    return head ->
        head.startsWith("ftyp", 4)
            && Arrays.stream(brands).anyMatch(brand -> head.startsWith(brand, 8));
  }

  private static boolean isBitmap(String head) {
    return head.startsWith("BM")
        && head.length() >= 18
        && head.startsWith("\0\0\0", 15)
        && BITMAP_HEADERS.contains((int) head.charAt(14));
  }

  private static boolean isSvg(String head) {
    String text = head.startsWith("\u00EF\u00BB\u00BF") ? head.substring(3) : head;
    return text.stripLeading().startsWith("<")
        && text.toLowerCase(Locale.ROOT).matches("(?s).*<svg[\\s>].*")
        && !text.toLowerCase(Locale.ROOT).contains("<html");
  }
}
