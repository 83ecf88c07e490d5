package dev.horae.run;

import dev.horae.config.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Scalars for TensorBoard: a TFRecord file of {@code Event} messages, as tensorflow/core/util/
 * event.proto and tensorflow/core/lib/io/record_writer.h describe them. One file per process; a
 * process that goes on from a checkpoint says at which step, so that TensorBoard drops what the
 * earlier one wrote beyond it. Written and closed epoch by epoch, so that it can be watched.
 */
final class TensorBoardFile {

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int SESSION_START = 1;
  private static final int CRC_MASK = 0xa282ead8;

  private final Path path;

  /**
   * Begins a file.
   *
   * @param folder made where it is missing
   * @param next the step from which on earlier files do not count
   */
  TensorBoardFile(Path folder, int next) {
    Instant now = Instant.now();
    String name = "events.out.tfevents.%010d.horae.%d.v2";
    path = folder.resolve(name.formatted(now.getEpochSecond(), ProcessHandle.current().pid()));
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
    Message version = event(now, 0);
    version.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
    version.bytes(
        10, new Message().bytes(1, Version.text().getBytes(StandardCharsets.UTF_8)).all());
    append(version);
    append(event(now, next).bytes(7, new Message().varint(1, SESSION_START).all()));
  }

  /** Adds the scalars of a step, by tag. */
  void write(int step, Map<String, Double> scalars) {
    Message summary = new Message();
    scalars.forEach(
        (tag, value) ->
            summary.bytes(
                1,
                new Message()
                    .bytes(1, tag.getBytes(StandardCharsets.UTF_8))
                    .fixed32(2, value.floatValue())
                    .all()));
    append(event(Instant.now(), step).bytes(5, summary.all()));
  }

  private static Message event(Instant when, int step) {
    return new Message().fixed64(1, when.toEpochMilli() / 1e3).varint(2, step);
  }

  /** A record: length, its checksum, the message, its checksum; little-endian. */
  private void append(Message message) {
    byte[] data = message.all();
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + data.length + 2 * Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(data.length);
    record.putInt(masked(record.array(), 0, Long.BYTES)).put(data);
    record.putInt(masked(data, 0, data.length));
    try {
      Files.write(path, record.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
  }

  /** A checksum of what holds checksums would be weak, so they are stored turned and shifted. */
  private static int masked(byte[] bytes, int from, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, length);
    return Integer.rotateRight((int) sum.getValue(), 15) + CRC_MASK;
  }

  /** A protobuf message, field by field. */
  private static final class Message {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(int field, long value) {
      raw((long) field << 3 | VARINT);
      raw(value);
      return this;
    }

    Message fixed64(int field, double value) {
      raw((long) field << 3 | FIXED64);
      littleEndian(Double.doubleToRawLongBits(value), Long.BYTES);
      return this;
    }

    Message fixed32(int field, float value) {
      raw((long) field << 3 | FIXED32);
      littleEndian(Float.floatToRawIntBits(value), Integer.BYTES);
      return this;
    }

    Message bytes(int field, byte[] value) {
      raw((long) field << 3 | BYTES);
      raw(value.length);
      out.writeBytes(value);
      return this;
    }

    byte[] all() {
      return out.toByteArray();
    }

    /** Seven bits a byte, the lowest first. */
    private void raw(long value) {
      long rest = value;
      while (rest > 0x7f) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    private void littleEndian(long bits, int bytes) {
      for (int i = 0; i < bytes; i++) {
        out.write((int) (bits >>> 8 * i));
      }
    }
  }
}
