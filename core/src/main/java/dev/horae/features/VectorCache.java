package dev.horae.features;

import dev.horae.data.Hashes;
import dev.horae.data.WriterLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Vectors by content: one growing file per encoder. A record is written whole to the end of the
 * file as soon as its vector exists, so a killed encoding loses only what was being computed; half
 * a record at the end is cut off, and a record whose checksum is wrong counts as absent.
 *
 * <p>Layout, little-endian: 8 bytes of name, int32 width F, then records of a 32-byte key, F
 * float32 values and the CRC-32 of both. Safe for use by many threads of one process; a second
 * process is turned away.
 */
public final class VectorCache implements AutoCloseable {

  private static final byte[] NAME = "HORAEVC1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = NAME.length + 4;
  private static final int KEY = 32;

  private final Path file;
  private final WriterLock lock;
  private final FileChannel channel;
  private final int width;
  private final Map<String, Long> records = new HashMap<>(); // key to place in the file
  private long end;

  private VectorCache(Path file, WriterLock lock, FileChannel channel, int width) {
    this.file = file;
    this.lock = lock;
    this.channel = channel;
    this.width = width;
  }

  /**
   * Opens the cache of the encoder in {@code directory}, or begins one.
   *
   * @param encoder name and version; also the file's name
   * @param width values per vector; a file of another width is begun anew
   */
  static VectorCache open(Path directory, String encoder, int width) {
    Path file = directory.resolve(encoder + ".bin");
    WriterLock lock =
        WriterLock.of(file, directory.resolve(encoder + ".lock"), "wait for its end, or stop it");
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        VectorCache cache = new VectorCache(file, lock, channel, width);
        cache.load();
        return cache;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      lock.close();
      throw new UncheckedIOException("cannot open " + file, e);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** {@return the key of a piece of content under an encoder: SHA-256 of both, in hexadecimal} */
  public static String key(String encoder, byte[] content) {
    return Hashes.sha256((encoder + "\n").getBytes(StandardCharsets.UTF_8), content);
  }

  synchronized boolean has(String key) {
    return records.containsKey(key);
  }

  /** {@return the keys that there are now} */
  synchronized Set<String> keys() {
    return new HashSet<>(records.keySet());
  }

  /** {@return whether it was not there} */
  synchronized boolean putIfAbsent(String key, float[] vector) {
    if (has(key)) {
      return false;
    }
    put(key, vector);
    return true;
  }

  /** Copies the vector of a key that the cache has into {@code target} from {@code at} on. */
  synchronized void copy(String key, float[] target, int at) {
    Long place = records.get(key);
    if (place == null) {
      throw new IllegalArgumentException("no vector of " + key + " in the cache");
    }
    ByteBuffer values = order(new byte[4 * width]);
    try {
      readFully(values, place + KEY);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    values.flip().asFloatBuffer().get(target, at, width);
  }

  synchronized void put(String key, float[] vector) {
    if (vector.length != width) {
      throw new IllegalArgumentException(vector.length + " values in a cache of width " + width);
    }
    byte[] bytes = new byte[record()];
    ByteBuffer record = order(bytes).put(HexFormat.of().parseHex(key));
    for (float value : vector) {
      record.putFloat(value);
    }
    record.putInt(checksum(bytes)).flip();
    try {
      writeFully(record, end);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    records.put(key, end);
    end += record();
  }

  private void load() throws IOException {
    ByteBuffer header = order(new byte[HEADER]).put(NAME).putInt(width).flip();
    ByteBuffer found = order(new byte[HEADER]);
    if (channel.size() < HEADER || !readFully(found, 0).flip().equals(header)) {
      channel.truncate(0);
      writeFully(header, 0);
    }
    end = HEADER;
    byte[] bytes = new byte[record()];
    ByteBuffer record = order(bytes);
    for (long whole = (channel.size() - HEADER) / record(); whole > 0; whole--) {
      readFully(record.clear(), end);
      if (record.getInt(record() - 4) == checksum(bytes)) {
        records.put(HexFormat.of().formatHex(bytes, 0, KEY), end);
      }
      end += record();
    }
    channel.truncate(end);
  }

  private int record() {
    return KEY + 4 * width + 4;
  }

  private static int checksum(byte[] record) {
    CRC32 crc = new CRC32();
    crc.update(record, 0, record.length - 4);
    return (int) crc.getValue();
  }

  private static ByteBuffer order(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer readFully(ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new IOException("the file became shorter while it was in use");
      }
    }
    return bytes;
  }

  private void writeFully(ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes, at + bytes.position());
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    } finally {
      lock.close();
    }
  }
}
