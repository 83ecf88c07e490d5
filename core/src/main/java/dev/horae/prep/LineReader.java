package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text, in UTF-8 unless a byte order mark, the zero bytes of UTF-16 or an option say
 * otherwise, compressed or not ({@link Unpacking}). One bad line does not spoil its neighbours.
 *
 * <p>A line ends with a line feed, a carriage return or both. A byte order mark at its start is no
 * text, because files are put together with {@code cat}.
 */
public final class LineReader implements Closeable {

  /** A longer line is no record but a file without line ends. */
  static final int MAX_LINE_BYTES = 16 << 20;

  /** What Windows, Excel and the MovieLens files use, and what Latin-1 mostly is. */
  private static final String OTHER_ENCODING = " (try ``encoding`` windows-1252)";

  private final String name;
  private final boolean askable;
  private final String encoding;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private int from;
  private int to;
  private byte[] line = new byte[1 << 12];
  private int length;
  private boolean tooLong;
  private boolean afterReturn;
  private long number;
  private final Deque<Line> returned = new ArrayDeque<>();

  public LineReader(Path file) {
    this(file.toString(), opened(file));
  }

  /**
   * @param name what messages call the file
   * @param encoding of the text, if it has no byte order mark; UTF-8 when empty
   * @param consumed is told the bytes of the file read so far, now and then
   */
  LineReader(String name, Path file, Optional<Charset> encoding, LongConsumer consumed) {
    this(name, new Counting(opened(file), consumed), encoding);
  }

  LineReader(String name, InputStream bytes, Optional<Charset> encoding) {
    this(name, bytes, encoding, true);
  }

  /**
   * @param name what messages call it: a file's path, "standard input"
   */
  public LineReader(String name, InputStream bytes) {
    this(name, bytes, Optional.empty(), false);
  }

  private LineReader(String name, InputStream bytes, Optional<Charset> asked, boolean askable) {
    this.name = name;
    this.askable = askable;
    try {
      BufferedInputStream text = Unpacking.unpack(name, bytes, askable);
      byte[] head = Unpacking.head(text);
      Optional<Charset> known = Transcoding.seenIn(head).or(() -> asked);
      if (known.isEmpty() && Unpacking.isBinary(head)) {
        throw new DataException(
            name
                + ": is neither text nor of a kind that its first bytes tell; if it is compressed,"
                + " as with brotli, unpack it");
      }
      Charset charset = known.orElse(StandardCharsets.UTF_8);
      encoding = charset.name();
      in = charset.equals(StandardCharsets.UTF_8) ? text : new Transcoding(text, charset);
    } catch (IOException e) {
      throw new DataException(name + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static InputStream opened(Path file) {
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be opened: " + Reasons.of(e), e);
    }
  }

  /** {@return what messages call the text} */
  public String name() {
    return name;
  }

  /** {@return the next line, or null at the end} */
  public @Nullable Line next() {
    if (!returned.isEmpty()) {
      return returned.poll();
    }
    try {
      return read() ? line() : null;
    } catch (IOException e) {
      throw new DataException(
          "%s: cannot be read after line %s: %s".formatted(name, number, Reasons.of(e)), e);
    }
  }

  /** Puts lines back: {@link #next} returns them again, in this order. */
  void putBack(List<Line> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      returned.push(lines.get(i));
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Fills {@code line}; false at the end of the text. */
  private boolean read() throws IOException {
    length = 0;
    tooLong = false;
    boolean any = false;
    while (from < to || fill()) {
      if (afterReturn && buffer[from] == '\n') {
        afterReturn = false;
        from++;
        continue;
      }
      afterReturn = false;
      any = true;
      int end = from;
      while (end < to && buffer[end] != '\n' && buffer[end] != '\r') {
        end++;
      }
      keep(end);
      from = Math.min(end + 1, to);
      if (end < to) {
        afterReturn = buffer[end] == '\r';
        return true;
      }
    }
    return any;
  }

  private boolean fill() throws IOException {
    from = 0;
    to = Math.max(in.read(buffer), 0);
    return to > 0;
  }

  private void keep(int end) {
    int more = end - from;
    if (length + more > MAX_LINE_BYTES) {
      tooLong = true;
      return;
    }
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.max(length + more, line.length * 2));
    }
    System.arraycopy(buffer, from, line, length, more);
    length += more;
  }

  private Line line() {
    number++;
    int start = hasByteOrderMark() ? 3 : 0;
    String text = new String(line, start, length - start, StandardCharsets.UTF_8);
    if (tooLong) {
      return new Line(number, text, "line longer than " + (MAX_LINE_BYTES >> 20) + " MiB");
    }
    // Only a text with the replacement character can have been broken: look closer at those alone.
    if (text.indexOf('\uFFFD') >= 0 && !isUtf8(start, length)) {
      boolean advise = askable && encoding.equals("UTF-8");
      return new Line(number, text, "not " + encoding + (advise ? OTHER_ENCODING : ""));
    }
    // Left behind where a disk was full or the power failed; in an id nobody would see it.
    return new Line(number, text, text.indexOf('\0') >= 0 ? "NUL character" : null);
  }

  private boolean isUtf8(int start, int end) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line, start, end - start));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private boolean hasByteOrderMark() {
    return length >= 3
        && line[0] == (byte) 0xEF
        && line[1] == (byte) 0xBB
        && line[2] == (byte) 0xBF;
  }

  private static final class Counting extends FilterInputStream {

    private final LongConsumer consumed;
    private long bytes;

    Counting(InputStream in, LongConsumer consumed) {
      super(in);
      this.consumed = consumed;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = super.read(to, offset, length);
      bytes += Math.max(read, 0);
      consumed.accept(bytes);
      return read;
    }
  }
}
