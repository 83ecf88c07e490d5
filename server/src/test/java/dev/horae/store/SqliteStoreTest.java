package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.JavaProcess;
import dev.horae.data.DataException;
import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.VariantCounts;
import dev.horae.store.StoreException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is SQLite's own: the file, its lock, its log, its copies. */
class SqliteStoreTest {

  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("state").resolve("horae.db");
  }

  private Store open() {
    return Store.open("sqlite:" + file);
  }

  private static List<Event> events(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> StoreTest.event(name + i, "u" + i % 10, "i", i))
        .toList();
  }

  private void sql(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void aSecondStoreOnTheFileIsRefused() {
    try (Store store = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(DataException.class)
          .hasMessage(
              file
                  + ": this process writes there already; stop it, or name another file;"
                  + " servers share PostgreSQL, not SQLite");
      assertThat(store.eventCount()).isZero();
    }
    open().close();
  }

  @Test
  void aSecondProcessOnTheFileIsRefused() throws IOException {
    open().close();
    ProcessBuilder other =
        JavaProcess.of(KilledWriter.class, List.of("-XX:TieredStopAtLevel=1"), "sqlite:" + file, 0);
    Process process = other.redirectErrorStream(true).start();
    try {
      assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).startsWith("event");
      assertThatThrownBy(this::open)
          .isInstanceOf(DataException.class)
          .message()
          .matches(
              "\\Q"
                  + file
                  + "\\E: process "
                  + process.pid()
                  + " on \\S+ \\(since \\S+Z\\) writes there; stop it, or name another file;"
                  + " servers share PostgreSQL, not SQLite");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void whatIsNoStoreIsLeftAlone() throws IOException, SQLException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "This is a text and by no means a database. ".repeat(100));
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": is no SQLite database; name another file");
    assertThat(file).hasBinaryContent(before);

    Files.delete(file);
    sql("CREATE TABLE other (x)");
    before = Files.readAllBytes(file);
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": is an SQLite database of another program; name another file");
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void tablesOfANewerVersionAreRefused() throws SQLException {
    open().close();
    sql("PRAGMA user_version = 7");
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(
            file
                + ": has version 7 of the tables, this Horae knows 2; start the newer Horae that"
                + " wrote it, or restore a backup from before");
    sql("PRAGMA user_version = 2");
    open().close();
  }

  @Test
  void tablesOfTheVersionBeforeGetWhatTheyLack() throws SQLException {
    try (Store store = open()) {
      store.add(List.of(StoreTest.event("a", "u", "i", 1)));
      store.put("item", "a", "{}", null);
    }
    sql("DROP TABLE deleted");
    sql("DROP INDEX documents_of_version");
    sql("DELETE FROM state WHERE name = 'erasures'");
    sql("PRAGMA user_version = 1");
    try (Store store = open()) {
      assertThat(store.delete("item", "a", null)).isTrue();
      assertThat(store.changes("item", 1)).containsExactly(new Store.Change("a", 2, null));
      assertThat(store.erase("u")).isEqualTo(1);
      assertThat(store.erasures()).isEqualTo(1);
    }
  }

  @Test
  void anAddressThatNamesNoStoreIsRefused() throws IOException {
    for (String address : List.of("", "horae.db", "mysql://root:secret@host/db")) {
      assertThatThrownBy(() -> Store.open(address))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "the store \""
                  + address.replace("root:secret", "…")
                  + "\" is neither sqlite:FILE nor"
                  + " postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    for (String name : List.of("", "a?b")) {
      assertThatThrownBy(() -> Store.open("sqlite:" + name))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "the store \"sqlite:" + name + "\" names no file; write sqlite:FILE, without \"?\"");
    }
    Path text = Files.writeString(folder.resolve("text"), "x");
    assertThatThrownBy(() -> Store.open("sqlite:" + text.resolve("horae.db")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            text.resolve("horae.db")
                + ": cannot be opened: "
                + text
                + ": there is something of that name already");
    assertThatThrownBy(() -> Store.open("sqlite:" + folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder + ": is a directory; name a file in it, such as " + folder.resolve("horae.db"));
  }

  @Test
  void theFilesAreTheirOwnersAlone() throws IOException {
    try (Store store = open()) {
      store.add(events("a", 1));
      for (String name : List.of("horae.db", "horae.db-wal", "horae.db-shm")) {
        assertThat(Files.getPosixFilePermissions(file.resolveSibling(name)))
            .as(name)
            .extracting(Object::toString)
            .containsExactlyInAnyOrder("OWNER_READ", "OWNER_WRITE");
      }
    }
  }

  @Test
  void aCopyMadeWhileOthersWriteIsAStore() throws InterruptedException {
    Path copy = folder.resolve("copies").resolve("monday.db");
    AtomicBoolean running = new AtomicBoolean(true);
    try (Store store = open()) {
      store.add(events("before", 500));
      store.put("item", "a", "{}", null);
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; running.get(); i++) {
                  store.add(events(i + "-", 20)); // all of a list or none are in the copy
                }
              });
      writer.start();
      try {
        store.backup(copy);
      } finally {
        running.set(false);
        writer.join();
      }
      assertThatThrownBy(() -> store.backup(copy))
          .isInstanceOf(DataException.class)
          .hasMessage(copy + ": is there already; name a file that is not");
      assertThatThrownBy(() -> store.backup(file)).isInstanceOf(DataException.class);
    }
    assertThat(copy.getParent().toFile().list()).containsExactly("monday.db");
    try (Store store = Store.open("sqlite:" + copy)) {
      assertThat(store.history("u0", 99)).hasSizeGreaterThanOrEqualTo(50);
      assertThat(store.eventCount()).isGreaterThanOrEqualTo(500);
      assertThat(store.eventCount() % 20).isZero();
      assertThat(store.users("", 99).stream().mapToLong(Store.UserSummary::events).sum())
          .isEqualTo(store.eventCount());
      assertThat(store.document("item", "a")).isPresent();
      assertThat(store.add(events("after", 1)).accepted()).isEqualTo(1);
    }
  }

  /** Another program has the file locked, as if the disk were slow. */
  @Test
  void whileNothingCanBeWrittenReadsGoOnAndFewWait() throws Exception {
    try (Store store = open();
        Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = other.createStatement()) {
      store.add(events("before", 10));
      statement.execute("BEGIN IMMEDIATE");
      // More than half of what may wait, each: one of them waits, the others are told so at once.
      BlockingQueue<StoreException> refused = new LinkedBlockingQueue<>();
      List<CompletableFuture<Integer>> adding =
          Stream.of("a", "b", "c")
              .map(name -> events(name, GroupCommit.MOST_WAITING / 2 + 1))
              .map(
                  list ->
                      CompletableFuture.supplyAsync(
                          () -> {
                            try {
                              return store.add(list).accepted();
                            } catch (StoreException e) {
                              refused.add(e);
                              return 0;
                            }
                          },
                          task -> new Thread(task).start()))
              .toList();
      for (int i = 0; i < 2; i++) {
        StoreException e = refused.take();
        assertThat(e.reason()).isEqualTo(Reason.BUSY);
        assertThat(e).hasMessage("more than 50000 rows wait to be written; send them later");
      }
      assertThat(store.history("u1", 5)).hasSize(1);

      List<Impression> shown =
          IntStream.range(0, ImpressionQueue.MOST)
              .mapToObj(i -> new Impression("r" + i, "home", "a", "u", 1, List.of()))
              .toList();
      store.addImpressions(shown);
      assertThatThrownBy(() -> store.addImpressions(shown.subList(0, 1)))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BUSY))
          .hasMessage("more than 50000 impressions wait to be written; send them later");

      statement.execute("COMMIT");
      int accepted = 0;
      for (CompletableFuture<Integer> one : adding) {
        accepted += one.get();
      }
      assertThat(accepted).isEqualTo(GroupCommit.MOST_WAITING / 2 + 1);
      store.add(events("after", 1));
      assertThat(store.counts("home", 0))
          .containsExactly(new VariantCounts("a", 1, ImpressionQueue.MOST, 0));
    }
  }

  @Test
  void aLogThatGrewWhileABackupReadIsCut() throws SQLException, IOException {
    Path log = file.resolveSibling("horae.db-wal");
    try (Store store = open()) {
      store.add(events("a", 10));
      try (SqliteReading reading = new SqliteReading(file)) {
        for (int i = 0; i < 6; i++) {
          store.put("item", "a", Integer.toString(i).repeat(4 << 20), null);
        }
        assertThat(Files.size(log)).isGreaterThan(20 << 20);
      }
      store.put("item", "a", "{}", null);
      store.put("item", "b", "{}", null); // starts when all is done that follows the one before
      assertThat(Files.size(log)).isLessThan(8 << 20);
    }
  }
}
