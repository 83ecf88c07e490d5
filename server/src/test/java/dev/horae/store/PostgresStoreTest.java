package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.Stored;
import dev.horae.store.Store.VariantCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is PostgreSQL's own: servers that share it, its addresses, its failures. */
class PostgresStoreTest {

  @TempDir Path folder;

  private String address;

  @BeforeEach
  void start() {
    address = TestDatabase.POSTGRESQL.address(folder);
  }

  private void sql(String sql) throws SQLException {
    PostgresAddress place = PostgresAddress.parse(address);
    try (Connection connection = DriverManager.getConnection(place.url(), place.properties());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The address as it is printed, without user, password and schema. */
  private String printed() {
    return PostgresAddress.parse(address).toString();
  }

  @Test
  void serversSeeEachOthersWrites() {
    try (Store one = Store.open(address);
        Store two = Store.open(address)) {
      Event event = StoreTest.event("a", "u", "i", 1);
      one.add(List.of(event));
      assertThat(two.history("u", 5)).containsExactly(new Store.Past("i", 1, "view"));
      assertThat(two.add(List.of(event)).duplicates()).containsExactly(0);
      long version = one.put("item", "a", "{}", 0L).orElseThrow();
      assertThat(two.documentsVersion()).isEqualTo(version);
      assertThat(two.put("item", "a", "{}", 0L)).isEmpty();
      assertThat(two.put("item", "a", "{}", version)).isPresent();
      assertThat(one.documentsVersion()).isGreaterThan(version);
      assertThat(two.erase("u")).isEqualTo(1);
      assertThat(one.eventCount()).isZero();
    }
  }

  @Test
  void aServerThatFollowsOthersMissesNothingAndSeesNothingTwice() throws Exception {
    int threads = 4;
    int each = 60;
    try (Store one = Store.open(address);
        Store two = Store.open(address);
        Store follower = Store.open(address)) {
      List<CompletableFuture<Void>> writing =
          IntStream.range(0, threads)
              .mapToObj(
                  t ->
                      CompletableFuture.runAsync(
                          () -> {
                            for (int i = 0; i < each; i++) {
                              String name = t + "-" + i + "-";
                              long time = i;
                              (t % 2 == 0 ? one : two)
                                  .add(
                                      IntStream.range(0, 1 + i % 20)
                                          .mapToObj(
                                              j -> StoreTest.event(name + j, "u" + t, "i", time))
                                          .toList());
                            }
                          },
                          task -> new Thread(task).start()))
              .toList();
      CompletableFuture<Void> all =
          CompletableFuture.allOf(writing.toArray(CompletableFuture[]::new));
      List<Stored> seen = new ArrayList<>();
      long last = 0;
      boolean done;
      do {
        done = all.isDone();
        last = follower.eachAfter(last, seen::add);
      } while (!done);
      all.get();
      assertThat(seen).extracting(stored -> stored.event().id()).doesNotHaveDuplicates();
      assertThat(seen).hasSize((int) one.eventCount());
      assertThat(seen).hasSize(threads * (each / 20) * 210);
    }
  }

  /** The driver would not say which rows of a batch are new. */
  @Test
  void whatTheAddressSaysOfBatchesHidesNoEvent() {
    try (Store store = Store.open(address + "&reWriteBatchedInserts=true")) {
      List<Event> events =
          List.of(
              StoreTest.event("a", "u", "i", 1),
              StoreTest.event("b", "v", "i", 2),
              StoreTest.event("a", "u", "i", 3));
      assertThat(store.add(events)).isEqualTo(new Store.Added(2, List.of(2)));
      assertThat(store.eventCount()).isEqualTo(2);
      assertThat(store.userCount()).isEqualTo(2);
    }
  }

  @Test
  void serversThatStartAtOnceMakeTheTablesOnce() {
    List<CompletableFuture<Store>> starting =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> Store.open(address), task -> new Thread(task).start()))
            .toList();
    starting.forEach(store -> store.join().close());
    try (Store store = Store.open(address)) {
      assertThat(store.eventCount()).isZero();
    }
  }

  @Test
  void aConnectionThatBreaksIsReplaced() throws SQLException {
    try (Store store = Store.open(address)) {
      store.add(List.of(StoreTest.event("a", "u", "i", 1)));
      sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'horae' AND pid <> pg_backend_pid()");
      Event event = StoreTest.event("b", "u", "i", 2);
      boolean added = false;
      for (int tries = 0; !added && tries < 20; tries++) { // one failure for each old connection
        try {
          store.add(List.of(event));
          added = store.history("u", 1).equals(List.of(new Store.Past("i", 2, "view")));
        } catch (StoreException e) {
          assertThat(e.reason()).isEqualTo(StoreException.Reason.BUSY);
          assertThat(e.getMessage())
              .startsWith("cannot ")
              .contains(" the store " + printed() + ": ");
        }
      }
      assertThat(added).isTrue();
      assertThat(store.eventCount()).isEqualTo(2);
    }
  }

