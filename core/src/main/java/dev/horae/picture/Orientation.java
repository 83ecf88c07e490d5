package dev.horae.picture;

import dev.horae.data.PictureFormat;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Which way is up: the Exif orientation (tag 0x0112, 1..8) that cameras write instead of turning
 * the picture. Where it is damaged the picture stays as it is.
 */
final class Orientation {

  private static final int UPRIGHT = 1;
  private static final int TAG = 0x0112;

  private Orientation() {}

  /** {@return the picture as it is to be seen} */
  static RgbImage upright(RgbImage image, int orientation) {
    if (orientation == UPRIGHT) {
      return image;
    }
    boolean turned = orientation > 4;
    int width = turned ? image.height() : image.width();
    int height = turned ? image.width() : image.height();
    byte[] values = new byte[image.values().length];
    for (int y = 0, from = 0; y < image.height(); y++) {
      int down = image.height() - 1 - y;
      for (int x = 0; x < image.width(); x++, from += 3) {
        int right = image.width() - 1 - x;
        int toX =
            switch (orientation) {
              case 2, 3 -> right;
              case 5, 8 -> y;
              case 6, 7 -> down;
              default -> x;
            };
        int toY =
            switch (orientation) {
              case 3, 4 -> down;
              case 5, 6 -> x;
              case 7, 8 -> right;
              default -> y;
            };
        System.arraycopy(image.values(), from, values, 3 * (toY * width + toX), 3);
      }
    }
    return new RgbImage(width, height, values);
  }

  /** {@return what the file says, 1..8; 1 when it says nothing} */
  static int of(PictureFormat format, byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    try {
      return switch (format) {
        case JPEG -> jpeg(file);
        case PNG -> png(file);
        case WEBP -> webp(file.order(ByteOrder.LITTLE_ENDIAN));
        case TIFF -> tiff(file);
        default -> UPRIGHT;
      };
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return UPRIGHT;
    }
  }

  private static int jpeg(ByteBuffer file) {
    file.position(2);
    while (true) {
      int marker = file.getShort() & 0xFFFF;
      int end = file.position() + (file.getShort() & 0xFFFF);
      if (marker == 0xFFDA || marker < 0xFFC0) {
        return UPRIGHT;
      }
      if (marker == 0xFFE1 && startsWith(file, "Exif\0\0")) {
        return tiff(file.position(file.position() + 6).slice());
      }
      file.position(end);
    }
  }

  private static int png(ByteBuffer file) {
    file.position(8);
    while (true) {
      int length = file.getInt();
      boolean exif = startsWith(file, "eXIf");
      file.position(file.position() + 4);
      if (exif) {
        return tiff(file.slice());
      }
      file.position(Math.addExact(file.position(), length) + 4);
    }
  }

  private static int webp(ByteBuffer file) {
    file.position(12);
    while (true) {
      boolean exif = startsWith(file, "EXIF");
      int length = file.position(file.position() + 4).getInt();
      if (exif) {
        int prefix = startsWith(file, "Exif\0\0") ? 6 : 0;
        return tiff(file.position(file.position() + prefix).slice());
      }
      file.position(Math.addExact(file.position(), length) + (length & 1));
    }
  }

  /** The first directory of a TIFF structure: where tags of cameras and of TIFF files lie. */
  private static int tiff(ByteBuffer tiff) {
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    tiff.position(tiff.getInt(4));
    for (int entries = tiff.getShort() & 0xFFFF; entries > 0; entries--) {
      int tag = tiff.getShort() & 0xFFFF;
      int value = tiff.getShort(tiff.position() + 6);
      if (tag == TAG) {
        return value >= 1 && value <= 8 ? value : UPRIGHT;
      }
      tiff.position(tiff.position() + 10);
    }
    return UPRIGHT;
  }

  private static boolean startsWith(ByteBuffer bytes, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.remaining() >= wanted.length
        && bytes.slice(bytes.position(), wanted.length).equals(ByteBuffer.wrap(wanted));
  }
}
