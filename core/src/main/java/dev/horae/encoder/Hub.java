package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.picture.Web;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Models by name: downloads what an encoder needs of {@code owner/model} from a Hugging Face hub,
 * once, and answers with the local directory from then on, without asking the network again. Every
 * file is checked against the size and the checksum that the hub's API states. An interrupted
 * download continues where it was; a model's directory appears whole or not at all; two processes
 * wait for each other.
 */
public final class Hub {

  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";

  /** {@code owner/model}, or an old model's single name, and perhaps a branch, tag or commit. */
  private static final Pattern NAME =
      Pattern.compile("((?:[\\w-][\\w.-]*/)?[\\w-][\\w.-]*)(?:@([\\w-][\\w./-]*))?");

  /** Beside the weights: what a tokenizer, a pooling or a picture preparation is read from. */
  private static final Pattern NEEDED =
      Pattern.compile(
          "config\\.json|tokenizer\\.json|tokenizer_config\\.json|special_tokens_map\\.json"
              + "|vocab\\.txt|preprocessor_config\\.json|modules\\.json"
              + "|sentence_bert_config\\.json|config_sentence_transformers\\.json"
              + "|\\d+_\\w+/config\\.json");

  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private static final int ATTEMPTS = 5;
  private static final int CHUNK = 1 << 16;

  /**
   * A file of a model.
   *
   * @param checksum SHA-256 of a large file; Git's name (SHA-1 of a header and the content) of a
   *     small one
   */
  private record Remote(String path, long size, String checksum) {}

  private final URI endpoint;
  private final Path cache;
  private final Optional<String> token;
  private final Web web;
  private final Duration pause;

  /**
   * @param endpoint where the hub is
   * @param cache the folder of downloaded models
   * @param token sent to the endpoint and to no other host
   * @param timeout for each wait for the network
   * @param pause before a second attempt; it doubles with each further one
   */
  Hub(URI endpoint, Path cache, Optional<String> token, Duration timeout, Duration pause) {
    this.endpoint = endpoint;
    this.cache = cache;
    this.token = token;
    this.web = new Web(timeout);
    this.pause = pause;
  }

  /**
   * The hub of the environment: {@code HF_ENDPOINT} (default {@value #DEFAULT_ENDPOINT}), {@code
   * HF_TOKEN}, and {@code hub} under {@code HORAE_CACHE} (default {@code horae} under {@code
   * XDG_CACHE_HOME} or {@code ~/.cache}).
   */
  static Hub of(Map<String, String> environment) {
    String address = environment.getOrDefault("HF_ENDPOINT", DEFAULT_ENDPOINT);
    URI endpoint;
    try {
      endpoint = URI.create(address.replaceFirst("/+$", ""));
    } catch (IllegalArgumentException e) {
      endpoint = URI.create("");
    }
    if (endpoint.getHost() == null) {
      throw new DataException(
          "HF_ENDPOINT = " + address + ": is no address; give one such as " + DEFAULT_ENDPOINT);
    }
    String own = environment.getOrDefault("HORAE_CACHE", "");
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path folder =
        caches.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(caches);
    return new Hub(
        endpoint,
        (own.isEmpty() ? folder.resolve("horae") : Path.of(own)).resolve("hub"),
        Optional.ofNullable(environment.get("HF_TOKEN")).filter(token -> !token.isBlank()),
        Duration.ofSeconds(30),
        Duration.ofSeconds(1));
  }

  /**
   * {@return the directory of a model, downloaded if need be}
   *
   * @param name {@code owner/model}, or {@code owner/model@revision}; without one, {@code main} as
   *     it was when it was downloaded
   * @throws DataException when the name is none, the model is not cached and cannot be downloaded,
   *     or what was downloaded is not what the hub describes
   */
  public static Path resolve(String name, Progress progress) {
    return of(System.getenv()).directory(name, progress);
  }

