package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Json;
import dev.horae.data.Split;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The protocol's worked example and what RecBole's own code gave. Its removal of duplicates is not
 * compared: it drops a repeated item at any later time, ours one at the same time.
 */
class ProtocolTest {

  @TempDir Path directory;

  static Stream<String> cases() throws IOException {
    // with times in float32 RecBole's order is wrong on purpose: see the last test
    return StreamSupport.stream(
            ((Iterable<String>) () -> cases(golden()).fieldNames()).spliterator(), false)
        .filter(name -> !name.equals("float32_time_collisions"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void idsAndInstancesAreThoseOfRecBole(String name) {
    JsonNode golden = cases(golden()).get(name);
    Dataset dataset = prepare(golden);

    assertThat(dataset.users()).isEqualTo(texts(golden.get("user_ids")));
    assertThat(dataset.catalogue().items().stream().map(Item::id).toList())
        .isEqualTo(texts(golden.get("item_ids")));
    for (String part : List.of("train", "valid", "test")) {
      assertThat(instances(dataset, part, golden.get("max_len").asInt()))
          .containsExactlyInAnyOrderElementsOf(expected(golden.get(part)));
    }
    assertThat(dataset.manifest().counts().get("train_targets").intValue())
        .isEqualTo(golden.get("train").size());
    assertThat(dataset.manifest().counts().get("valid_targets").intValue())
        .isEqualTo(golden.get("valid").size());
    assertThat(dataset.manifest().counts().get("test_targets").intValue())
        .isEqualTo(golden.get("test").size());
  }

  @Test
  void timesWithinTheStepOfFloat32KeepTheirOrder() {
    Dataset dataset = prepare(cases(golden()).get("float32_time_collisions"));
    JsonNode exact = cases(golden()).get("float32_time_collisions_exact"); // 1356990000 earlier

    List<String> expected = new ArrayList<>();
    for (String instance : expected(exact.get("test"))) {
      expected.add(instance.replaceAll("@(\\d+)", "@+$1"));
    }
    List<String> found = new ArrayList<>();
    for (String instance : instances(dataset, "test", exact.get("max_len").asInt())) {
      found.add(
          Stream.of(instance.split(" "))
              .map(
                  word -> {
                    int at = word.indexOf('@');
                    return at < 0
                        ? word
                        : word.substring(0, at)
                            + "@+"
                            + (Long.parseLong(word.substring(at + 1)) - 1_356_990_000);
                  })
              .reduce((a, b) -> a + " " + b)
              .orElseThrow());
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void workedExampleOfTheCore() {
    Path events =
        Prepared.file(
            directory,
            "events.csv",
            "user,item",
            "u1,a",
            "u1,b",
            "u1,c",
            "u2,a",
            "u2,b",
            "u3,c",
            "u3,d",
            "u4,d",
            "u4,e",
            "u5,e");
    Dataset dataset =
        Prepared.events(
            Format.CSV,
            new PrepareOptions.Protocol(2, 2, PrepareOptions.Duplicates.REMOVE, 50, 0),
            events);
    assertThat(Prepared.histories(dataset)).containsExactly("u1: a@0 b@0", "u2: a@0 b@0");
    // u5; then e; then u4; then d; then u3; then c
    assertThat(dataset.manifest().counts().get("core_rounds").intValue()).isEqualTo(6);
    assertThat(dataset.manifest().counts().get("events_outside_core").intValue()).isEqualTo(6);
  }

  @Test
  void workedExampleOfAugmentation() {
    Path events =
        Prepared.file(
            directory,
            "events.tsv",
            "user\titem\ttime",
            "u\t11\t100",
            "u\t12\t100",
            "u\t13\t50",
            "u\t14\t200",
            "u\t15\t200",
            "u\t16\t300",
            "u\t17\t400");
    Dataset dataset = Prepared.events(Format.CSV, Prepared.ALL, events);
    assertThat(Prepared.histories(dataset))
        .containsExactly("u: 13@50 11@100 12@100 14@200 15@200 16@300 17@400");
    assertThat(
            Stream.of("train", "valid", "test").map(part -> instances(dataset, part, 3)).toList())
        .containsExactly(
            List.of(
                "1: 3@50 -> 1@100",
                "1: 3@50 1@100 -> 2@100",
                "1: 3@50 1@100 2@100 -> 4@200",
                "1: 1@100 2@100 4@200 -> 5@200"),
            List.of("1: 2@100 4@200 5@200 -> 6@300"),
            List.of("1: 4@200 5@200 6@300 -> 7@400"));
  }

  private Dataset prepare(JsonNode golden) {
    List<String> lines = new ArrayList<>(List.of("user_id:token\titem_id:token\ttimestamp:float"));
    golden
        .get("events")
        .forEach(
            event ->
                lines.add(
                    event.get(0).asText()
                        + "\t"
                        + event.get(1).asText()
                        + "\t"
                        + event.get(2).asText()));
    int core = golden.get("k_core").asInt();
    return Prepared.events(
        Format.RECBOLE,
        new PrepareOptions.Protocol(
            core, core, PrepareOptions.Duplicates.KEEP, golden.get("max_len").asInt(), 0),
        Prepared.file(directory, "events.inter", lines.toArray(String[]::new)));
  }

  /** {@return such as {@code 1: 3@50 1@100 -> 2@100}, numbered as RecBole does, from 1} */
  private static List<String> instances(Dataset dataset, String part, int maxLength) {
    Histories histories = dataset.histories();
    Split split = Split.leaveOneOut(histories);
    List<String> said = new ArrayList<>();
    for (int u = 0; u < histories.users(); u++) {
      IntStream targets =
          switch (part) {
            case "train" -> IntStream.range(split.trainFrom(u), split.trainTo(u));
            case "valid" -> IntStream.of(split.validTarget(u));
            default -> IntStream.of(split.testTarget(u));
          };
      int user = u;
      targets
          .filter(target -> target != Split.NONE)
          .forEach(
              target -> {
                StringBuilder instance = new StringBuilder().append(user + 1).append(':');
                for (int at = split.inputFrom(user, target, maxLength); at < target; at++) {
                  instance.append(' ').append(event(histories, at));
                }
                said.add(instance.append(" -> ").append(event(histories, target)).toString());
              });
    }
    return said;
  }

  private static String event(Histories histories, int at) {
    return histories.items()[at] + "@" + histories.times()[at];
  }

  private static List<String> expected(JsonNode instances) {
    List<String> said = new ArrayList<>();
    for (JsonNode row : instances) {
      StringBuilder instance = new StringBuilder(row.get(0).asText()).append(':');
      for (int i = 0; i < row.get(1).size(); i++) {
        instance.append(' ').append(row.get(1).get(i)).append('@').append(row.get(2).get(i));
      }
      said.add(instance + " -> " + row.get(3) + "@" + row.get(4));
    }
    return said;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static JsonNode cases(JsonNode golden) {
    return golden.get("cases");
  }

  private static JsonNode golden() {
    try (InputStream in = ProtocolTest.class.getResourceAsStream("/golden/protocol.json")) {
      return Json.MAPPER.readTree(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