  @Test
  void tablesOfANewerVersionAreRefused() throws SQLException {
    Store.open(address).close();
    sql("UPDATE state SET value = 7 WHERE name = 'schema'");
    assertThatThrownBy(() -> Store.open(address))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the store "
                + printed()
                + ": has version 7 of the tables, this Horae knows 2; start the newer Horae that"
                + " wrote it, or restore a backup from before");
  }

  @Test
  void tablesOfTheVersionBeforeGetWhatTheyLack() throws SQLException {
    try (Store store = Store.open(address)) {
      store.add(List.of(StoreTest.event("a", "u", "i", 1)));
      store.put("item", "a", "{}", null);
    }
    sql("DROP TABLE deleted");
    sql("DROP INDEX documents_of_version");
    sql("DELETE FROM state WHERE name = 'erasures'");
    sql("UPDATE state SET value = 1 WHERE name = 'schema'");
    try (Store store = Store.open(address)) {
      assertThat(store.delete("item", "a", null)).isTrue();
      assertThat(store.changes("item", 1)).containsExactly(new Store.Change("a", 2, null));
      assertThat(store.erase("u")).isEqualTo(1);
      assertThat(store.erasures()).isEqualTo(1);
    }
  }

  @Test
  void aListThatWaitsToBeWrittenWhileAnotherServerErasesItsUserGoesWithoutTheName()
      throws SQLException {
    try (Store one = Store.open(address);
        Store two = Store.open(address)) {
      one.add(List.of(StoreTest.event("a", "v", "i", 1)));
      Impression shown = new Impression("r", "home", "a", "u", 5, List.of("i"));
      try (Connection other = PostgresServer.locked(address);
          Statement statement = other.createStatement()) {
        one.addImpressions(List.of(shown)); // whose writer waits for the lock
        statement.execute("UPDATE state SET value = value + 1 WHERE name = 'erasures'");
        other.commit();
      }
      one.add(List.of(StoreTest.event("b", "v", "i", 1)));
      assertThat(two.counts("home", 0)).containsExactly(new VariantCounts("a", 0, 1, 0));
      one.addImpressions(List.of(new Impression("s", "home", "a", "v", 6, List.of("i"))));
      one.add(List.of(StoreTest.event("c", "v", "i", 1)));
      assertThat(two.counts("home", 0)).containsExactly(new VariantCounts("a", 1, 2, 0));
    }
  }

  @Test
  void aDatabaseThatCannotHoldAllTextsIsRefused() throws SQLException {
    String name = "latin" + folder.getFileName().toString().replaceAll("\\W", "");
    sql("CREATE DATABASE " + name + " ENCODING 'LATIN1' TEMPLATE template0");
    assertThatThrownBy(() -> Store.open(address.replace("/postgres?", "/" + name + "?")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the store "
                + printed().replace("/postgres", "/" + name)
                + " has the encoding LATIN1, which cannot hold all texts;"
                + " create a database with ENCODING 'UTF8'");
  }

  @Test
  void whatCannotBeOpenedIsSaidWithoutThePassword() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertThatThrownBy(() -> Store.open("postgresql://u:secret@127.0.0.1:" + port + "/shop"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the store postgresql://127.0.0.1:"
                + port
                + "/shop cannot be opened: Connection to 127.0.0.1:"
                + port
                + " refused. Check that the hostname and port are correct and that the postmaster"
                + " is accepting TCP/IP connections.; check the address");
    assertThatThrownBy(() -> Store.open(address.replace("p%40ss", "secret")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the store "
                + printed()
                + " cannot be opened: FATAL: password authentication failed for user \"horae\";"
                + " check the address");
  }

  @Test
  void aBackupIsLeftToPostgresOwnTool() {
    try (Store store = Store.open(address)) {
      assertThatThrownBy(() -> store.backup(Path.of("copy")))
          .isInstanceOf(StoreException.class)
          .hasMessage(
              "the store "
                  + printed()
                  + " is not copied by Horae; run: pg_dump --schema="
                  + PostgresAddress.parse(address).schema()
                  + " --format=custom --file=copy "
                  + printed().replace("//", "//horae@"));
    }
  }

  @Test
  void eventsThatOneCannotHaveStayOut() {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "",
                "user: is empty; give it a text",
                "a\u0000b",
                "user: has a NUL at character 2, which is no text; remove it",
                "x\uD800",
                "user: has half of a surrogate pair at character 2, which is no text; remove it",
                "y".repeat(513),
                "user: \"" + "y".repeat(40) + "…\" has 513 characters; at most 512 are allowed")
            .entrySet()) {
      assertThatThrownBy(() -> StoreTest.event("a", wrong.getKey(), "i", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(wrong.getValue());
    }
    try (Store store = Store.open(address)) { // the longest texts fit into its indices
      String random =
          IntStream.range(0, 512)
              .mapToObj(i -> Character.toString(0x4e00 + (i * 7919) % 20_000))
              .reduce("", String::concat);
      Event longest = new Event(random, "view", random, random, 1, null, random, Map.of());
      assertThat(store.add(List.of(longest)).accepted()).isEqualTo(1);
      assertThat(store.events(Long.MAX_VALUE, 1).events())
          .extracting(Store.Stored::event)
          .containsExactly(longest);
      store.put(random.substring(0, 32), random, "{}", null);
    }
  }
}
