package dev.horae.picture;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first frame of an animated WebP file, as a file of its own that libwebp reads. Nothing lies
 * under it, so it is not blended.
 *
 * @param width of the whole picture, of which the frame may be a part
 * @param x where the frame begins in it
 * @param still the frame as a still picture's file
 */
record WebPFrame(int width, int height, int x, int y, byte[] still) {

  private static final int EXTENDED =
      30; // bytes of the outermost chunk's head and an extended header
  private static final int ANIMATED = 2;
  private static final int TRANSPARENT = 16; // as it may be; libwebp looks
  private static final int FRAME_HEADER = 16;

  /** {@return whether the file is an animation} */
  static boolean isIn(byte[] file) {
    return file.length >= EXTENDED && name(file, 12).equals("VP8X") && (file[20] & ANIMATED) != 0;
  }

  /**
   * @param file for which {@link #isIn}
   */
  static WebPFrame first(byte[] file) throws UnreadablePictureException {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int at = EXTENDED;
      while (!name(file, at).equals("ANMF")) {
        at = end(at, bytes.getInt(at + 4));
      }
      int end = Math.min(file.length, end(at, bytes.getInt(at + 4)));
      int frame = at + 8;
      WebPFrame first =
          new WebPFrame(
              1 + int24(bytes, 24),
              1 + int24(bytes, 27),
              2 * int24(bytes, frame),
              2 * int24(bytes, frame + 3),
              still(Arrays.copyOfRange(file, frame + FRAME_HEADER, end), bytes, frame + 6));
      if (first.x + 1L + int24(bytes, frame + 6) > first.width
          || first.y + 1L + int24(bytes, frame + 9) > first.height) {
        throw UnreadablePictureException.broken("its first frame is larger than the picture");
      }
      return first;
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw UnreadablePictureException.broken("the file ends before its first frame does");
    }
  }

  /**
   * @param chunks the frame's own
   * @param size where {@code bytes} has its width and height
   */
  private static byte[] still(byte[] chunks, ByteBuffer bytes, int size) {
    ByteBuffer still = ByteBuffer.allocate(EXTENDED + chunks.length).order(ByteOrder.LITTLE_ENDIAN);
    still.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(EXTENDED - 8 + chunks.length);
    still.put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(TRANSPARENT);
    for (int i = 0; i < 6; i++) {
      still.put(bytes.get(size + i));
    }
    return still.put(chunks).array();
  }

  /** {@return the whole picture; {@code around} is the level of what the frame does not cover} */
  RgbImage onto(RgbImage frame, int around) {
    if (frame.width() == width && frame.height() == height) {
      return frame;
    }
    byte[] values = new byte[3 * width * height];
    Arrays.fill(values, (byte) around);
    for (int row = 0; row < frame.height(); row++) {
      int to = 3 * ((y + row) * width + x);
      System.arraycopy(frame.values(), 3 * row * frame.width(), values, to, 3 * frame.width());
    }
    return new RgbImage(width, height, values);
  }

  private static String name(byte[] file, int at) {
    return new String(file, at, 4, StandardCharsets.ISO_8859_1);
  }

  private static int end(int chunk, int length) {
    if (length < 0 || length > Pictures.MAX_BYTES) {
      throw new IllegalArgumentException("longer than any file that is read");
    }
    return chunk + 8 + length + (length & 1);
  }

  private static int int24(ByteBuffer bytes, int at) {
    return bytes.get(at) & 255 | (bytes.get(at + 1) & 255) << 8 | (bytes.get(at + 2) & 255) << 16;
  }
}
