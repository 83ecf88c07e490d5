package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.web.Web;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
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
 * Brings what an encoder needs of one model into a folder, and goes on where an earlier download of
 * it ended.
 */
final class HubDownload {

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

  private final Hub hub;
  private final String model;
  private final String revision;
  private final Path part;
  private final Progress progress;
  private long done; // bytes of the files that are there
  private long total; // bytes of all; 0 while not known

  /**
   * @param part the folder, which need not be empty
   */
  HubDownload(Hub hub, String model, String revision, Path part, Progress progress) {
    this.hub = hub;
    this.model = model;
    this.revision = revision;
    this.part = part;
    this.progress = progress;
  }

  void run() throws IOException {
    List<Remote> files = files();
    List<Remote> wanted = new ArrayList<>();
    files.stream().filter(file -> NEEDED.matcher(file.path()).matches()).forEach(wanted::add);
    Optional<Remote> weights = find(files, WEIGHTS);
    Optional<Remote> index = find(files, INDEX);
    if (weights.isPresent()) {
      wanted.add(weights.get());
    } else if (index.isPresent()) {
      fetch(index.get());
      for (String shard : shards(part.resolve(INDEX))) {
        wanted.add(
            find(files, shard)
                .orElseThrow(() -> bad("names the shard '" + shard + "' but has none")));
      }
    } else {
      throw bad("has no " + WEIGHTS + "; choose a model or a revision that has");
    }
    if (find(files, "config.json").isEmpty()) {
      throw bad("has no config.json; choose a model of the transformers layout");
    }
    total = wanted.stream().mapToLong(Remote::size).sum();
    for (Remote file : wanted) {
      fetch(file);
      done += file.size();
    }
  }

  private static Optional<Remote> find(List<Remote> files, String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  private Set<String> shards(Path index) {
    Set<String> shards = new TreeSet<>();
    Json.read(index, JsonNode.class).path("weight_map").forEach(one -> shards.add(one.asText()));
    for (String shard : shards) {
      if (!shard.matches("[\\w.-]+\\.safetensors")) {
        throw bad("names the shard '" + shard + "', which is no plain file name");
      }
    }
    return shards;
  }

  /** {@return the model's files, from the hub's API, page by page} */
  private List<Remote> files() throws IOException {
    List<Remote> files = new ArrayList<>();
    Optional<URI> page =
        Optional.of(
            URI.create(
                hub.endpoint
                    + "/api/models/"
                    + model
                    + "/tree/"
                    + URLEncoder.encode(revision, StandardCharsets.UTF_8)
                    + "?recursive=true"));
    while (page.isPresent()) {
      try (Web.Answer answer = ask(page.get(), Map.of())) {
        for (JsonNode file : Json.MAPPER.readTree(answer.body())) {
          if (file.path("type").asText().equals("file")) {
            files.add(
                new Remote(
                    file.path("path").asText(),
                    file.path("size").asLong(-1),
                    file.path("lfs").path("oid").asText(file.path("oid").asText())));
          }
        }
        page = answer.header("link").flatMap(HubDownload::next);
      } catch (IOException e) {
        throw unreachable(e);
      }
    }
    return files;
  }

  private static Optional<URI> next(String links) {
    Matcher next = Pattern.compile("<([^>]+)>; *rel=\"next\"").matcher(links);
    return next.find() ? Optional.of(URI.create(next.group(1))) : Optional.empty();
  }

  /** Downloads one file to {@code part/path}, unless it is there, and checks it. */
  private void fetch(Remote file) throws IOException {
    Path whole = part.resolve(file.path());
    if (Files.exists(whole) && checksum(file, whole).equals(file.checksum())) {
      return;
    }
    Path begun = part.resolve(file.path() + ".begun");
    Files.createDirectories(begun.getParent());
    URI uri =
        URI.create(
            hub.endpoint
                + "/"
                + model
                + "/resolve/"
                + URLEncoder.encode(revision, StandardCharsets.UTF_8)
                + "/"
                + file.path());
    long reached = 0;
    for (int attempt = 1; reached < file.size() || !Files.exists(begun); attempt++) {
      try {
        reached = transfer(uri, file, begun);
      } catch (IOException e) {
        long now = Files.exists(begun) ? Files.size(begun) : 0;
        attempt = now > reached ? 1 : attempt; // it goes on, if slowly
        reached = now;
        if (attempt >= ATTEMPTS) {
          throw unreachable(e);
        }
        rest(hub.pause.multipliedBy(1L << (attempt - 1)));
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
  private long transfer(URI uri, Remote file, Path begun) throws IOException {
    long have = Files.exists(begun) ? Files.size(begun) : 0;
    if (have > file.size()) {
      Files.delete(begun);
      have = 0;
    }
    if (have == file.size() && have > 0) {
      return have;
    }
    Map<String, String> range = have == 0 ? Map.of() : Map.of("Range", "bytes=" + have + "-");
    try (Web.Answer answer = ask(uri, range)) {
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
          progress.at("download " + model, (done + at) >> 10, total >> 10, file.path());
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
  private Web.Answer ask(URI uri, Map<String, String> headers) throws IOException {
    Web.Answer answer = hub.web.get(uri, to -> headers(to, headers));
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
        to.getScheme().equals(hub.endpoint.getScheme())
            && to.getAuthority().equals(hub.endpoint.getAuthority());
    if (!home || hub.token.isEmpty()) {
      return headers;
    }
    Map<String, String> with = new HashMap<>(headers);
    with.put("Authorization", "Bearer " + hub.token.get());
    return with;
  }

  private DataException unreachable(IOException e) {
    return new DataException(
        "model '"
            + model
            + "': is not in "
            + hub.cache
            + " and cannot be downloaded from "
            + hub.endpoint
            + ": "
            + Web.reason(e)
            + "; connect and try again (what was downloaded is kept), or give a directory instead"
            + " of a name",
        e);
  }

  private DataException bad(String problem) {
    return new DataException("model '" + model + "' of " + hub.endpoint + ": " + problem);
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
