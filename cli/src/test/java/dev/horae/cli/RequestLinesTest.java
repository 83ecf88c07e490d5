package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RequestLinesTest {

  /** A disk that is full, and then is not. */
  private static final class Filling extends ByteArrayOutputStream {

    private final CountDownLatch failed = new CountDownLatch(1);

    @Override
    public void write(byte[] bytes) throws IOException {
      if (failed.getCount() > 0) {
        failed.countDown();
        throw new IOException("No space left on device");
      }
      super.write(bytes);
    }
  }

  @Test
  void theLogGoesOnWhenThereIsRoomAgain() throws InterruptedException {
    Filling out = new Filling();
    try (RequestLines lines = new RequestLines(out)) {
      lines.write("{\"lost\":1}");
      out.failed.await();
      lines.write("{\"kept\":\"ü\"}");
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("{\"problem\":\"lines lost\",\"lines\":1}\n{\"kept\":\"ü\"}\n");
  }
}
