package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads the files back by the description of the format, not by what wrote them. */
class TensorBoardFileTest {

  @TempDir Path folder;

  @Test
  void figuresOfEveryEpochAreReadBack() throws IOException {
    Path run = folder.resolve("run");
    RunReport report = SmallRun.train(run, Progress.SILENT, "train.tensorboard=true");

    List<Event> events = events(onlyFile(run));

    assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
    assertThat(events.get(1).started()).isTrue();
    assertThat(events.get(1).step()).isEqualTo(1);
    for (RunDirectory.Figure figure : new RunDirectory(run).figures("valid_ndcg@20")) {
      Event event = events.get(1 + figure.epoch());
      assertThat(event.step()).isEqualTo(figure.epoch());
      assertThat(event.scalars().get("valid/ndcg@20")).isCloseTo(figure.value(), within(1e-6));
      assertThat(event.scalars()).containsKeys("loss/ce", "seconds/training", "valid/ndcg@5");
    }
    Event last = events.get(events.size() - 1);
    assertThat(events).hasSize(2 + report.epochs() + 1);
    assertThat(last.scalars().get("test/ndcg@10"))
        .isCloseTo(report.test().get("ndcg@10"), within(1e-6));
    assertThat(last.scalars()).containsKey("test_masked/ndcg@10");
  }

  @Test
  void aRunThatGoesOnSaysFromWhere() throws IOException {
    Path path = folder.resolve("events");
    new TensorBoardFile(path, 301).write(301, Map.of("loss", -0.5));

    List<Event> events = events(onlyFile(path.getParent(), "events"));

    assertThat(events.get(1).started()).isTrue();
    assertThat(events.get(1).step()).isEqualTo(301); // more than one byte of a varint
    assertThat(events.get(2).scalars()).containsExactly(Map.entry("loss", -0.5));
  }

  @Test
  void whoEndsARunThatAnotherProcessTrainedAddsItsResult() throws IOException {
    Path run = folder.resolve("run");
    SmallRun.trainUntil(3, run, "train.tensorboard=true");
    Files.move(onlyFile(run), folder.resolve("first")); // the next may have its name in this test
    SmallRun.resume(run, Progress.SILENT);

    List<Event> events = events(onlyFile(run));

    assertThat(events).hasSize(3);
    assertThat(events.get(1).step()).isEqualTo(4);
    assertThat(events.get(2).step()).isEqualTo(3);
    assertThat(events.get(2).scalars()).containsKey("test/ndcg@10");
    Files.delete(onlyFile(run));
    SmallRun.resume(run, Progress.SILENT); // which leaves nothing to do
    assertThat(run.resolve("tensorboard")).isEmptyDirectory();
  }

  @Test
  void withoutTheSettingThereIsNoFile() {
    Path run = folder.resolve("plain");
    SmallRun.train(run, Progress.SILENT, "train.epochs=1");
    assertThat(run.resolve("tensorboard")).doesNotExist();
  }

  private static Path onlyFile(Path run) throws IOException {
    return onlyFile(run, "tensorboard");
  }

  private static Path onlyFile(Path parent, String name) throws IOException {
    try (Stream<Path> files = Files.list(parent.resolve(name))) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      assertThat(all.get(0).getFileName().toString()).startsWith("events.out.tfevents.");
      return all.get(0);
    }
  }

  private record Event(
      double time, long step, String version, boolean started, Map<String, Double> scalars) {}

  private static List<Event> events(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] head = new byte[8];
      in.get(in.position(), head);
      int length = (int) in.getLong();
      assertThat(in.getInt()).isEqualTo(masked(head));
      byte[] data = new byte[length];
      in.get(data);
      assertThat(in.getInt()).isEqualTo(masked(data));
      events.add(event(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)));
    }
    assertThat(events).allSatisfy(event -> assertThat(event.time()).isGreaterThan(1.7e9));
    return events;
  }

  private static int masked(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    int crc = (int) sum.getValue();
    return (crc >>> 15 | crc << 17) + (int) 0xa282ead8L;
  }

  private static Event event(ByteBuffer in) {
    double time = 0;
    long step = 0;
    String version = "";
    boolean started = false;
    Map<String, Double> scalars = new LinkedHashMap<>();
    while (in.hasRemaining()) {
      switch ((int) varint(in)) {
        case 1 << 3 | 1 -> time = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = text(in);
        case 5 << 3 | 2 -> summary(part(in), scalars);
        case 7 << 3 | 2 -> started = part(in).equals(ByteBuffer.wrap(new byte[] {1 << 3, 1}));
        case 10 << 3 | 2 -> part(in);
        default -> throw new AssertionError("an unknown field");
      }
    }
    return new Event(time, step, version, started, scalars);
  }

  private static void summary(ByteBuffer in, Map<String, Double> scalars) {
    while (in.hasRemaining()) {
      assertThat(varint(in)).isEqualTo(1 << 3 | 2);
      ByteBuffer value = part(in);
      assertThat(varint(value)).isEqualTo(1 << 3 | 2);
      String tag = text(value);
      assertThat(varint(value)).isEqualTo(2 << 3 | 5);
      scalars.put(tag, (double) value.getFloat());
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static ByteBuffer part(ByteBuffer in) {
    byte[] bytes = new byte[(int) varint(in)];
    in.get(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text(ByteBuffer in) {
    return StandardCharsets.UTF_8.decode(part(in)).toString();
  }
}