  /** See {@link #resolve}. */
  Path directory(String name, Progress progress) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches() || name.contains("..")) {
      throw new DataException(
          "'" + name + "': is no model's name; give owner/model or owner/model@revision");
    }
    String model = parts.group(1);
    String revision = parts.group(2) == null ? "main" : parts.group(2);
    String folder = (model + "@" + revision).replace("/", "--");
    Path ready = cache.resolve(folder);
    if (Files.isDirectory(ready)) {
      return ready;
    }
    try {
      Files.createDirectories(cache);
      // One lock for all threads of this process, and one file for all processes.
      synchronized (Hub.class) {
        try (FileChannel channel =
                FileChannel.open(
                    cache.resolve(folder + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock lock = lock(channel, name, progress)) {
          if (!Files.isDirectory(ready)) {
            Path part = Files.createDirectories(cache.resolve(folder + ".part"));
            download(model, revision, part, progress);
            Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
          }
        }
      }
      return ready;
    } catch (IOException e) {
      throw new UncheckedIOException(cache + ": the model cannot be stored", e);
    }
  }

  private static FileLock lock(FileChannel channel, String name, Progress progress)
      throws IOException {
    FileLock lock = channel.tryLock();
    if (lock == null) {
      progress.at("wait for another process that downloads " + name, 0, 0, "");
      lock = channel.lock();
    }
    return lock;
  }

  private void download(String model, String revision, Path part, Progress progress)
      throws IOException {
    List<Remote> files = files(model, revision);
    List<Remote> wanted = new ArrayList<>();
    files.stream().filter(file -> NEEDED.matcher(file.path()).matches()).forEach(wanted::add);
    Optional<Remote> weights = find(files, WEIGHTS);
    Optional<Remote> index = find(files, INDEX);
    if (weights.isPresent()) {
      wanted.add(weights.get());
    } else if (index.isPresent()) {
      fetch(model, revision, index.get(), part, 0, 0, progress);
      for (String shard : shards(model, part.resolve(INDEX))) {
        wanted.add(
            find(files, shard)
                .orElseThrow(() -> bad(model, "names the shard '" + shard + "' but has none")));
      }
    } else {
      throw bad(model, "has no " + WEIGHTS + "; choose a model or a revision that has");
    }
    if (find(files, "config.json").isEmpty()) {
      throw bad(model, "has no config.json; choose a model of the transformers layout");
    }
    long total = wanted.stream().mapToLong(Remote::size).sum();
    long done = 0;
    for (Remote file : wanted) {
      fetch(model, revision, file, part, done, total, progress);
      done += file.size();
    }
  }

  private static Optional<Remote> find(List<Remote> files, String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  private Set<String> shards(String model, Path index) {
    Set<String> shards = new TreeSet<>();
    Json.read(index, JsonNode.class).path("weight_map").forEach(one -> shards.add(one.asText()));
    for (String shard : shards) {
      if (!shard.matches("[\\w.-]+\\.safetensors")) {
        throw bad(model, "names the shard '" + shard + "', which is no plain file name");
      }
    }
    return shards;
  }

  /** {@return the model's files, from the hub's API, page by page} */
  private List<Remote> files(String model, String revision) throws IOException {
    List<Remote> files = new ArrayList<>();
    Optional<URI> page =
        Optional.of(
            URI.create(
                endpoint
                    + "/api/models/"
                    + model
                    + "/tree/"
                    + URLEncoder.encode(revision, StandardCharsets.UTF_8)
                    + "?recursive=true"));
    while (page.isPresent()) {
      try (Web.Answer answer = ask(page.get(), model, revision, Map.of())) {
        for (JsonNode file : Json.MAPPER.readTree(answer.body())) {
          if (file.path("type").asText().equals("file")) {
            files.add(
                new Remote(
                    file.path("path").asText(),
                    file.path("size").asLong(-1),
                    file.path("lfs").path("oid").asText(file.path("oid").asText())));
          }
        }
        page = answer.header("link").flatMap(Hub::next);
      } catch (IOException e) {
        throw unreachable(model, e);
      }
    }
    return files;
  }

  private static Optional<URI> next(String links) {
    Matcher next = Pattern.compile("<([^>]+)>; *rel=\"next\"").matcher(links);
    return next.find() ? Optional.of(URI.create(next.group(1))) : Optional.empty();
  }

  /** Downloads one file to {@code part/path}, unless it is there, and checks it. */
  private void fetch(
      String model,
      String revision,
      Remote file,
      Path part,
      long before,
      long total,
      Progress progress)
      throws IOException {
    Path whole = part.resolve(file.path());
    if (Files.exists(whole) && checksum(file, whole).equals(file.checksum())) {
      return;
    }
    Path begun = part.resolve(file.path() + ".begun");
    Files.createDirectories(begun.getParent());
    URI uri =
        URI.create(
            endpoint
                + "/"
                + model
                + "/resolve/"
                + URLEncoder.encode(revision, StandardCharsets.UTF_8)
                + "/"
                + file.path());
    long reached = 0;
    for (int attempt = 1; reached < file.size() || !Files.exists(begun); attempt++) {
      try {
        reached = transfer(uri, model, revision, file, begun, before, total, progress);
      } catch (IOException e) {
        long now = Files.exists(begun) ? Files.size(begun) : 0;
        attempt = now > reached ? 1 : attempt; // it goes on, if slowly
        reached = now;
        if (attempt >= ATTEMPTS) {
          throw unreachable(model, e);
        }
        rest(pause.multipliedBy(1L << (attempt - 1)));
      }
    }
    String found = checksum(file, begun);
    if (!found.equals(file.checksum())) {
      Files.delete(begun);
      throw new DataException(
          uri
              + ": its checksum is "
              + found
              + ", but the hub says "
              + file.checksum()
              + "; it was deleted, so try again");
    }
    Files.move(begun, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Adds to {@code begun} what is missing, and returns its size then: the file's. */
  private long transfer(
      URI uri,
      String model,
      String revision,
      Remote file,
      Path begun,
      long before,
      long total,
      Progress progress)
      throws IOException {
    long have = Files.exists(begun) ? Files.size(begun) : 0;
    if (have > file.size()) {
      Files.delete(begun);
      have = 0;
    }
    if (have == file.size() && have > 0) {
      return have;
    }
    Map<String, String> range = have == 0 ? Map.of() : Map.of("Range", "bytes=" + have + "-");
    try (Web.Answer answer = ask(uri, model, revision, range)) {
      boolean continued =
          answer.status() == 206
              && answer.header("content-range").orElse("").startsWith("bytes " + have + "-");
      long at = continued ? have : 0;
      try (OutputStream out =
          Files.newOutputStream(
              begun,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              continued ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
        byte[] chunk = new byte[CHUNK];
        for (int n = answer.body().read(chunk); n >= 0; n = answer.body().read(chunk)) {
          at += n;
          if (at > file.size()) {
            break;
          }
          out.write(chunk, 0, n);
          progress.at("download " + model, (before + at) >> 10, total >> 10, file.path());
        }
      }
      if (at > file.size()) {
        Files.delete(begun);
        throw new DataException(
            uri
                + ": is longer than the "
                + file.size()
                + " bytes that the hub says; it was deleted, so try again");
      }
      if (at < file.size()) {
        throw new IOException("it ended after " + at + " of " + file.size() + " bytes");
      }
      return at;
    }
  }

  /** {@return an answer of status 200 or 206} */
  private Web.Answer ask(URI uri, String model, String revision, Map<String, String> headers)
      throws IOException {
    Web.Answer answer = web.get(uri, to -> headers(to, headers));
    if (answer.status() == 200 || answer.status() == 206) {
      return answer;
    }
    answer.close();
    switch (answer.status()) {
      case 401, 403, 404 ->
          throw new DataException(
              uri
                  + ": the hub answers "
                  + answer.status()
                  + "; check the name '"
                  + model
                  + "' and the revision '"
                  + revision
                  + "', and set HF_TOKEN if the model is not public");
      default -> throw new IOException("the hub answers " + answer.status());
    }
  }

  private Map<String, String> headers(URI to, Map<String, String> headers) {
    boolean home =
        to.getScheme().equals(endpoint.getScheme())
            && to.getAuthority().equals(endpoint.getAuthority());
    if (!home || token.isEmpty()) {
      return headers;
    }
    Map<String, String> with = new HashMap<>(headers);
    with.put("Authorization", "Bearer " + token.get());
    return with;
  }

  private DataException unreachable(String model, IOException e) {
    return new DataException(
        "model '"
            + model
            + "': is not in "
            + cache
            + " and cannot be downloaded from "
            + endpoint
            + ": "
            + Web.reason(e)
            + "; connect and try again (what was downloaded is kept), or give a directory instead"
            + " of a name",
        e);
  }

  private DataException bad(String model, String problem) {
    return new DataException("model '" + model + "' of " + endpoint + ": " + problem);
  }

  private static void rest(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the download was interrupted", e);
    }
  }

  /** {@return the checksum of what is in {@code path}, of the kind that {@code file} has} */
  private static String checksum(Remote file, Path path) throws IOException {
    return file.checksum().length() == 64
        ? hash("SHA-256", "", path)
        : hash("SHA-1", "blob " + Files.size(path) + "\0", path);
  }

  private static String hash(String algorithm, String header, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(header.getBytes(StandardCharsets.US_ASCII));
      byte[] chunk = new byte[CHUNK];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.update(chunk, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has both
    }
  }
}
