package dev.horae.web;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.Security;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * GET requests that always end: connecting, waiting for an answer and waiting for its next bytes
 * each have a time-out, and redirects are followed by us, so that a secret header goes only where
 * it should. Safe for use by many threads.
 */
public final class Web {

  private static final int MAX_REDIRECTS = 5;
  private static final Duration LONGEST = Duration.ofDays(365);
  private static final String AGENT = "horae";

  /** An address that leads nowhere, however often it is asked. */
  public static class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    RefusedException(String reason) {
      super(reason);
      this.reason = reason;
    }

    @Override
    public final String getMessage() {
      return reason;
    }
  }

  /** An address that was not asked because of where it leads. */
  public static final class PrivateException extends RefusedException {
    private static final long serialVersionUID = 1L;

    PrivateException(String reason) {
      super(reason);
    }
  }

  static {
    // A name is resolved once per process: what was judged is what is connected to, whatever the
    // name's owner answers the next time.
    Security.setProperty("networkaddress.cache.ttl", "-1");
  }

  private final HttpClient client;
  private final Duration timeout;
  private final Predicate<InetAddress> refused;

  /** Asks any address. */
  public Web(Duration timeout) {
    this(timeout, address -> false);
  }

  /**
   * @param timeout for connecting, for the head of an answer, and between two reads of its body
   * @param refused where no request goes, not after a redirect either
   */
  public Web(Duration timeout, Predicate<InetAddress> refused) {
    this.timeout = timeout;
    this.refused = refused;
    client =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** An answer; close it. */
  public record Answer(URI uri, int status, HttpHeaders headers, InputStream body)
      implements AutoCloseable {

    public Optional<String> header(String name) {
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
  public Answer get(URI address, Function<URI, Map<String, String>> headers) throws IOException {
    return get(address, headers, LONGEST);
  }

  /**
   * @param within when everything, redirects and the last byte included, must be here
   */
  public Answer get(URI address, Function<URI, Map<String, String>> headers, Duration within)
      throws IOException {
    long deadline = System.nanoTime() + within.toNanos();
    URI uri = address;
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      requireAllowed(uri);
      Answer answer = once(uri, headers.apply(uri), deadline);
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
      throw new RefusedException("redirects to '" + location + "', which is not an address");
    }
  }

  private void requireAllowed(URI uri) throws IOException {
    if (uri.getHost() == null) {
      return; // no http address, as the client will say
    }
    String host = uri.getHost().replaceAll("[\\[\\]]", "");
    for (InetAddress to : InetAddress.getAllByName(host)) {
      if (refused.test(to)) {
        throw new PrivateException(
            host
                + " is "
                + to.getHostAddress()
                + ", an address of this machine or of a private network, which is not"
                + " asked");
      }
    }
  }

  private Answer once(URI uri, Map<String, String> headers, long deadline) throws IOException {
    try {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new HttpTimeoutException("is not here in time");
      }
      Duration wait = left < timeout.toNanos() ? Duration.ofNanos(left) : timeout;
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri).timeout(wait).header("User-Agent", AGENT);
      headers.forEach(request::header);
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      return new Answer(
          uri,
          response.statusCode(),
          response.headers(),
          new TimedBody(response.body(), timeout, deadline));
    } catch (IllegalArgumentException e) {
      throw new RefusedException("'" + uri + "' is no http address");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the download was interrupted", e);
    }
  }

  /** {@return what an exception of the network says, on one line} */
  public static String reason(IOException e) {
    if (e instanceof ConnectException) {
      return "no connection";
    }
    if (e instanceof UnknownHostException) {
      return "its host is not known";
    }
    return e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getMessage().replaceAll("\\s+", " ");
  }

  /** Closes itself under a reader that has waited too long. */
  private static final class TimedBody extends FilterInputStream {

    private final Duration timeout;
    private final long deadline;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean closed;
    private volatile boolean late;

    TimedBody(InputStream in, Duration timeout, long deadline) {
      super(in);
      this.timeout = timeout;
      this.deadline = deadline;
      watch(left());
    }

    private long left() {
      long now = System.nanoTime();
      return Math.min(timeout.toNanos() - (now - lastNanos), deadline - now);
    }

    private HttpTimeoutException tooLate() {
      return new HttpTimeoutException(
          System.nanoTime() - deadline >= 0
              ? "is not here in time"
              : "no more bytes for " + timeout.toMillis() + " ms");
    }

    private void watch(long nanos) {
      CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(this::look);
    }

    private void look() {
      long left = left();
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
          throw tooLate();
        }
        lastNanos = System.nanoTime();
        return read;
      } catch (IOException e) {
        throw late ? tooLate() : e;
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      super.close();
    }
  }
}
