package dev.horae.prep;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A text of another encoding as UTF-8. Bytes that are no character become one that is none in UTF-8
 * either, so that its line, and only that, is refused.
 */
final class Transcoding extends InputStream {

  private static final int NO_UTF8 = 0xFF;

  private final InputStream in;
  private final CharsetDecoder decoder;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
  private final CharBuffer chars = CharBuffer.allocate(1 << 16);
  private final ByteArrayOutputStream decoded = new ByteArrayOutputStream();
  private byte[] out = {};
  private int at;
  private boolean ended;

  Transcoding(InputStream in, Charset charset) {
    this.in = in;
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /**
   * {@return the encoding that a byte order mark says, or the zero bytes of UTF-16 and UTF-32}
   *
   * @param head the first bytes of the text
   */
  static Optional<Charset> seenIn(byte[] head) {
    int b0 = head.length > 0 ? head[0] & 0xFF : -1;
    int b1 = head.length > 1 ? head[1] & 0xFF : -1;
    if (b0 == 0xEF && b1 == 0xBB && head.length > 2 && (head[2] & 0xFF) == 0xBF) {
      return Optional.of(StandardCharsets.UTF_8);
    }
    boolean zeroes = head.length > 3 && head[2] == 0 && head[3] == 0;
    if (b0 == 0xFF && b1 == 0xFE) {
      return Optional.of(zeroes ? Charset.forName("UTF-32LE") : StandardCharsets.UTF_16LE);
    }
    if (b0 == 0xFE && b1 == 0xFF) {
      return Optional.of(StandardCharsets.UTF_16BE);
    }
    if (head.length < 8) {
      return Optional.empty();
    }
    // Names of columns, brackets and separators are ASCII: the first two characters tell.
    String zero = "";
    for (int i = 0; i < 8; i++) {
      zero += head[i] == 0 ? '0' : '.';
    }
    if (head[2] == (byte) 0xFE && head[3] == (byte) 0xFF && b0 == 0 && b1 == 0) {
      return Optional.of(Charset.forName("UTF-32BE"));
    }
    return switch (zero) {
      case ".0.0.0.0" -> Optional.of(StandardCharsets.UTF_16LE);
      case "0.0.0.0." -> Optional.of(StandardCharsets.UTF_16BE);
      case ".000.000" -> Optional.of(Charset.forName("UTF-32LE"));
      case "000.000." -> Optional.of(Charset.forName("UTF-32BE"));
      default -> Optional.empty();
    };
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    while (at == out.length) {
      if (!decodeMore()) {
        return -1;
      }
    }
    int read = Math.min(length, out.length - at);
    System.arraycopy(out, at, to, offset, read);
    at += read;
    return read;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private boolean decodeMore() throws IOException {
    if (ended && !bytes.hasRemaining()) {
      return false;
    }
    chars.clear();
    decoded.reset();
    CoderResult result = decoder.decode(bytes, chars, ended);
    decoded.writeBytes(chars.flip().toString().getBytes(StandardCharsets.UTF_8));
    if (result.isError()) {
      refuseHalfCharacter(result.length());
      bytes.position(bytes.position() + result.length());
      decoded.write(NO_UTF8);
    } else if (result.isUnderflow()) {
      fill();
    }
    out = decoded.toByteArray();
    at = 0;
    return true;
  }

  /** A byte too few or too many turns all that follows into other characters. */
  private void refuseHalfCharacter(int length) throws IOException {
    String name = decoder.charset().name();
    if (ended && length == bytes.remaining() && name.matches("UTF-(16|32).*") && length % 2 == 1) {
      throw new IOException(
          "half a character of " + name + " at the end; the file may be damaged or cut off");
    }
  }

  private void fill() throws IOException {
    bytes.compact();
    int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = read < 0;
    bytes.position(bytes.position() + Math.max(read, 0)).flip();
  }
}
