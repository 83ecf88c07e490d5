package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.JavaProcess;
import dev.horae.store.Store.Document;
import dev.horae.store.Store.UserSummary;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code kill -9} while several threads write. {@code -Dhorae.kill.rounds=50} kills as often. */
@ParameterizedClass
@EnumSource
class KillTest {

  private static final int ROUNDS = Integer.getInteger("horae.kill.rounds", 3);

  private static final int MOST_LINES = 1_500;

  @Parameter TestDatabase database;

  @TempDir Path folder;

  private final Set<String> acknowledged = new HashSet<>();
  private final Map<String, Long> versions = new HashMap<>();

  @Test
  void whatWasAcknowledgedIsThere() throws IOException, InterruptedException {
    String address = database.address(folder);
    Random random = new Random(13);
    for (int round = 0; round < ROUNDS; round++) {
      writeUntilKilled(address, round, 1 + random.nextInt(MOST_LINES));
      check(address, round);
    }
    System.out.println(
        database + ": " + ROUNDS + " kills, " + acknowledged.size() + " acknowledged events");
  }

  private void writeUntilKilled(String address, int round, int lines)
      throws IOException, InterruptedException {
    Process process =
        JavaProcess.of(
                KilledWriter.class, List.of("-XX:TieredStopAtLevel=1", "-Xmx128m"), address, round)
            .redirectError(Redirect.INHERIT)
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      int before = acknowledged.size();
      String line = out.readLine();
      for (int i = 0; line != null; i++) {
        if (i == lines) {
          process.toHandle().destroyForcibly(); // Process would close the stream
        }
        String[] words = line.split(" ");
        if (words[0].equals("event")) {
          acknowledged.add(words[1]);
        } else {
          versions.put(words[1], Long.parseLong(words[2]));
        }
        line = out.readLine();
      }
      assertThat(acknowledged.size()).isGreaterThan(before);
    }
    assertThat(process.waitFor()).isEqualTo(128 + 9);
  }

  /** {@return whether all events of a list are there} */
  private static boolean whole(String list, int size) {
    return size == Integer.parseInt(list.substring(list.lastIndexOf('-') + 1)) % 5 + 1;
  }

  private void check(String address, int round) {
    try (Store store = Store.open(address)) {
      String after = "after-" + round + "-0-0";
      store.add(List.of(StoreTest.event(after, "after", "item", round))); // nothing is in its way
      acknowledged.add(after);
      Set<String> there = new HashSet<>();
      Map<String, Integer> lists = new HashMap<>();
      store.eachAfter(
          0,
          stored -> {
            String id = stored.event().id();
            there.add(id);
            lists.merge(id.substring(0, id.lastIndexOf('-')), 1, Integer::sum);
          });
      assertThat(acknowledged.stream().filter(id -> !there.contains(id))).isEmpty();
      assertThat(lists.entrySet().stream().filter(list -> !whole(list.getKey(), list.getValue())))
          .isEmpty();
      assertThat(store.eventCount()).isEqualTo(there.size());
      List<UserSummary> users = store.users("", 1_000);
      assertThat(store.userCount()).isEqualTo(users.size());
      assertThat(users.stream().mapToLong(UserSummary::events).sum()).isEqualTo(there.size());
      versions.forEach(
          (name, version) ->
              assertThat(store.document("item", name).map(Document::version).orElse(0L))
                  .isGreaterThanOrEqualTo(version));
    }
  }
}
