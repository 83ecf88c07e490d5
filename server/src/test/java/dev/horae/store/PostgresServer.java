package dev.horae.store;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A PostgreSQL server of the system's packages, in a temporary directory, for as long as this
 * process lives. Where none is installed, tests that ask for it are reported as not run.
 */
public final class PostgresServer {

  /** PostgreSQL refuses to run as root. */
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private static PostgresServer running;
  private static String missing;

  private final int port;

  private PostgresServer(int port) {
    this.port = port;
  }

  /** {@return the server's address, with a schema of the store's tables} */
  public static synchronized String address(String schema) {
    if (running == null && missing == null) {
      try {
        start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    Assumptions.assumeTrue(missing == null, missing);
    return "postgresql://horae:p%40ss@127.0.0.1:"
        + running.port
        + "/postgres?currentSchema="
        + schema;
  }

  /** {@return a connection in a transaction that keeps all servers from writing until it ends} */
  public static Connection locked(String address) throws SQLException {
    PostgresAddress place = PostgresAddress.parse(address);
    Connection connection = DriverManager.getConnection(place.url(), place.properties());
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(" + PostgresDatabase.LOCK + ")");
    }
    return connection;
  }

  private static void start() throws IOException, InterruptedException {
    Path programs = programs();
    if (programs == null) {
      missing = "PostgreSQL is not installed (apt-get install postgresql)";
      return;
    }
    if (ROOT && run(List.of("id", "postgres")) != 0) {
      missing = "PostgreSQL refuses to run as root, and there is no user postgres to run it as";
      return;
    }
    Path folder = Files.createTempDirectory("horae-postgres");
    Path password = Files.writeString(folder.resolve("password"), "p@ss");
    if (ROOT) {
      expect(run(List.of("chown", "-R", "postgres", folder.toString())), "chown");
    }
    Path data = folder.resolve("data");
    expect(
        run(
            as(
                programs.resolve("initdb").toString(),
                "--pgdata=" + data,
                "--username=horae",
                "--pwfile=" + password,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync")),
        "initdb");
    int port = freePort();
    // Ends with this process, however that ends: nobody writes to its input any more.
    String script =
        "\"$@\" & server=$!; cat > /dev/null; kill -QUIT $server; wait; rm -rf " + folder;
    Process process =
        new ProcessBuilder(
                as(
                    "sh",
                    "-c",
                    script,
                    "sh",
                    programs.resolve("postgres").toString(),
                    "-D",
                    data.toString(),
                    "-p",
                    Integer.toString(port),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "unix_socket_directories=",
                    "-c",
                    "fsync=" + System.getProperty("horae.postgres.fsync", "off")))
            .redirectErrorStream(true)
            .start();
    awaitReady(process);
    running = new PostgresServer(port);
  }

  private static void expect(int code, String what) {
    if (code != 0) {
      throw new IllegalStateException(what + " ended with " + code);
    }
  }

  private static List<String> as(String... command) {
    List<String> all = new ArrayList<>();
    if (ROOT) {
      all.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(new File("/")).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      System.err.println(said);
    }
    return code;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Reads what it says until it says that it is ready, and leaves the rest to another thread. */
  private static void awaitReady(Process process) throws IOException {
    BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    String line = "";
    while (!line.endsWith("database system is ready to accept connections")) {
      line = log.readLine();
      if (line == null) {
        throw new IOException("postgres ended: " + said);
      }
      said.append(line).append('\n');
    }
    Thread rest = new Thread(() -> log.lines().forEach(more -> {}), "postgres-log");
    rest.setDaemon(true);
    rest.start();
  }

  /** {@return where initdb and postgres are; null: nowhere} */
  private static Path programs() throws IOException {
    List<Path> places = new ArrayList<>();
    for (String place : System.getenv("PATH").split(File.pathSeparator)) {
      places.add(Path.of(place));
    }
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(debian)) {
        versions.forEach(version -> places.add(version.resolve("bin")));
      }
    }
    for (Path place : places) {
      if (Files.isExecutable(place.resolve("initdb"))
          && Files.isExecutable(place.resolve("postgres"))) {
        return place.resolve("postgres").toRealPath().getParent();
      }
    }
    return null;
  }
}
