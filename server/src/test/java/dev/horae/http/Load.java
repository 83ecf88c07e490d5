package dev.horae.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks a server for recommendations as fast as it answers, and prints how fast that was. It needs
 * no library, so that Java runs it as it is:
 *
 * <pre>
 * java server/src/test/java/dev/horae/http/Load.java http://localhost:8080
 * </pre>
 *
 * Options, each followed by its value:
 *
 * <ul>
 *   <li>{@code --connections 16}: requests at once; each connection sends the next when it has the
 *       answer
 *   <li>{@code --seconds 10}, {@code --warm-up 3}: how long is measured, and how long not yet
 *   <li>{@code --history 10}, {@code --n 10}: events of a history, and items asked for
 *   <li>{@code --with '"filter":"price < 30.0"'}: more of the request's JSON
 *   <li>{@code --events 500}: events a second beside it, each a request of its own
 *   <li>{@code --reload runs/a,runs/b}, {@code --every 2}: loads and activates these in turn, and
 *       unloads the one before, every so many seconds
 *   <li>{@code --key KEY}: the key to ask with; that of an admin for reloads
 * </ul>
 *
 * A failure is an answer that is not 200, or none. It exits with 1 when there was one.
 */
public final class Load {

  private static final Pattern ITEM = Pattern.compile("\"item\":\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern STATE =
      Pattern.compile("\"name\":\\s*\"([^\"]*)\"[^{}]*?\"state\":\\s*\"([a-z]+)\"");
  private static final int EVENT_CONNECTIONS = 8;

  private final URI address;
  private final Map<String, String> options;
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final AtomicLong reloads = new AtomicLong();
  private volatile boolean measuring;
  private volatile boolean stopped;
  private List<String> items = List.of();

  private Load(URI address, Map<String, String> options) {
    this.address = address;
    this.options = options;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length % 2 == 0) {
      System.err.println("java Load.java http://HOST:PORT [--OPTION VALUE]...");
      System.exit(2);
    }
    Map<String, String> options = new HashMap<>();
    for (int i = 1; i < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    try {
      System.exit(new Load(URI.create(arguments[0]), options).run() ? 0 : 1);
    } catch (IOException e) {
      System.err.println(arguments[0] + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private boolean run() throws Exception {
    items = items();
    List<Worker> askers = new ArrayList<>();
    List<Worker> writers = new ArrayList<>();
    for (int i = 0; i < number("--connections", 16); i++) {
      askers.add(new Worker(i, 0));
    }
    int events = number("--events", 0);
    for (int i = 0; i < EVENT_CONNECTIONS && events > 0; i++) {
      writers.add(new Worker(i, events / (double) EVENT_CONNECTIONS));
    }
    List<Thread> threads = new ArrayList<>();
    askers.forEach(asker -> threads.add(new Thread(asker)));
    writers.forEach(writer -> threads.add(new Thread(writer)));
    if (options.containsKey("--reload")) {
      threads.add(new Thread(this::reload));
    }
    threads.forEach(Thread::start);
    TimeUnit.SECONDS.sleep(number("--warm-up", 3));
    measuring = true;
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(number("--seconds", 10));
    measuring = false;
    double seconds = (System.nanoTime() - start) / 1e9;
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    print("recommend", askers, seconds);
    if (!writers.isEmpty()) {
      print("events", writers, seconds);
    }
    if (options.containsKey("--reload")) {
      System.out.printf(Locale.ROOT, "reloads    %d%n", reloads.get());
    }
    failures.forEach((what, count) -> System.out.println("failure    " + count + " x " + what));
    return failures.isEmpty();
  }

  private static void print(String what, List<Worker> workers, double seconds) {
    long[] all =
        workers.stream().flatMapToLong(worker -> Arrays.stream(worker.times())).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-10s %,.0f/s   p50 %.2f ms   p99 %.2f ms   p99.9 %.2f ms   max %.2f ms   (%,d)%n",
        what,
        all.length / seconds,
        quantile(all, 0.5),
        quantile(all, 0.99),
        quantile(all, 0.999),
        quantile(all, 1),
        all.length);
  }

  private static double quantile(long[] sorted, double q) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, (long) Math.ceil(q * sorted.length) - 1)] / 1e6;
  }

  private int number(String option, int otherwise) {
    return Integer.parseInt(options.getOrDefault(option, Integer.toString(otherwise)));
  }

  /** Ids stay as JSON writes them, and go into requests like that. */
  private List<String> items() throws IOException {
    try (Connection connection = new Connection()) {
      Matcher ids = ITEM.matcher(connection.ask("GET", "/v1/items?n=500", ""));
      List<String> found = new ArrayList<>();
      while (ids.find()) {
        found.add(ids.group(1));
      }
      if (found.isEmpty()) {
        throw new IOException("the server lists no items");
      }
      return found;
    }
  }

  private String request(SplittableRandom random) {
    StringBuilder body = new StringBuilder(512).append("{\"history\":[");
    int length = number("--history", 10);
    for (int i = 0; i < length; i++) {
      body.append(i == 0 ? "\"" : ",\"")
          .append(items.get(random.nextInt(items.size())))
          .append('"');
    }
    body.append("],\"n\":").append(number("--n", 10));
    if (options.containsKey("--with")) {
      body.append(',').append(options.get("--with"));
    }
    return body.append('}').toString();
  }

