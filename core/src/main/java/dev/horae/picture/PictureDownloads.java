package dev.horae.picture;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.data.WriterLock;
import dev.horae.web.PrivateAddresses;
import dev.horae.web.Web;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Fetches the pictures that a catalogue names by address into a folder: of each item the first that
 * can be had. A host gets at most {@value #PER_HOST} requests at a time and is left alone as long
 * as it asks for, or when it keeps failing. A file appears whole, under the hash of its address
 * ({@link Pictures#fetched}), and only when its bytes begin like a picture's. What failed is listed
 * with its reason in {@value #FAILURES}; a later run asks again only for what may have been a
 * passing trouble.
 */
public final class PictureDownloads {

  static final String FAILURES = "failures.jsonl";

  private static final int PER_HOST = 4;
  private static final int THREADS = 64;
  private static final int ATTEMPTS = 3;

  /** Failures in a row after which a host is left alone for this run. */
  private static final int GIVE_UP = 10;

  /**
   * What became of the items that have addresses.
   *
   * @param fetched pictures that came now
   * @param present items whose picture was there already
   * @param failed items that have no picture
   * @param failures the list of addresses that failed, with reasons
   */
  public record Report(int fetched, int present, int failed, Path failures) {}

  /** A line of {@value #FAILURES}. */
  record Failure(String url, String reason, boolean permanent) {}

  /** The addresses to be tried at one host, an item's each, and how often it failed recently. */
  private record Host(Queue<List<String>> items, AtomicInteger failuresInRow) {}

  /** No use in asking again. */
  private static final class PermanentException extends IOException {
    private static final long serialVersionUID = 1L;

    PermanentException(String reason) {
      super(reason);
    }
  }

  /** The server wants to be left alone for a while. */
  private static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;

    final transient Duration asked;

    BusyException(String reason, Duration asked) {
      super(reason);
      this.asked = asked;
    }
  }

  private final Path folder;
  private final Web web;
  private final Duration within;
  private final Duration pause;
  private final long maxBytes;
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();
  private final Map<String, Object> locks = new ConcurrentHashMap<>();
  private final AtomicInteger fetched = new AtomicInteger();
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();

  /**
   * How long to wait for what.
   *
   * @param timeout for each wait for a server
   * @param within for a picture, all attempts together
   * @param pause before a second attempt; it doubles before the third
   */
  record Patience(Duration timeout, Duration within, Duration pause) {
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(1));
  }

  /**
   * @param maxBytes of a picture
   * @param refused where no request goes
   */
  PictureDownloads(Path folder, Patience patience, long maxBytes, Predicate<InetAddress> refused) {
    this.folder = folder;
    this.web = new Web(patience.timeout(), refused);
    this.within = patience.within();
    this.pause = patience.pause();
    this.maxBytes = maxBytes;
  }

  /**
   * Fetches what is missing into the folder, which is made if need be.
   *
   * @param folder in place of the one that the data set remembers
   * @param fromPrivate whether addresses of this machine and of private networks are asked, too
   * @throws DataException when there is no folder, or another run fetches into it
   */
  public static Report fetch(
      Dataset dataset, Optional<Path> folder, boolean fromPrivate, Progress progress) {
    String remembered = dataset.manifest().images();
    if (folder.isEmpty() && remembered.isEmpty()) {
      throw new DataException(
          dataset.directory()
              + ": has no picture folder to fetch into; name one with ``images`` DIR");
    }
    List<List<String>> items =
        dataset.allItems().items().stream()
            .map(Item::images)
            .filter(images -> images.stream().anyMatch(Pictures::isAddress))
            .toList();
    return new PictureDownloads(
            folder.orElseGet(() -> Path.of(remembered)),
            Patience.USUAL,
            Pictures.MAX_BYTES,
            address -> !fromPrivate && PrivateAddresses.holds(address))
        .run(items, progress);
  }

  /** {@return by address, why its picture could not be fetched into the folder} */
  public static Map<String, String> reasons(Path folder) {
    Map<String, String> reasons = new HashMap<>();
    failures(folder).forEach((url, failure) -> reasons.put(url, failure.reason()));
    return reasons;
  }

  /**
   * @param items the pictures of each item, in order of preference; those that are no addresses are
   *     there or not
   */
  Report run(List<List<String>> items, Progress progress) {
    try (WriterLock lock =
        WriterLock.of(folder, folder.resolve("fetch.lock"), "wait for its end, or stop it")) {
      failures(folder).forEach(this::keepPermanent);
      AtomicFiles.writeText(folder.resolve(FAILURES), lines(failures.values()));
      fetchAll(byHost(items), items.size(), progress);
    }
    return new Report(fetched.get(), present.get(), failed.get(), folder.resolve(FAILURES));
  }

  private void keepPermanent(String url, Failure failure) {
    if (failure.permanent() && !Files.exists(Pictures.fetched(folder, url))) {
      failures.put(url, failure);
    }
  }

  private static Map<String, Failure> failures(Path folder) {
    Map<String, Failure> failures = new LinkedHashMap<>();
    Path file = folder.resolve(FAILURES);
    if (!Files.exists(file)) {
      return failures;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        try {
          Failure failure = Json.MAPPER.readValue(line, Failure.class);
          if (failure != null && failure.url() != null && failure.reason() != null) {
            failures.put(failure.url(), failure);
          }
        } catch (JsonProcessingException e) {
          // half a line of a killed run: that address is asked again
        }
      }
      return failures;
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read", e);
    }
  }

  private static String lines(Iterable<Failure> failures) {
    StringBuilder lines = new StringBuilder();
    failures.forEach(failure -> lines.append(Json.line(failure)).append('\n'));
    return lines.toString();
  }

  private Map<String, Host> byHost(List<List<String>> items) {
    Map<String, Host> hosts = new TreeMap<>();
    for (List<String> images : items) {
      String first = images.stream().filter(Pictures::isAddress).findFirst().orElse("");
      hosts
          .computeIfAbsent(
              host(first), h -> new Host(new ConcurrentLinkedQueue<>(), new AtomicInteger()))
          .items()
          .add(images);
    }
    return hosts;
  }

  private static String host(String url) {
    try {
      String host = URI.create(url).getHost();
      return host == null ? "" : host;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private void fetchAll(Map<String, Host> hosts, int total, Progress progress) {
    List<Host> lanes =
        hosts.values().stream()
            .flatMap(host -> Collections.nCopies(PER_HOST, host).stream())
            .toList();
    Workers.each(
        THREADS,
        lanes.size(),
        lane -> {
          try {
            drain(lanes.get(lane), total, progress);
          } catch (Throwable e) { // an interrupt too: the other lanes need not go on
            hosts.values().forEach(host -> host.items().clear());
            throw e;
          }
        });
  }

  private void drain(Host host, int total, Progress progress) {
    for (List<String> images = host.items().poll(); images != null; images = host.items().poll()) {
      firstOf(images, host);
      synchronized (progress) {
        int done = fetched.get() + present.get() + failed.get();
        progress.at("fetch pictures", done, total, failed + " failed");
      }
    }
  }

  private void firstOf(List<String> images, Host host) {
    for (String image : images) {
      if (!Pictures.isAddress(image)) {
        if (Pictures.in(folder, image).isPresent()) {
          present.incrementAndGet();
          return;
        }
        continue;
      }
      synchronized (locks.computeIfAbsent(image, i -> new Object())) { // items share pictures
        if (Files.exists(Pictures.fetched(folder, image))) {
          present.incrementAndGet();
          return;
        }
        if (!failures.containsKey(image) && fetch(image, host)) {
          fetched.incrementAndGet();
          return;
        }
      }
    }
    failed.incrementAndGet();
  }

  private boolean fetch(String url, Host host) {
    if (host.failuresInRow().get() >= GIVE_UP) {
      failed(url, "its host failed " + GIVE_UP + " times in a row", false);
      return false;
    }
    try {
      byte[] picture = attempts(url);
      AtomicFiles.write(Pictures.fetched(folder, url), out -> out.write(picture));
      host.failuresInRow().set(0);
      return true;
    } catch (Web.PrivateException e) {
      failed(url, e.getMessage(), false); // another run may allow it
    } catch (PermanentException | Web.RefusedException e) {
      host.failuresInRow().set(0); // the host answers
      failed(url, Web.reason(e), true);
    } catch (IOException e) {
      host.failuresInRow().incrementAndGet();
      failed(url, Web.reason(e), false);
    }
    return false;
  }

  private void failed(String url, String reason, boolean permanent) {
    Failure failure = new Failure(url, reason, permanent);
    failures.put(url, failure);
    try {
      synchronized (failures) {
        Files.writeString(
            folder.resolve(FAILURES),
            Json.line(failure) + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder.resolve(FAILURES) + ": cannot be written", e);
    }
  }

  private byte[] attempts(String url) throws IOException {
    long latest = System.nanoTime() + within.toNanos();
    for (int attempt = 1; ; attempt++) {
      Duration wait = pause.multipliedBy(1L << (attempt - 1));
      try {
        return once(url, Duration.ofNanos(latest - System.nanoTime()));
      } catch (PermanentException | Web.RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (latest - System.nanoTime() <= 0) {
          throw new HttpTimeoutException("is not here after " + within.toMillis() + " ms");
        }
        Duration asked = e instanceof BusyException busy ? busy.asked : Duration.ZERO;
        Duration rest = asked.compareTo(wait) > 0 ? asked : wait;
        if (attempt == ATTEMPTS || rest.toNanos() > latest - System.nanoTime()) {
          throw e;
        }
        rest(rest);
      }
    }
  }

  private byte[] once(String url, Duration left) throws IOException {
    try (Web.Answer answer = web.get(address(url), to -> Map.of(), left)) {
      int status = answer.status();
      if (status == 200) {
        return picture(answer);
      }
      String says = "the server answers " + status;
      if (status / 100 != 5 && status != 408 && status != 429) {
        throw new PermanentException(says);
      }
      throw new BusyException(
          says, answer.header("retry-after").map(this::after).orElse(Duration.ZERO));
    }
  }

  private static URI address(String url) throws PermanentException {
    try {
      return new URI(url.replace(" ", "%20"));
    } catch (URISyntaxException e) { // whose message holds the address once more
      throw new PermanentException("is not an address: " + e.getReason().toLowerCase(Locale.ROOT));
    }
  }

  private byte[] picture(Web.Answer answer) throws IOException {
    long claimed = answer.header("content-length").map(PictureDownloads::number).orElse(0L);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] chunk = new byte[1 << 14];
    for (int n = 0; n >= 0; n = answer.body().read(chunk)) {
      bytes.write(chunk, 0, n);
      if (bytes.size() > maxBytes || claimed > maxBytes) {
        throw new PermanentException("has more than " + maxBytes + " bytes");
      }
    }
    byte[] picture = bytes.toByteArray();
    try {
      Pictures.requireRead(picture);
    } catch (UnreadablePictureException e) {
      throw new PermanentException(e.getMessage());
    }
    return picture;
  }

  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  /** {@return how long a Retry-After header, seconds or a date, asks to wait} */
  private Duration after(String header) {
    if (header.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(header));
    }
    try {
      ZonedDateTime then = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME);
      return Duration.between(ZonedDateTime.now(then.getZone()), then);
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  private static void rest(Duration pause) {
    try {
      Thread.sleep(Math.max(0, pause.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("fetching pictures was interrupted", e);
    }
  }
}
