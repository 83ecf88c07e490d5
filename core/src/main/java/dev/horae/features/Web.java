package dev.horae.features;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * GET requests that always end: connecting, waiting for an answer and waiting for its next bytes
 * each have a time-out, and redirects are followed by us, so that a secret header goes only where
 * it should. Safe for use by many threads.
 */
final class Web {

  private static final int MAX_REDIRECTS = 5;
  private static final String AGENT = "horae";

  /** An address that leads nowhere, however often it is asked. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String reason) {
      super(reason);
    }
  }

  private final HttpClient client;
  private final Duration timeout;

  /**
   * @param timeout for connecting, for the head of an answer, and between two reads of its body
   */
  Web(Duration timeout) {
    this.timeout = timeout;
    client =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** An answer; close it. */
  record Answer(URI uri, int status, HttpHeaders headers, InputStream body)
      implements AutoCloseable {

    Optional<String> header(String name) {
      return headers.firstValue(name);
    }

    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException e) {
        // nothing more is wanted of it
      }
    }
  }

  /**
   * @param headers for a request to the given address, asked anew for each redirect
   * @throws IOException naming what went wrong, such as too many redirects
   */
  Answer get(URI address, Function<URI, Map<String, String>> headers) throws IOException {
    URI uri = address;
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      Answer answer = once(uri, headers.apply(uri));
      Optional<String> location = answer.header("location");
      if (answer.status() / 100 != 3 || location.isEmpty()) {
        return answer;
      }
      answer.close();
      URI next = resolve(uri, location.get());
      if (uri.getScheme().equals("https") && !"https".equals(next.getScheme())) {
        throw new RefusedException("redirects from https to " + next.getScheme());
      }
      uri = next;
    }
    throw new RefusedException("redirects more than " + MAX_REDIRECTS + " times");
  }

  private static URI resolve(URI uri, String location) throws IOException {
    try {
      return uri.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new RefusedException("redirects to '" + location + "', which is no address");
    }
  }

  private Answer once(URI uri, Map<String, String> headers) throws IOException {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri).timeout(timeout).header("User-Agent", AGENT);
      headers.forEach(request::header);
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      return new Answer(
          uri, response.statusCode(), response.headers(), new TimedBody(response.body(), timeout));
    } catch (IllegalArgumentException e) {
      throw new RefusedException("'" + uri + "' is no http address");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the download was interrupted", e);
    }
  }

  /** {@return what an exception of the network says, on one line} */
  static String reason(IOException e) {
    if (e instanceof ConnectException) {
      return "no connection";
    }
    return e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getMessage().replaceAll("\\s+", " ");
  }

  /** Closes itself under a reader that has waited too long. */
  private static final class TimedBody extends FilterInputStream {

    private final Duration timeout;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean closed;
    private volatile boolean late;

    TimedBody(InputStream in, Duration timeout) {
      super(in);
      this.timeout = timeout;
      watch(timeout.toNanos());
    }

    private void watch(long nanos) {
      CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(this::look);
    }

    private void look() {
      long left = timeout.toNanos() - (System.nanoTime() - lastNanos);
      if (closed) {
        return;
      }
      if (left > 0) {
        watch(left);
        return;
      }
      late = true;
      try {
        in.close();
      } catch (IOException e) {
        // the reader is told by its own read
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      try {
        int read = in.read(bytes, from, count);
        if (late) {
          throw new HttpTimeoutException("no more bytes for " + timeout.toMillis() + " ms");
        }
        lastNanos = System.nanoTime();
        return read;
      } catch (IOException e) {
        throw late
            ? new HttpTimeoutException("no more bytes for " + timeout.toMillis() + " ms")
            : e;
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      super.close();
    }
  }
}
