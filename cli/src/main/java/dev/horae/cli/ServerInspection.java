package dev.horae.cli;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.http.HttpServer;
import dev.horae.http.ServeConfig;
import dev.horae.machine.Machine.Finding;
import dev.horae.machine.Machine.Verdict;
import dev.horae.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks at what {@code horae serve} would meet, and changes nothing. */
final class ServerInspection {

  private static final long LITTLE = 2L << 30; // bytes of disk

  private ServerInspection() {}

  static List<Finding> of(ServeConfig config) {
    List<Finding> findings = new ArrayList<>();
    findings.add(port("port", config.host(), config.port()));
    if (config.metricsPort() >= 0) {
      findings.add(port("metrics_port", config.host(), config.metricsPort()));
    }
    if (config.database().isEmpty()) {
      findings.add(room(Path.of(config.state()).toAbsolutePath()));
    }
    findings.addAll(store(config));
    return findings;
  }

  private static Finding port(String key, String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return new Finding(Verdict.OK, key, host + ":" + (port == 0 ? "any" : port) + " is free", "");
    } catch (IOException e) {
      return new Finding(
          Verdict.FAILURE,
          key,
          host + ":" + port + " cannot be listened on: " + Reasons.of(e),
          "stop what listens there, or choose another port");
    }
  }

  private static Finding room(Path state) {
    Path there = state;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isWritable(there)) {
      return new Finding(
          Verdict.FAILURE, "state", state + " cannot be written", "name another directory");
    }
    try {
      long free = Files.getFileStore(there).getUsableSpace();
      String text = String.format(Locale.ROOT, "%s, %.1f GB free", state, free / 1e9);
      return free < LITTLE
          ? new Finding(Verdict.WARNING, "state", text, "make room, or name another directory")
          : new Finding(Verdict.OK, "state", text, "");
    } catch (IOException e) {
      return new Finding(
          Verdict.FAILURE, "state", state + ": " + Reasons.of(e), "name another directory");
    }
  }

  private static List<Finding> store(ServeConfig config) {
    if (config.database().isEmpty() && !Files.exists(Path.of(config.state()).resolve("horae.db"))) {
      return List.of(
          new Finding(Verdict.OK, "store", "will be made when the server starts first", ""),
          keys(config, false));
    }
    try (Store store = Store.open(config.store())) {
      return List.of(
          new Finding(
              Verdict.OK,
              "store",
              String.format(
                  Locale.ROOT, "%,d events of %,d users", store.eventCount(), store.userCount()),
              ""),
          keys(config, HttpServer.hasKeys(store)));
    } catch (DataException e) {
      return List.of(new Finding(Verdict.FAILURE, "store", String.valueOf(e.getMessage()), ""));
    }
  }

  private static Finding keys(ServeConfig config, boolean any) {
    return any
        ? new Finding(Verdict.OK, "keys", "every request needs one", "")
        : new Finding(
            Verdict.WARNING,
            "keys",
            "there is none: whoever reaches "
                + config.shownHost()
                + " may do everything, and no other machine is served",
            "horae serve RUN --new-key operator");
  }
}
