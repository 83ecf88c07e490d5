package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.store.StoreException.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommitTest {

  @TempDir Path folder;

  /** As while the file is written anew: whoever waits for it holds a thread of the service. */
  @Test
  void whatIsNotBegunInTimeIsRefusedAndNotWritten() throws InterruptedException {
    SqliteDatabase database = SqliteDatabase.open(folder.resolve("horae.db"));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (GroupCommit commits = new GroupCommit(database, 30)) {
      CompletableFuture<Void> lasting =
          CompletableFuture.runAsync(
              () ->
                  commits.between(
                      () -> {
                        begun.countDown();
                        awaited(end);
                      }));
      begun.await();
      assertThatThrownBy(() -> commits.add(List.of(StoreTest.event("late", "u", "i", 1))))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BUSY))
          .hasMessage("nothing was written for 30 ms; send it later");
      assertThat(lasting).isNotDone();
      end.countDown();
      lasting.join(); // begun in time
      assertThat(commits.add(List.of(StoreTest.event("next", "u", "i", 1))).accepted()).isOne();
    }
    database.close();
    try (Store store = Store.open("sqlite:" + folder.resolve("horae.db"))) {
      assertThat(store.eventCount()).isOne();
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
