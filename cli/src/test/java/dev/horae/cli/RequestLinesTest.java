package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RequestLinesTest {

  /** The disk was full, and is not any more. */
  @Test
  void whatCouldNotBeWrittenIsCountedInTheNextLine() throws InterruptedException {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    PrintWriter failing =
        new PrintWriter(new StandardOutput(full, false), true, StandardCharsets.UTF_8);
    StringWriter printed = new StringWriter();
    CountDownLatch failed = new CountDownLatch(1);
    try (RequestLines lines =
        new RequestLines(
            failing,
            () -> {
              failed.countDown();
              return new PrintWriter(printed);
            })) {
      lines.write("{\"lost\":1}");
      failed.await();
      lines.write("{\"written\":2}");
    }
    assertThat(printed.toString().lines())
        .containsExactly("{\"problem\":\"lines lost\",\"lines\":1}", "{\"written\":2}");
  }
}
