package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.config.Version;
import dev.horae.data.DataException;
import dev.horae.http.HttpServer;
import dev.horae.http.ServeConfig;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.RunDirectory;
import dev.horae.service.Indexing;
import dev.horae.service.Limits;
import dev.horae.service.LiveShop;
import dev.horae.service.Models;
import dev.horae.shell.Stopping;
import dev.horae.store.Store;
import dev.horae.tensor.CheckpointException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;

/** Opens a run as a server, and keeps it until the process is told to end. */
final class Serving {

  private static final int EXPLAINED = 50; // events, each of which costs a pass

  private Serving() {}

  /** Opens the store of a server, and makes its directory where there is none. */
  static Store store(ServeConfig config) {
    if (config.database().isEmpty()) {
      try {
        Files.createDirectories(Path.of(config.state()));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write " + config.state(), e);
      }
    }
    return Store.open(config.store());
  }

  /**
   * Serves until the process is stopped.
   *
   * @param run what answers first
   * @param out gets where it listens
   */
  static void serve(ServeConfig config, Path run, PrintWriter out) {
    long start = System.nanoTime();
    Path path = run.toAbsolutePath().normalize();
    RunDirectory directory = RunDirectory.open(path);
    Store store = store(config);
    try (RequestLines log = RequestLines.open(config.log())) {
      LiveShop shop =
          new LiveShop(
              store,
              config.scoringThreads(),
              config.queue(),
              new Limits(config.history(), EXPLAINED, config.timeoutMillis()),
              new Indexing(config.indexAbove(), config.indexes()));
      String name = String.valueOf(path.getFileName());
      CompletableFuture<Void> loaded = shop.load(name, path); // while the server starts
      HttpServer server =
          HttpServer.start(reachable(config, store, out), shop, Version.text(), log);
      try (server) {
        loaded.join();
        activate(shop, name);
        CompletableFuture<Void> pictures = // which nobody waits for, and which takes a core
            CompletableFuture.runAsync(() -> showPictures(config, directory, shop, out));
        if (!config.data().equals("auto")) {
          join(pictures); // what was named must be there
        }
        say(out, server, config, start);
        waitForTheEnd(server);
      }
    }
  }

  /** Without a key nobody else may reach the server. */
  private static ServeConfig reachable(ServeConfig config, Store store, PrintWriter out) {
    if (HttpServer.hasKeys(store) || isLoopback(config.host())) {
      return config;
    }
    out.println(
        "no key yet: listening on 127.0.0.1 alone, not on "
            + config.host()
            + "; make one with 'horae serve RUN --new-key operator'");
    return config.on("127.0.0.1");
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigException(
          "host = " + host + " is no address of this machine; try 127.0.0.1 or 0.0.0.0");
    }
  }

  private static void showPictures(
      ServeConfig config, RunDirectory run, LiveShop shop, PrintWriter out) {
    boolean auto = config.data().equals("auto");
    Path folder = Path.of(auto ? run.config().data() : config.data());
    if (config.data().equals("none") || auto && !isDataset(folder)) {
      return;
    }
    try {
      shop.show(PreparedDataset.open(folder));
    } catch (DataException e) {
      if (!auto) {
        throw e;
      }
      out.println("no pictures are shown: " + e.getMessage());
      out.flush();
    }
  }

  private static void join(CompletableFuture<Void> pictures) {
    try {
      pictures.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof DataException cause ? cause : e;
    }
  }

  private static boolean isDataset(Path folder) {
    return Files.isRegularFile(folder.resolve("dataset.json"));
  }

  private static void activate(LiveShop shop, String name) {
    Models.Status status =
        shop.models().statuses().stream()
            .filter(m -> m.name().equals(name))
            .findFirst()
            .orElseThrow();
    if (status.problem() != null) {
      throw new CheckpointException(status.problem());
    }
    shop.models().activate(name);
  }

  private static void say(PrintWriter out, HttpServer server, ServeConfig config, long start) {
    String address = "http://" + config.shownHost() + ":" + server.port();
    out.printf(
        Locale.ROOT,
        "ready after %.1f s: %s/console/%n",
        (System.nanoTime() - start) / 1e9,
        address);
    out.println("try: curl " + address + "/v1/popular");
    if (server.metricsPort() > 0) {
      out.println(
          "metrics: http://" + config.shownHost() + ":" + server.metricsPort() + "/metrics");
    }
    out.flush();
  }

  private static void waitForTheEnd(HttpServer server) {
    CountDownLatch ended = new CountDownLatch(1);
    Thread stopping =
        new Thread(
            () -> {
              server.drain();
              ended.countDown();
            },
            "stopping the server");
    Runtime.getRuntime().addShutdownHook(stopping);
    Stopping.hint("stopped; the same command starts it again, with all events");
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
