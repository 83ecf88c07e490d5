package dev.horae.encoder;

import dev.horae.data.DataException;
import dev.horae.data.Progress;
import dev.horae.web.Web;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
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

  final URI endpoint;
  final Path cache;
  final Optional<String> token;
  final Web web;
  final Duration pause;

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
          "HF_ENDPOINT = " + address + ": is not an address; give one such as " + DEFAULT_ENDPOINT);
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
          "'" + name + "': is not a model's name; give owner/model or owner/model@revision");
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
            new HubDownload(this, model, revision, part, progress).run();
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
}
