package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process leaves beside an output goes with the next one, and nothing else does. */
class OutputFolderTest {

  @TempDir Path folder;

  private final List<String> notes = new ArrayList<>();

  private OutputFolder open() {
    return new OutputFolder(
        folder.resolve("out").toString(), "count", new Configuration(), notes::add);
  }

  private void write(String text) {
    try (OutputFolder output = open()) {
      output.write("part", out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
      output.publish(Map.of("verb", "count"));
    }
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> !path.endsWith("out")).toList();
    }
  }

  /** Is in the middle of writing the output until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws InterruptedException {
      OutputFolder output =
          new OutputFolder(arguments[0], "count", new Configuration(), System.out::println);
      output.write("part", out -> out.write('2'));
      System.out.println("writes");
      Thread.sleep(TimeUnit.HOURS.toMillis(1));
    }
  }

  @Test
  void whatAKilledProcessLeftGoesWithTheNextAndWhatItReplacedComesBack() throws Exception {
    write("1");
    Process writer = JavaProcess.of(Writer.class, List.of(), folder.resolve("out")).start();
    try {
      assertThat(writer.inputReader().readLine()).isEqualTo("writes");
      write("3");
      assertThat(left()).hasSize(1);
      assertThat(notes)
          .hasSize(1)
          .first()
          .asString()
          .startsWith(left().get(0) + ": may still be in use by process " + writer.pid() + " on ")
          .endsWith("; remove it when that has ended");
    } finally {
      writer.destroyForcibly().waitFor();
    }
    Path dead = left().get(0);
    Path lock = dead.resolve("lock");
    String owner = Files.readString(lock);
    Files.writeString(lock, owner.replace(" on ", " on another than "));
    write("4");
    assertThat(left()).as("of another machine").containsExactly(dead);
    assertThat(notes).hasSize(2);

    Files.writeString(lock, owner);
    Files.move(folder.resolve("out"), dead.resolve("replaced")); // as it does last but one
    OutputFolder next = open();
    assertThat(folder.resolve("out/part")).hasContent("4");
    next.close();
    assertThat(left()).isEmpty();
    assertThat(notes).hasSize(2);
  }
}
