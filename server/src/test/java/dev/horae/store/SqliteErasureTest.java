package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.VariantCounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of an erased user stays in the files. */
class SqliteErasureTest {

  private static final String USER = user(7);

  private static final int USERS = 60;

  @TempDir Path folder;

  private static String user(int number) {
    return "<Zwölf-Boxkämpfer-" + number + ">";
  }

  private Store open() {
    return Store.open(TestDatabase.SQLITE.address(folder));
  }

  /** {@return the files that have the text in their bytes} */
  private List<Path> filesWith(String text) throws IOException {
    String wanted = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  /** Of many users in no order, so that pages are split. */
  private void fill(Store store) {
    Random random = new Random(4);
    for (int batch = 0; batch < 30; batch++) {
      List<Event> events = new ArrayList<>();
      List<Impression> impressions = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String user = user(random.nextInt(USERS));
        String id = Integer.toString(random.nextInt(), 36) + "-of-" + user;
        Map<String, Object> properties = Map.of("note", "about " + user);
        events.add(new Event(id, "view", user, "item", i, null, null, properties));
        impressions.add(new Impression(id, "home", "", user, i, List.of("a", "b")));
      }
      store.addImpressions(impressions);
      store.add(events);
    }
  }

  @Test
  void nothingOfAnErasedUserStaysInTheFiles() throws IOException {
    try (Store store = open()) {
      fill(store);
      for (int number = 0; number < USERS; number += 3) {
        String user = user(number);
        assertThat(filesWith(user)).isNotEmpty(); // else this test would find nothing ever
        long all = store.eventCount();
        long erased = store.erase(user);
        assertThat(erased).isPositive();
        assertThat(filesWith(user)).isEmpty();
        assertThat(store.eventCount()).isEqualTo(all - erased);
      }
    }
    assertThat(filesWith(USER)).isNotEmpty();
    assertThat(filesWith(user(0))).isEmpty();
  }

  @Test
  void impressionsThatWaitAreErasedToo() throws IOException {
    try (Store store = open()) {
      store.addImpressions(List.of(new Impression("r", "home", "", USER, 1, List.of("a"))));
      assertThat(store.erase(USER)).isZero();
      assertThat(store.counts("home", 0)).isEmpty();
      assertThat(filesWith(USER)).isEmpty();
    }
  }

  @Test
  void aListThatCouldNotBeWrittenBeforeItsUserWasErasedGoesWithoutTheName() throws Exception {
    try (Store store = open()) {
      execute(
          "CREATE TRIGGER none BEFORE INSERT ON impressions BEGIN SELECT RAISE(ABORT, '-'); END");
      store.addImpressions(List.of(new Impression("r", "home", "", USER, 1, List.of("a"))));
      assertThat(store.erase(USER)).isZero();
      store.add(List.of(StoreTest.event("a", "other", "i", 1)));
      execute("DROP TRIGGER none");
      store.add(List.of(StoreTest.event("b", "other", "i", 1)));
      assertThat(store.counts("home", 0)).containsExactly(new VariantCounts("", 0, 1, 0));
      assertThat(filesWith(USER)).isEmpty();
      store.addImpressions(List.of(new Impression("s", "home", "", "other", 1, List.of("a"))));
      store.add(List.of(StoreTest.event("c", "other", "i", 1)));
      assertThat(store.counts("home", 0)).containsExactly(new VariantCounts("", 1, 2, 0));
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("horae.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void whatABackupReadsIsErasedWhenItHasEnded() throws Exception {
    try (Store store = open()) {
      fill(store);
      SqliteReading reading = new SqliteReading(folder.resolve("horae.db"));
      assertThat(store.erase(USER)).isPositive();
      assertThat(store.user(USER)).isEmpty();
      assertThat(filesWith(USER)).isNotEmpty(); // the backup may still ask for it
      reading.close();
      store.put("item", "a", "{}", null); // whoever writes next
      store.put("item", "b", "{}", null); // starts when all is done that follows the one before
      assertThat(filesWith(USER)).isEmpty();
    }
  }

  @Test
  void anErasureThatDidNotEndIsEndedAtTheNextStart() throws Exception {
    try (Store store = open()) {
      fill(store);
    }
    try (SqliteReading file = new SqliteReading(folder.resolve("horae.db"))) {
      file.execute("DELETE FROM events WHERE user_id = '" + USER + "'");
      file.execute("DELETE FROM users WHERE user_id = '" + USER + "'");
      file.execute("DELETE FROM impressions WHERE user_id = '" + USER + "'");
      file.execute("UPDATE state SET value = 1 WHERE name = 'erased'");
    }
    assertThat(filesWith(USER)).isNotEmpty();
    open().close();
    assertThat(filesWith(USER)).isEmpty();
  }
}
