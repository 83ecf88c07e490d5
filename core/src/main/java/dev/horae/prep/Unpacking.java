package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Knows by the first bytes, not by the name, how a file is compressed and unpacks it; refuses what
 * is no text, with the repair.
 */
final class Unpacking {

  /** Enough for the mark of a tar archive, which stands at 257. */
  static final int HEAD = 512;

  /** In each pattern a character is a byte. */
  private enum Compression {
    GZIP("\u001F\u008B"),
    ZIP("PK\u0003\u0004"),
    BZIP2("BZh[1-9]1AY&SY"),
    XZ("\u00FD7zXZ\0"),
    ZSTD("\\(\u00B5/\u00FD");

    private final Pattern start;

    Compression(String start) {
      this.start = Pattern.compile(start);
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Of several compressed parts, one after another, all are read: {@code cat a.gz b.gz}.
     *
     * @param name what messages call the file
     */
    InputStream unpack(InputStream in, String name) throws IOException {
      return switch (this) {
        case GZIP -> new GzipCompressorInputStream(in, true);
        case ZIP -> new OnlyEntry(in, name);
        case BZIP2 -> new BZip2CompressorInputStream(in, true);
        case XZ -> new XZCompressorInputStream(in, true);
        case ZSTD -> new ZstdInputStream(in);
      };
    }
  }

  private record Foreign(Pattern start, String kind, String repair) {
    Foreign(String start, String kind, String repair) {
      this(Pattern.compile(start, Pattern.DOTALL | Pattern.CASE_INSENSITIVE), kind, repair);
    }

    boolean begins(String head) {
      return start.matcher(head).lookingAt();
    }
  }

  private static final Foreign PARQUET =
      new Foreign("PAR1[\0-\u001F]", "a Parquet file", "say ``format`` parquet");

  /** Data, but in no text. */
  private static final List<Foreign> TABLES =
      List.of(
          PARQUET,
          new Foreign("\u00D0\u00CF\u0011\u00E0", "an Excel workbook", "save it as CSV in UTF-8"),
          new Foreign("\u0089HDF", "an HDF5 file", "save it as Parquet or CSV"),
          new Foreign("\u0093NUMPY", "a NumPy array", "save it as Parquet or CSV"),
          new Foreign("\u0080[\u0002-\u0005]", "a Python pickle", "save it as Parquet or CSV"),
          new Foreign("(RDX[23]\n)?X\n\0\0\0[\u0002\u0003]", "an R file", "save it as CSV"),
          new Foreign("ARROW1\0", "an Arrow file", "save it as Parquet"),
          new Foreign("ORC[\0-\u001F]", "an ORC file", "save it as Parquet"),
          new Foreign("Obj\u0001", "an Avro file", "save it as Parquet"),
          new Foreign("SQLite format 3\0", "an SQLite database", "export the table as CSV"),
          new Foreign("%PDF-", "a PDF document", "export the table as CSV"));

  private static final List<Foreign> OTHERS =
      List.of(
          new Foreign(
              "(\u00EF\u00BB\u00BF)?\\s*<(!doctype html|html)",
              "a web page, not the data",
              "download the file itself"),
          new Foreign(
              "version https://git-lfs",
              "a pointer of Git LFS, not the data",
              "fetch the file with 'git lfs pull'"),
          new Foreign(".{257}ustar", "a tar archive", "unpack it with 'tar -xf'"),
          new Foreign("7z\u00BC\u00AF", "a 7z archive", "unpack it with '7z x'"),
          new Foreign("Rar!\u001A", "a RAR archive", "unpack it with 'unrar x'"),
          new Foreign("MSCF\0", "a cabinet archive", "unpack it with 'cabextract'"),
          new Foreign(
              "\u001F[\u009D\u001E]", "compressed with compress", "unpack it with 'gzip -d'"),
          new Foreign(
              "\u0004\"M\u0018|\u0002!L\u0018", "compressed with lz4", "unpack it with 'lz4 -d'"),
          new Foreign("[P-_]\\*M\u0018", "compressed with pzstd", "unpack it with 'zstd -d'"),
          new Foreign("\\]\0\0.{2}\0*", "compressed with lzma", "unpack it with 'xz -d'"),
          new Foreign("LZIP\u0001", "compressed with lzip", "unpack it with 'lzip -d'"),
          new Foreign("\u0089LZO\0", "compressed with lzop", "unpack it with 'lzop -d'"),
          new Foreign(
              "\u00FF\u0006\0\0sNaPpY", "compressed with snappy", "unpack it with 'snzip -d'"),
          new Foreign(
              "x[\u009C\u00DA][^ -~\t\r\n]",
              "compressed with zlib",
              "unpack it with 'zlib-flate -uncompress'"));

  private Unpacking() {}

  /**
   * {@return the text's bytes}
   *
   * @param name what messages call the file
   * @param table whether a table is wanted, and not lines of JSON
   * @throws DataException when it is no text
   */
  static BufferedInputStream unpack(String name, InputStream file, boolean table)
      throws IOException {
    BufferedInputStream in = new BufferedInputStream(file);
    while (true) {
      String head = letters(head(in));
      Optional<Foreign> foreign = foreign(head);
      if (foreign.isPresent()) {
        boolean elsewhere = !table && TABLES.contains(foreign.get());
        throw new DataException(
            "%s: is %s; %s"
                .formatted(
                    name,
                    foreign.get().kind,
                    elsewhere ? "write it as lines of JSON" : foreign.get().repair));
      }
      Optional<Compression> compression = compression(head);
      if (compression.isEmpty()) {
        return in;
      }
      in = new BufferedInputStream(new Guarded(compression.get(), in, name));
    }
  }

