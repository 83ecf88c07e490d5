package dev.horae.prep;

import dev.horae.data.DataException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * Knows by the first bytes, not by the name, how a file is compressed and unpacks it; refuses what
 * is no text, with the repair.
 */
final class Unpacking {

  /** Enough for the mark of a tar archive, which stands at 257. */
  private static final int HEAD = 512;

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

    /** Of several compressed parts, one after another, all are read: {@code cat a.gz b.gz}. */
    InputStream unpack(InputStream in) throws IOException {
      return switch (this) {
        case GZIP -> new GzipCompressorInputStream(in, true);
        case ZIP -> new OnlyEntry(in);
        case BZIP2 -> new BZip2CompressorInputStream(in, true);
        case XZ -> new XZCompressorInputStream(in, true);
        case ZSTD -> new ZstdInputStream(in);
      };
    }
  }

  private record Foreign(Pattern start, String problem) {
    Foreign(String start, String problem) {
      this(Pattern.compile(start, Pattern.DOTALL | Pattern.CASE_INSENSITIVE), problem);
    }
  }

  private static final List<Foreign> FOREIGN =
      List.of(
          new Foreign("PAR1[\0-\u001F]", "a Parquet file; say --format parquet"),
          new Foreign(
              "(\u00EF\u00BB\u00BF)?\\s*<(!doctype html|html)",
              "a web page, not the data; download the file itself"),
          new Foreign(
              "version https://git-lfs",
              "a pointer of Git LFS, not the data; fetch the file with 'git lfs pull'"),
          new Foreign(".{257}ustar", "a tar archive; unpack it with 'tar -xf'"),
          new Foreign("\u00D0\u00CF\u0011\u00E0", "an Excel workbook; save it as CSV in UTF-8"),
          new Foreign("7z\u00BC\u00AF", "a 7z archive; unpack it with '7z x'"),
          new Foreign("Rar!\u001A", "a RAR archive; unpack it with 'unrar x'"),
          new Foreign("\u001F\u009D", "compressed with compress; unpack it with 'gzip -d'"),
          new Foreign("\u0004\"M\u0018", "compressed with lz4; unpack it with 'lz4 -d'"),
          new Foreign("\\]\0\0.{2}\0*", "compressed with lzma; unpack it with 'xz -d'"),
          new Foreign("\u0089HDF", "an HDF5 file; save it as Parquet or CSV"),
          new Foreign("\u0080[\u0002-\u0005]", "a Python pickle; save it as Parquet or CSV"),
          new Foreign("ARROW1\0", "an Arrow file; save it as Parquet"),
          new Foreign("ORC[\0-\u001F]", "an ORC file; save it as Parquet"),
          new Foreign("Obj\u0001", "an Avro file; save it as Parquet"),
          new Foreign("SQLite format 3\0", "an SQLite database; export the table as CSV"));

  private Unpacking() {}

  /**
   * {@return the text's bytes}
   *
   * @param name what messages call the file
   * @throws DataException when it is no text
   */
  static BufferedInputStream unpack(String name, InputStream file) throws IOException {
    BufferedInputStream in = new BufferedInputStream(file);
    while (true) {
      String head = new String(head(in), StandardCharsets.ISO_8859_1);
      for (Foreign foreign : FOREIGN) {
        if (foreign.start.matcher(head).lookingAt()) {
          throw new DataException(name + ": is " + foreign.problem);
        }
      }
      Compression found = null;
      for (Compression compression : Compression.values()) {
        if (compression.start.matcher(head).lookingAt()) {
          found = compression;
        }
      }
      if (found == null) {
        return in;
      }
      in = new BufferedInputStream(new Guarded(found, in));
    }
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

    private final Compression compression;

    Guarded(Compression compression, InputStream packed) throws IOException {
      super(null);
      this.compression = compression;
      try {
        in = compression.unpack(packed);
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

    private IOException failure(Exception e) {
      String what = compression.name().toLowerCase(Locale.ROOT);
      String problem = e instanceof EOFException ? "the end is missing" : e.getMessage();
      return new IOException(what + ": " + (problem == null ? e : problem), e);
    }
  }

  /** The one file in a ZIP archive. */
  private static final class OnlyEntry extends FilterInputStream {

    private final ZipInputStream zip;
    private final String entry;
    private boolean ended;

    OnlyEntry(InputStream in) throws IOException {
      super(new ZipInputStream(in));
      zip = (ZipInputStream) super.in;
      entry = next();
      if (entry == null) {
        throw new IOException("the archive holds no file");
      }
      if (entry.equals("[Content_Types].xml") || entry.equals("mimetype")) {
        throw new IOException("it is a spreadsheet; save it as CSV in UTF-8");
      }
    }

    private String next() throws IOException {
      ZipEntry next = zip.getNextEntry();
      while (next != null && (next.isDirectory() || next.getName().startsWith("__MACOSX/"))) {
        next = zip.getNextEntry();
      }
      return next == null ? null : next.getName();
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = ended ? -1 : zip.read(to, offset, length);
      if (read < 0 && !ended) {
        ended = true;
        String other = next();
        if (other != null) {
          throw new IOException(
              "the archive holds more than one file, %s and %s; unpack it".formatted(entry, other));
        }
      }
      return read;
    }
  }
}