  private String event(SplittableRandom random) {
    return "{\"type\":\"view\",\"user\":\"load-"
        + random.nextInt(10_000)
        + "\",\"item\":\""
        + items.get(random.nextInt(items.size()))
        + "\"}";
  }

  /** Loads the runs in turn; the one that was active before is unloaded. */
  private void reload() {
    String[] runs = options.get("--reload").split(",");
    try (Connection connection = new Connection()) {
      for (int turn = 0; !stopped; turn++) {
        String run = runs[turn % runs.length];
        String name = run.replaceFirst(".*/", "");
        connection.ask("POST", "/v1/models", "{\"path\":\"" + run + "\"}");
        while (!stopped && !"ready".equals(state(connection, name))) {
          LockSupport.parkNanos(20_000_000);
        }
        connection.ask("POST", "/v1/models/" + name + "/activate", "");
        reloads.incrementAndGet();
        String other = runs[(turn + 1) % runs.length].replaceFirst(".*/", "");
        if (!other.equals(name) && state(connection, other) != null) {
          connection.ask("DELETE", "/v1/models/" + other, "");
        }
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(number("--every", 2)));
      }
    } catch (IOException e) {
      failures.merge("reload: " + e.getMessage(), 1, Integer::sum);
    }
  }

  private static String state(Connection connection, String name) throws IOException {
    Matcher states = STATE.matcher(connection.ask("GET", "/v1/models", ""));
    while (states.find()) {
      if (states.group(1).equals(name)) {
        if (states.group(2).equals("failed")) {
          throw new IOException(name + " failed");
        }
        return states.group(2);
      }
    }
    return null;
  }

  /** One connection: asks without a pause, or writes events at a rate. */
  private final class Worker implements Runnable {

    private final SplittableRandom random;
    private final double perSecond; // of events; 0: it asks
    private long[] times = new long[1 << 16];
    private int count;

    private Worker(int seed, double perSecond) {
      this.random = new SplittableRandom(seed);
      this.perSecond = perSecond;
    }

    private long[] times() {
      return Arrays.copyOf(times, count);
    }

    @Override
    public void run() {
      long next = System.nanoTime();
      while (!stopped) {
        try (Connection connection = new Connection()) {
          while (!stopped) {
            boolean asks = perSecond == 0;
            if (!asks) {
              next += (long) (1e9 / perSecond);
              LockSupport.parkNanos(next - System.nanoTime());
            }
            long start = System.nanoTime();
            connection.ask(
                "POST",
                asks ? "/v1/recommend" : "/v1/events",
                asks ? request(random) : event(random));
            if (measuring) {
              add(System.nanoTime() - start);
            }
          }
        } catch (IOException e) {
          failures.merge(String.valueOf(e.getMessage()), 1, Integer::sum);
          LockSupport.parkNanos(50_000_000); // a server that is away is not asked in a loop
        }
      }
    }

    private void add(long nanos) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      times[count++] = nanos;
    }
  }

  /** HTTP/1.1 on one socket, as little of it as the server's answers need. */
  private final class Connection implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private Connection() throws IOException {
      socket = new Socket(address.getHost(), address.getPort());
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      out = socket.getOutputStream();
    }

    /** {@return the body of an answer, which must be of the status 2xx} */
    private String ask(String method, String path, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      StringBuilder head =
          new StringBuilder(256)
              .append(method)
              .append(' ')
              .append(path)
              .append(" HTTP/1.1\r\nHost: ")
              .append(address.getHost())
              .append("\r\nContent-Type: application/json\r\nContent-Length: ")
              .append(bytes.length)
              .append("\r\n");
      if (options.containsKey("--key")) {
        head.append("Authorization: Bearer ").append(options.get("--key")).append("\r\n");
      }
      byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
      byte[] whole = Arrays.copyOf(first, first.length + bytes.length);
      System.arraycopy(bytes, 0, whole, first.length, bytes.length);
      out.write(whole);
      return answer(method + " " + path.replaceFirst("[?].*", ""));
    }

    private String answer(String what) throws IOException {
      String status = line();
      int length = 0;
      boolean chunked = false;
      for (String line = line(); !line.isEmpty(); line = line()) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
        chunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
      }
      byte[] body = chunked ? chunks() : read(length);
      String text = new String(body, StandardCharsets.UTF_8);
      if (!status.startsWith("HTTP/1.1 2")) {
        throw new IOException(what + ": " + status + " " + text);
      }
      return text;
    }

    private byte[] chunks() throws IOException {
      byte[] all = new byte[0];
      while (true) {
        int size = Integer.parseInt(line().replaceFirst(";.*", "").strip(), 16);
        byte[] chunk = read(size);
        line();
        if (size == 0) {
          return all;
        }
        int before = all.length;
        all = Arrays.copyOf(all, before + size);
        System.arraycopy(chunk, 0, all, before, size);
      }
    }

    private byte[] read(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("the server closed the connection");
      }
      return bytes;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder(64);
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the server closed the connection");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