  private static String letters(byte[] head) {
    return new String(head, StandardCharsets.ISO_8859_1);
  }

  private static Optional<Foreign> foreign(String head) {
    return Stream.concat(TABLES.stream(), OTHERS.stream())
        .filter(kind -> kind.begins(head))
        .findFirst();
  }

  private static Optional<Compression> compression(String head) {
    return Arrays.stream(Compression.values())
        .filter(kind -> kind.start.matcher(head).lookingAt())
        .findFirst();
  }

  /**
   * {@return what a file is, and the repair, where a Parquet file is wanted}
   *
   * @param head its first bytes
   */
  static String insteadOfParquet(byte[] head) {
    String letters = letters(head);
    Optional<Foreign> foreign = foreign(letters).filter(kind -> !kind.equals(PARQUET));
    if (foreign.isPresent()) {
      return "is " + foreign.get().kind + "; " + foreign.get().repair;
    }
    Optional<Compression> compression = compression(letters);
    if (compression.isPresent()) {
      return "is compressed as a whole ("
          + compression.get().label()
          + "), which Parquet needs not; unpack it";
    }
    if (letters.matches("(?s)\\s*[\\[{].*")) {
      return "is JSON; say ``format`` jsonl";
    }
    return letters.isEmpty() || letters.matches("(?s).*[^\t-\r -~\u0080-\u00FF].*")
        ? "is no Parquet file, which begins with the letters PAR1; correct ``format`` or the path"
        : "is text; say ``format`` csv, or recbole for its atomic files";
  }

  /**
   * Whether bytes are of neither a text nor a kind that has a mark, such as those of brotli: they
   * are not UTF-8 and have control characters that no text has. Those that exports use between
   * columns, and NUL, which a broken disk leaves behind, say nothing.
   */
  static boolean isBinary(byte[] head) {
    CharBuffer letters = CharBuffer.allocate(head.length);
    CoderResult read =
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(head), letters, false);
    long control = letters(head).chars().filter(c -> c > 3 && c < 9 || c > 13 && c < 26).count();
    return read.isError() && control >= Math.max(8, head.length / 32);
  }

  /**
   * {@return the first bytes, which stay to be read} As many as there are at once: a program that
   * sends one line and waits for the answer must not wait for ever.
   */
  static byte[] head(BufferedInputStream in) throws IOException {
    in.mark(HEAD);
    byte[] head = new byte[HEAD];
    int length = 0;
    while (length < 4 && (length == 0 || head[length - 1] != '\n')) {
      int more = in.read(head, length, HEAD - length);
      if (more < 0) {
        break;
      }
      length += more;
    }
    in.reset();
    return Arrays.copyOf(head, length);
  }

  /** Damaged bytes lead some libraries to exceptions of other kinds. */
  private static final class Guarded extends FilterInputStream {

    /** How the library begins to name a frame of zstd that holds none of the text. */
    private static final String SKIPPABLE = "prefix: 184d2a5";

    private final Compression compression;

    Guarded(Compression compression, InputStream packed, String name) throws IOException {
      super(null);
      this.compression = compression;
      try {
        in = compression.unpack(packed, name);
      } catch (DataException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw failure(e);
      }
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      try {
        return in.read(to, offset, length);
      } catch (DataException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw failure(e);
      }
    }

    /** Asked before each read; some libraries fail here, and the reason would be lost. */
    @Override
    public int available() {
      return 0;
    }

    private IOException failure(Exception e) {
      String problem = e instanceof EOFException ? "the end is missing" : Reasons.of(e);
      String repair =
          problem.contains(SKIPPABLE)
              ? "; it has frames that only zstd reads: unpack it with 'zstd -d'"
              : "; the file may be damaged or cut off";
      return new IOException(compression.label() + ": " + problem + repair, e);
    }
  }

  /** The one file in a ZIP archive. */
  private static final class OnlyEntry extends FilterInputStream {

    /** What workbooks of Excel and LibreOffice hold, in any order. */
    private static final Pattern OFFICE =
        Pattern.compile("\\[Content_Types\\]\\.xml|mimetype|_rels/|docProps/|xl/");

    private final ZipInputStream zip;
    private final String name;
    private final String entry;
    private boolean ended;

    OnlyEntry(InputStream in, String name) throws IOException {
      super(new ZipInputStream(in));
      this.name = name;
      zip = (ZipInputStream) super.in;
      String first = next();
      if (first == null) {
        throw new DataException(name + ": is a ZIP archive that holds no file; pack it again");
      }
      entry = first;
      if (OFFICE.matcher(entry).lookingAt()) {
        throw new DataException(name + ": is a spreadsheet; save it as CSV in UTF-8");
      }
    }

    private @Nullable String next() throws IOException {
      try {
        ZipEntry next = zip.getNextEntry();
        while (next != null && (next.isDirectory() || next.getName().startsWith("__MACOSX/"))) {
          next = zip.getNextEntry();
        }
        return next == null ? null : next.getName();
      } catch (ZipException e) {
        if (!Reasons.of(e).contains("encrypted")) {
          throw e;
        }
        throw new DataException(
            name + ": is an encrypted ZIP archive; unpack it with its password", e);
      }
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = ended ? -1 : zip.read(to, offset, length);
      if (read < 0 && !ended) {
        ended = true;
        String other = next();
        if (other != null) {
          throw new DataException(
              "%s: is a ZIP archive of more than one file, %s and %s; unpack it"
                  .formatted(name, entry, other));
        }
      }
      return read;
    }
  }
}
