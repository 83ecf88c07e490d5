package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.store.Store.Added;
import dev.horae.store.Store.Change;
import dev.horae.store.Store.Document;
import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.Page;
import dev.horae.store.Store.Past;
import dev.horae.store.Store.Stored;
import dev.horae.store.Store.UserSummary;
import dev.horae.store.Store.VariantCounts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for each database. */
@ParameterizedClass
@EnumSource
class StoreTest {

  @Parameter TestDatabase database;

  @TempDir Path folder;

  private Store store;

  @BeforeEach
  void open() {
    store = database.open(folder);
  }

  @AfterEach
  void close() {
    store.close();
  }

  static Event event(String id, String user, String item, long time) {
    return new Event(id, "view", user, item, time, null, null, Map.of());
  }

  private static Event click(String id, String user, String item, String recommendation) {
    return new Event(id, "click", user, item, 100, null, recommendation, Map.of());
  }

  private List<Stored> all() {
    List<Stored> all = new ArrayList<>();
    store.eachAfter(0, all::add);
    return all;
  }

  private void reopen() {
    store.close();
    store = database.open(folder);
  }

  @Test
  void eventsComeBackAsTheyWere() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("text", "Zoë 😀 \u0000 \"quoted\"");
    properties.put("number", 3);
    properties.put("big", 12345678901L);
    properties.put("half", 0.5);
    properties.put("yes", true);
    properties.put("nothing", null);
    properties.put("list", List.of("a", 1));
    Event full =
        new Event("é-1", "purchase", "Ünal", "物 1", -5, -0.1, "r'1; DROP TABLE events", properties);
    Event bare = event("2", "u", "i", 1_700_000_000L);
    assertThat(store.add(List.of(full, bare))).isEqualTo(new Added(2, List.of()));
    reopen();
    assertThat(all()).extracting(Stored::event).containsExactly(full, bare);
    assertThat(store.events(Long.MAX_VALUE, 1).events())
        .extracting(Stored::event)
        .containsExactly(bare);
    assertThat(store.history("Ünal", 1)).containsExactly(new Past("物 1", -5, "purchase"));
  }

  @Test
  void ofOneIdTheFirstEventWins() {
    Event first = event("a", "u", "i", 1);
    assertThat(store.add(List.of(first, event("b", "u", "i", 1), event("a", "v", "j", 2))))
        .isEqualTo(new Added(2, List.of(2)));
    assertThat(store.add(List.of(event("b", "w", "k", 3), event("c", "u", "i", 4))))
        .isEqualTo(new Added(1, List.of(0)));
    assertThat(all()).extracting(stored -> stored.event().id()).containsExactly("a", "b", "c");
    assertThat(all().get(0).event()).isEqualTo(first);
    assertThat(store.eventCount()).isEqualTo(3);
    assertThat(store.userCount()).isEqualTo(1);
    assertThat(store.add(List.of())).isEqualTo(new Added(0, List.of()));
  }

  @Test
  void theHistoryIsTheNewestWithoutImpressionsByTimeThenByArrival() {
    store.add(
        List.of(
            event("late", "u", "i9", 9),
            event("early", "u", "i1", 1),
            new Event("shown", "impression", "u", "i5", 5, null, null, Map.of()),
            event("x", "u", "i3", 3),
            event("y", "u", "i4", 3),
            event("other", "v", "i2", 2)));
    assertThat(store.history("u", 3)).extracting(Past::item).containsExactly("i3", "i4", "i9");
    assertThat(store.history("u", 2)).extracting(Past::item).containsExactly("i4", "i9");
    assertThat(store.history("u", 99))
        .extracting(Past::item)
        .containsExactly("i1", "i3", "i4", "i9");
    assertThat(store.history("nobody", 3)).isEmpty();
    assertThat(store.history("u", 3, 2)).extracting(Past::item).containsExactly("i3", "i4");
    assertThat(store.history("u", 2, 2)).extracting(Past::item).containsExactly("i1");
    assertThat(store.history("u", 0, 2)).isEmpty();
  }

  @Test
  void eventsArePagedFromTheNewestAndFollowedFromTheOldest() {
    List<Event> many =
        IntStream.range(0, 2_500).mapToObj(i -> event("e" + i, "u" + i % 7, "i", i)).toList();
    store.add(many);
    List<Stored> all = all();
    assertThat(all).extracting(Stored::event).isEqualTo(many);
    assertThat(all).extracting(Stored::sequence).isSorted().doesNotHaveDuplicates();

    List<Stored> page = store.events(all.get(2_000).sequence(), 3).events();
    assertThat(page).containsExactly(all.get(1_999), all.get(1_998), all.get(1_997));

    List<Stored> rest = new ArrayList<>();
    long last = store.eachAfter(all.get(2_497).sequence(), rest::add);
    assertThat(rest).containsExactly(all.get(2_498), all.get(2_499));
    assertThat(last).isEqualTo(all.get(2_499).sequence());
    assertThat(store.eachAfter(last, rest::add)).isEqualTo(last);
    assertThat(rest).hasSize(2);
  }

  /** What is erased while a page is told of is in no later one. */
  @Test
  void aPageOfLargeEventsEndsEarly() {
    Map<String, Object> large = Map.of("text", "x".repeat(400_000));
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      events.add(
          new Event("e" + i, "view", "u", "i", -i, null, null, i % 2 == 0 ? large : Map.of()));
    }
    events.add(event("last", "v", "i", 1));
    store.add(events);
    assertThat(all()).extracting(Stored::event).isEqualTo(events);
    List<Event> fromTheNewest = new ArrayList<>();
    Page page = store.events(Long.MAX_VALUE, 99);
    assertThat(page.events()).hasSizeBetween(2, 29);
    while (page.last() != null) {
      page.events().forEach(stored -> fromTheNewest.add(0, stored.event()));
      page = store.events(page.last().sequence(), 99);
    }
    assertThat(page.isFull()).isFalse();
    assertThat(fromTheNewest).isEqualTo(events);
    List<Event> exported = new ArrayList<>();
    store.export("u", stored -> exported.add(0, stored.event()));
    assertThat(exported).isEqualTo(events.subList(0, 30));

    List<Event> told = new ArrayList<>();
    store.eachAfter(
        0,
        stored -> {
          if (told.isEmpty()) {
            store.erase("v");
          }
          told.add(stored.event());
        });
    assertThat(told).isEqualTo(events.subList(0, 30));
  }

  @Test
  void whoFollowsCanAskTheStore() {
    store.add(List.of(event("a", "u", "i", 1)));
    List<Past> histories = new ArrayList<>();
    store.eachAfter(0, stored -> histories.addAll(store.history(stored.event().user(), 5)));
    assertThat(histories).containsExactly(new Past("i", 1, "view"));
  }

  @Test
  void usersAreSummedUpAndFoundByTheStartOfTheirIds() {
    store.add(
        List.of(
            event("1", "bob", "i", 7),
            event("2", "bob", "i", 3),
            event("3", "Bob", "i", 1),
            event("4", "bobby", "i", 2),
            event("5", "bo_b%", "i", 2),
            event("6", "\uffff", "i", 4),
            event("7", "\uD83D\uDE00", "i", 4)));
    assertThat(store.user("bob")).contains(new UserSummary("bob", 2, 3, 7));
    assertThat(store.user("bo")).isEmpty();
    assertThat(store.users("bob", 9))
        .containsExactly(new UserSummary("bob", 2, 3, 7), new UserSummary("bobby", 1, 2, 2));
    assertThat(store.users("bo", 1)).extracting(UserSummary::user).containsExactly("bo_b%");
    assertThat(store.users("%", 9)).isEmpty();
    assertThat(store.users("", 9))
        .extracting(UserSummary::user)
        .containsExactly("Bob", "bo_b%", "bob", "bobby", "\uffff", "\uD83D\uDE00");
    assertThat(store.users("\uffff", 9)).extracting(UserSummary::user).containsExactly("\uffff");
    assertThat(store.userCount()).isEqualTo(6);
    List<String> ids = new ArrayList<>();
    store.eachUser(ids::add);
    assertThat(ids).containsExactly("Bob", "bo_b%", "bob", "bobby", "\uffff", "\uD83D\uDE00");
  }

  @Test
  void allUsersAreGivenHoweverManyTheyAre() {
    store.add(IntStream.range(0, 2_500).mapToObj(i -> event("e" + i, "u" + i, "i", i)).toList());
    List<String> ids = new ArrayList<>();
    store.eachUser(ids::add);
    assertThat(ids).hasSize(2_500).doesNotHaveDuplicates();
  }

  @Test
  void theExportOfAUserHasAllEventsInOrderOfTime() {
    List<Event> events =
        IntStream.range(0, 2_100).mapToObj(i -> event("e" + i, "u", "i", 5_000 - i / 2)).toList();
    store.add(events);
    store.add(List.of(event("other", "v", "i", 1)));
    List<Stored> exported = new ArrayList<>();
    store.export("u", exported::add);
    assertThat(exported).hasSize(2_100);
    assertThat(exported).extracting(stored -> stored.event().time()).isSorted();
    assertThat(exported).extracting(Stored::event).containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void erasureTakesEventsAndImpressionsOfOneUser() {
    store.add(List.of(event("1", "u", "i", 1), event("2", "v", "i", 1), event("3", "u", "j", 2)));
    store.addImpressions(
        List.of(
            new Impression("r1", "home", "a", "u", 5, List.of("i")),
            new Impression("r2", "home", "a", "v", 5, List.of("i"))));
    long before = store.erasures();
    assertThat(store.erase("u")).isEqualTo(2);
    assertThat(store.erase("u")).isZero();
    assertThat(store.erasures()).isEqualTo(before + 2);
    assertThat(store.user("u")).isEmpty();
    assertThat(all()).extracting(stored -> stored.event().id()).containsExactly("2");
    assertThat(store.counts("home", 0)).containsExactly(new VariantCounts("a", 1, 1, 0));
    assertThat(store.eventCount()).isEqualTo(1);
    assertThat(store.userCount()).isEqualTo(1);
  }

  @Test
  void sequencesOfErasedEventsDoNotComeBack() {
    store.add(List.of(event("1", "u", "i", 1)));
    long last = store.eachAfter(0, stored -> {});
    store.erase("u");
    reopen();
    store.add(List.of(event("2", "v", "i", 1)));
    List<Stored> followed = new ArrayList<>();
    store.eachAfter(last, followed::add);
    assertThat(followed).extracting(stored -> stored.event().id()).containsExactly("2");
  }

  @Test
  void aDocumentIsWrittenOverTheExpectedVersionOnly() {
    assertThat(store.document("item", "a")).isEmpty();
    long first = store.put("item", "a", "{}", 0L).orElseThrow();
    assertThat(store.put("item", "a", "{\"x\":1}", 0L)).isEmpty();
    assertThat(store.put("item", "a", "{\"x\":1}", first + 7)).isEmpty();
    assertThat(store.put("item", "b", "{}", first)).isEmpty();
    assertThat(store.documentsVersion()).isEqualTo(first);
    OptionalLong second = store.put("item", "a", "{\"x\":2}", first);
    assertThat(second.orElseThrow()).isGreaterThan(first);
    long third = store.put("item", "a", "{\"x\":3}", null).orElseThrow();
    reopen();
    assertThat(store.document("item", "a")).contains(new Document("item", "a", third, "{\"x\":3}"));
    assertThat(store.document("scenario", "a")).isEmpty();
    assertThat(store.documentsVersion()).isEqualTo(third);
  }

  @Test
  void onlyTheExpectedVersionOfADocumentIsDeleted() {
    assertThat(store.delete("item", "a", 0L)).isFalse();
    long first = store.put("item", "a", "{}", 0L).orElseThrow();
    long second = store.put("item", "a", "{\"x\":1}", first).orElseThrow();
    assertThat(store.delete("item", "a", first)).isFalse();
    assertThat(store.delete("item", "a", 0L)).isFalse();
    assertThat(store.document("item", "a")).isPresent();
    assertThat(store.delete("item", "a", second)).isTrue();
    assertThat(store.document("item", "a")).isEmpty();
  }

  @Test
  void ofManyDeletionsAtOnceOneIsNotTheLast() throws InterruptedException {
    IntStream.range(0, 8).forEach(i -> store.put("key", "k" + i, "{}", null));
    Consumer<List<Store.Document>> some =
        left -> {
          if (left.isEmpty()) {
            throw new IllegalStateException("the last");
          }
        };
    Queue<Object> answers = new ConcurrentLinkedQueue<>();
    List<Thread> threads =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    new Thread(
                        () -> {
                          try {
                            answers.add(store.deleteIfLeft("key", "k" + i, some));
                          } catch (IllegalStateException e) {
                            answers.add(String.valueOf(e.getMessage()));
                          }
                        }))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(answers).containsOnlyOnce("the last").containsOnly(true, "the last").hasSize(8);
    assertThat(store.documents("key")).hasSize(1);
    assertThat(store.deleteIfLeft("key", "none", some)).isFalse();
  }

  @Test
  void versionsOfDeletedDocumentsDoNotComeBack() {
    long first = store.put("item", "a", "{}", 0L).orElseThrow();
    assertThat(store.delete("item", "a", null)).isTrue();
    assertThat(store.delete("item", "a", null)).isFalse();
    long deleted = store.documentsVersion();
    assertThat(deleted).isGreaterThan(first);
    assertThat(store.put("item", "a", "{}", 0L).orElseThrow()).isGreaterThan(deleted);
  }

  @Test
  void documentsAreWrittenTogether() {
    long version = store.putAll("item", Map.of("b", "2", "a", "1", "é", "3"), 0L).orElseThrow();
    store.putAll("scenario", Map.of("home", "{}"), null);
    assertThat(store.documents("item"))
        .containsExactly(
            new Document("item", "a", version, "1"),
            new Document("item", "b", version, "2"),
            new Document("item", "é", version, "3"));
    long before = store.documentsVersion();
    assertThat(store.putAll("item", Map.of(), null)).hasValue(before);
    assertThat(store.documentsVersion()).isEqualTo(before);

    store.put("item", "b", "22", null);
    store.delete("item", "é", null);
    long last = store.documentsVersion();
    for (String changed : List.of("b", "é")) { // after the version that was seen
      assertThat(store.putAll("item", Map.of("a", "11", changed, "0"), version)).isEmpty();
    }
    assertThat(store.documentsVersion()).isEqualTo(last);
    assertThat(store.putAll("item", Map.of("a", "11", "new", "4"), version)).isPresent();
    assertThat(store.document("item", "a").orElseThrow().json()).isEqualTo("11");
  }

  @Test
  void whoFollowsDocumentsLearnsWhatChangedAndWhatIsGone() {
    long first = store.putAll("item", Map.of("a", "1", "b", "2", "c", "3"), null).orElseThrow();
    long again = store.put("item", "b", "22", null).orElseThrow();
    store.put("scenario", "b", "{}", null);
    assertThat(store.changes("item", 0))
        .containsExactly(
            new Change("a", first, "1"), new Change("c", first, "3"), new Change("b", again, "22"));
    assertThat(store.changes("item", first)).containsExactly(new Change("b", again, "22"));
    assertThat(store.changes("item", again)).isEmpty();

    store.delete("item", "a", null);
    long gone = store.documentsVersion();
    assertThat(store.changes("item", again)).containsExactly(new Change("a", gone, null));
    long back = store.put("item", "a", "11", 0L).orElseThrow();
    assertThat(store.changes("item", gone)).containsExactly(new Change("a", back, "11"));
    store.delete("item", "a", null);
    assertThat(store.changes("item", back))
        .containsExactly(new Change("a", store.documentsVersion(), null));
  }

  @Test
  void clicksAreCountedOncePerListForItsItemsOnly() {
    store.addImpressions(
        List.of(
            new Impression("r1", "home", "a", "u", 10, List.of("i1", "i2")),
            new Impression("r2", "home", "a", "u", 11, List.of("i3")),
            new Impression("r3", "home", "b", null, 12, List.of("i1", "it\"em,")),
            new Impression("r4", "home", "b", "w", 13, List.of("i1")),
            new Impression("r5", "page", "", "w", 13, List.of("i1")),
            new Impression("r0", "home", "a", "v", 9, List.of("i1"))));
    store.addImpressions(List.of(new Impression("r1", "page", "z", "x", 99, List.of("i7"))));
    store.add(
        List.of(
            click("1", "u", "i1", "r1"),
            click("2", "u", "i2", "r1"),
            new Event("3", "purchase", "u", "i1", 1, 2.0, "r1", Map.of()),
            click("4", "u", "i1", "r2"), // not an item of that list
            new Event("5", "view", "w", "i1", 1, null, "r4", Map.of()),
            new Event("6", "cart", "x", "it\"em,", 1, null, "r3", Map.of()),
            click("6", "u", "i3", "r2"), // a known id
            click("7", "v", "i1", "r0"),
            click("8", "v", "i1", "unknown")));
    assertThat(store.counts("home", 10))
        .containsExactly(new VariantCounts("a", 1, 2, 1), new VariantCounts("b", 1, 2, 1));
    assertThat(store.counts("home", 0))
        .containsExactly(new VariantCounts("a", 2, 3, 2), new VariantCounts("b", 1, 2, 1));
    assertThat(store.counts("page", 0)).containsExactly(new VariantCounts("", 1, 1, 0));
    assertThat(store.counts("nowhere", 0)).isEmpty();
  }

  @Test
  void impressionsOfLongAgoAreForgottenFewAtATime() {
    for (int i = 0; i < 7; i++) {
      String scenario = i % 2 == 0 ? "home" : i == 1 ? "" : "page";
      store.addImpressions(List.of(new Impression("r" + i, scenario, "", "u", i, List.of("i1"))));
    }
    store.add(List.of(event("e", "u", "i1", 1)));

    assertThat(store.forgetImpressions(0, 3)).isZero();
    assertThat(store.forgetImpressions(6, 3)).isEqualTo(3);
    assertThat(store.forgetImpressions(6, 3)).isEqualTo(3);
    assertThat(store.forgetImpressions(6, 3)).isZero();

    assertThat(store.counts("page", 0)).isEmpty();
    assertThat(store.counts("home", 0)).containsExactly(new VariantCounts("", 1, 1, 0));
    assertThat(store.eventCount()).isEqualTo(1);
  }

  @Test
  void impressionsAreThereAfterClosing() {
    store.addImpressions(List.of(new Impression("r", "home", "a", "u", 1, List.of())));
    reopen();
    assertThat(store.counts("home", 0)).containsExactly(new VariantCounts("a", 1, 1, 0));
  }

  @Test
  void manyThreadsAddAtOnceAndReadWhatTheyWrote() throws InterruptedException {
    int threads = 8;
    int each = 60;
    List<Throwable> failures = new ArrayList<>();
    Thread[] all =
        IntStream.range(0, threads)
            .mapToObj(
                t ->
                    new Thread(
                        () -> {
                          for (int i = 0; i < each; i++) {
                            // Every second id is another thread's too.
                            String id = i % 2 == 0 ? "shared-" + i : t + "-" + i;
                            store.add(List.of(event(id, "u" + t, "i" + i, i)));
                            if (i % 2 == 1) {
                              assertThat(store.history("u" + t, 1))
                                  .containsExactly(new Past("i" + i, i, "view"));
                            }
                          }
                        }))
            .toArray(Thread[]::new);
    for (Thread thread : all) {
      thread.setUncaughtExceptionHandler(
          (who, e) -> {
            synchronized (failures) {
              failures.add(e);
            }
          });
      thread.start();
    }
    for (Thread thread : all) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(store.eventCount()).isEqualTo(threads * each / 2 + each / 2);
    assertThat(all()).hasSize(threads * each / 2 + each / 2);
  }

  @Test
  void aClosedStoreRefuses() {
    store.close();
    store.close();
    for (Runnable call :
        Arrays.<Runnable>asList(
            () -> store.add(List.of(event("a", "u", "i", 1))),
            () -> store.history("u", 1),
            () -> store.addImpressions(List.of()),
            () -> store.backup(folder.resolve("copy")))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CLOSED))
          .hasMessage("the store is closed");
    }
  }
}
