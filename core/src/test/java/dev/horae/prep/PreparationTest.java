package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Hashes;
import dev.horae.data.Item;
import dev.horae.data.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparationTest {

  @TempDir Path directory;

  @Test
  void duplicatesAreRemovedOrKept() {
    Path events =
        Prepared.file(
            directory,
            "events.csv",
            "user,item,time",
            "u,a,200",
            "u,b,100",
            "u,a,200",
            "u,a,300",
            "v,a,200");
    Dataset removed = Prepared.events(Format.CSV, Prepared.ALL, events);
    assertThat(Prepared.histories(removed)).containsExactly("u: b@100 a@200 a@300", "v: a@200");
    assertThat(removed.manifest().counts()).containsEntry("duplicate_events", 1);
    assertThat(removed.manifest().duplicates()).isEqualTo("removed");

    Dataset kept = Prepared.events(Format.CSV, keepingDuplicates(), events);
    assertThat(Prepared.histories(kept)).containsExactly("u: b@100 a@200 a@200 a@300", "v: a@200");
    assertThat(kept.manifest().duplicates()).isEqualTo("kept");
    assertThat(kept.manifest().counts()).containsEntry("tied_events", 1);
  }

  private static PrepareOptions.Protocol keepingDuplicates() {
    return new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.KEEP, 50, 0);
  }

  @Test
  void everyRefusedRowIsListedWithItsPlaceAndReason() throws IOException {
    Path events = directory.resolve("events.csv");
    Files.write(
        events,
        """
        user,item,time
        u,a,1700000000
        ,a,1700000000
        u,,1700000000
        u,b,
        u,b,soon
        u,b,17000000000000000
        u,b
        u,caf\u00e9,1700000000
        u,"b,1700000000
        u,b,nan
        u,b,1e400
        u,z,1700000001
        """
            .getBytes(StandardCharsets.ISO_8859_1));
    Path items = Prepared.file(directory, "items.csv", "item,title", "a,A", ",No id");
    Dataset dataset =
        Prepared.run(
            new PrepareOptions.Sources(Format.CSV, List.of(events), List.of(items)),
            new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.REMOVE, 50, 1),
            directory);
    assertThat(Prepared.histories(dataset)).containsExactly("u: a@1700000000 z@1700000001");
    String e = events + ",";
    assertThat(Files.readAllLines(directory.resolve("out/rejects.csv")))
        .containsExactly(
            "file,line,reason,content",
            e + "3,user is missing,\"user=, item=a, time=1700000000\"",
            e + "4,item is missing,\"user=u, item=, time=1700000000\"",
            e + "5,time is missing,\"user=u, item=b, time=\"",
            e + "6,unreadable time,\"user=u, item=b, time=soon\"",
            e + "7,time out of range,\"user=u, item=b, time=17000000000000000\"",
            e + "8,wrong number of fields,\"2 fields instead of 3: u,b\"",
            e + "9,not UTF-8 (try encoding windows-1252),\"u,caf\uFFFD,1700000000\"",
            e + "10,quotation mark never closed,\"u,\"\"b,1700000000\"",
            e + "11,time is missing,\"user=u, item=b, time=\"",
            e + "12,unreadable time,\"user=u, item=b, time=1e400\"",
            items + ",3,item is missing,\"item=, title=No id\"");
    assertThat(dataset.manifest().counts())
        .containsEntry("event_rows_read", 12)
        .containsEntry("event_rows_rejected", 10)
        .containsEntry("rejected: unreadable time", 2);
  }

  @Test
  void tooManyRefusedRowsStopTheWorkAndLeaveNothing() {
    Path events =
        Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,soon", "u,,2");
    List<String> before = Prepared.listing(directory);
    assertThatThrownBy(() -> Prepared.events(Format.CSV, PrepareOptions.Protocol.PAPER, events))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "event rows: 2 of 3 (66.7 %%) cannot be used, more than the 5.0 %% allowed: 1 x item is missing, 1 x unreadable time; the first is %s:3: unreadable time (user=u, item=b, time=soon); times may be epoch seconds, milliseconds, microseconds or nanoseconds, YYYYMMDD, YYYYMMDDHHMM, YYYYMMDDHHMMSS, or ISO such as 2014-07-23 or 2014-07-23T18:30:00.5+02:00; repair the files, name the columns with ``column``, or allow more with ``maxRejects``"
                .formatted(events));
    assertThat(Prepared.listing(directory)).isEqualTo(before);
  }

  @Test
  void anEmptyCoreStopsTheWork() {
    Path events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2");
    assertThatThrownBy(() -> Prepared.events(Format.CSV, PrepareOptions.Protocol.PAPER, events))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "events: none of 2 is left when users need 5 and items 5 events; lower"
                + " ``minUserEvents`` or ``minItemEvents``");
    assertThat(Prepared.listing(directory)).containsExactly("events.csv");
  }

  @Test
  void aMissingColumnIsNamedWithItsRepair() {
    Path events = Prepared.file(directory, "events.csv", "customer,item,time", "u,a,1");
    assertThatThrownBy(() -> Prepared.events(Format.CSV, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage(
            events
                + ": has no column user_id or user for the user, only customer, item, time; name it"
                + " with ``column`` user=NAME, or, if the first line of the file is data, give the"
                + " names with ``headers``");
    assertThat(Prepared.listing(directory)).containsExactly("events.csv");
  }

  @Test
  void aHeaderWithoutTypesIsNoRecBoleHeader() {
    Path events = Prepared.file(directory, "events.inter", "user\titem", "u\ta");
    assertThatThrownBy(() -> Prepared.events(Format.RECBOLE, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage(
            events
                + ":1: column 'user' has no type; RecBole's header reads user_id:token, separated"
                + " by tabs");
  }

  @Test
  void allMissingFilesAreNamedBeforeAnythingIsWritten() {
    Path events = directory.resolve("nowhere.csv");
    assertThatThrownBy(
            () ->
                Prepared.run(
                    new PrepareOptions.Sources(Format.CSV, List.of(events), List.of(directory)),
                    Prepared.ALL,
                    directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            events
                + ": is not a readable file; check the path\n"
                + directory
                + ": is a folder; name the files in it");
  }

  /** Where events carry no time, nothing else tells that each is there twice. */
  @Test
  void aFileThatIsNamedTwiceIsRefused() throws IOException {
    Path events = Prepared.file(directory, "e.csv", "user,item", "u,a", "u,b");
    Path link = Files.createSymbolicLink(directory.resolve("link.csv"), events);
    Path items = Prepared.file(directory, "i.csv", "item,title", "a,A");
    assertThatThrownBy(
            () ->
                Prepared.run(
                    new PrepareOptions.Sources(
                        Format.CSV, List.of(events, link, events), List.of(items, items)),
                    Prepared.ALL,
                    directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            """
            %1$s: is the same file as %2$s; name it once
            %2$s: is named twice; name it once
            %3$s: is named twice; name it once"""
                .formatted(link, events, items));
    // The columns of a catalogue may stand beside the events.
    assertThat(
            Prepared.histories(
                Prepared.run(
                    new PrepareOptions.Sources(Format.CSV, List.of(events), List.of(events)),
                    Prepared.ALL,
                    directory)))
        .containsExactly("u: a@0 b@0");
  }

  /** é as one character and as two; a name of other letters alone is as it was. */
  @Test
  void idsInTwoFormsOfUnicodeAreWarnedOf() {
    Path events =
        Prepared.file(
            directory,
            "e.csv",
            "user,item,time",
            "Zo\u00e9,caf\u00e9,1",
            "Zoe\u0301,tea,2",
            "Zo\u00e9,cafe\u0301,3",
            "Zo\u00e9,cr\u00e8me,4",
            "Zo\u00e9,gru\u0308n,5",
            "Zo\u00e9,gr\u00fcn,6");
    Dataset dataset = Prepared.events(Format.CSV, Prepared.ALL, events);
    assertThat(DatasetReport.of(dataset))
        .contains(
            "1 user ids, such as Zoe\u0301, are written in two forms of Unicode, and each counts as"
                + " another user: write all files in one form (NFC)",
            "2 item ids, such as cafe\u0301, are written in two forms of Unicode, and each counts as"
                + " another item: write all files in one form (NFC)");
  }

  @Test
  void aBrokenParquetFileIsOurError() {
    Path events = Prepared.file(directory, "events.parquet", "this is not Parquet");
    assertThatThrownBy(() -> Prepared.events(Format.PARQUET, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage(events + ": is text; say ``format`` csv, or recbole for its atomic files");
    assertThat(Prepared.listing(directory)).containsExactly("events.parquet");
  }

  @Test
  void anOlderDataSetIsReplacedAndAnythingElseRefused() throws IOException {
    Path events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2");
    Prepared.events(Format.CSV, Prepared.ALL, events);
    Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2", "u,c,3");
    assertThat(Prepared.histories(Prepared.events(Format.CSV, Prepared.ALL, events)))
        .containsExactly("u: a@1 b@2 c@3");
    assertThat(Prepared.listing(directory)).containsExactly("events.csv", "out");

    Path out = directory.resolve("out");
    Files.delete(out.resolve("dataset.json"));
    assertThatThrownBy(() -> Prepared.events(Format.CSV, Prepared.ALL, events))
        .isInstanceOf(DataException.class)
        .hasMessage(
            out
                + ": holds something that is not a prepared data set and will not be overwritten;"
                + " name another directory or empty this one");
    assertThat(Prepared.listing(out))
        .containsExactly("events.parquet", "items.parquet", "rejects.csv");
  }

  @Test
  void aFileWithoutItsHashIsNotOpened() throws IOException {
    Path events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2");
    Prepared.events(Format.CSV, Prepared.ALL, events);
    Path file = directory.resolve("out/dataset.json");
    ObjectNode manifest = Json.read(file, ObjectNode.class);
    ObjectNode hashes = (ObjectNode) manifest.path("hashes");
    for (String name : List.of("items.parquet", "events.parquet")) {
      hashes.remove(name);
      Json.write(file, manifest);
      assertThatThrownBy(() -> PreparedDataset.open(directory.resolve("out")))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "%s: has no SHA-256 of %s; restore it or prepare the data set again", file, name);
    }
  }

  @Test
  void aChangedFileIsNotOpened() throws IOException {
    Path events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2");
    String hash =
        Prepared.events(Format.CSV, Prepared.ALL, events).manifest().hashes().get("items.parquet");
    Path items = directory.resolve("out/items.parquet");
    Files.writeString(items, "changed");
    assertThatThrownBy(() -> PreparedDataset.open(directory.resolve("out")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s: is not the file that dataset.json describes (SHA-256 %s, expected %s); restore it or prepare the data set again"
                .formatted(items, Hashes.sha256(items), hash));

    Files.delete(items);
    assertThatThrownBy(() -> PreparedDataset.open(directory.resolve("out")))
        .isInstanceOf(DataException.class)
        .hasMessage(items + ": is missing; prepare the data set again");

    assertThatThrownBy(() -> PreparedDataset.open(directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory + ": is not a prepared data set (no dataset.json); make one with prepare");
  }

  @Test
  void theAuditCountsWhatTheCatalogueLacks() throws IOException {
    Path events =
        Prepared.file(
            directory,
            "events.csv",
            "user,item,time",
            "u,full,1",
            "u,by id,1",
            "u,unknown,2",
            "v,full,3",
            "v,bare,3",
            "v,full,4");
    Path items =
        Prepared.file(
            directory,
            "items.csv",
            "item,title,brand,categories,image",
            "full,Title,Brand,A|B,\"[\"\"http://x.example/a.jpg\"\","
                + " \"\"http://x.example/p/one.png?size=3\"\"]\"",
            "full,Second,,,",
            "by id,,Brand,,lost.jpg",
            "bare,,,,lost too.jpg",
            "unsold,Title,,A,");
    Path images = Files.createDirectories(directory.resolve("images/sub"));
    Pictures.write(images.resolve("one.png"), Pictures.PNG);
    Pictures.write(images.getParent().resolve("by id.JPG"), Pictures.JPEG);
    Files.writeString(images.getParent().resolve("notes.txt"), "notes");
    Dataset dataset =
        Prepared.run(
            new PrepareOptions.Sources(
                Format.CSV,
                List.of(events),
                List.of(items),
                Optional.of(images.getParent()),
                Map.of(),
                List.of()),
            new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.REMOVE, 1, 0),
            directory);
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item(
                "full",
                "Title",
                "Brand",
                List.of("A", "B"),
                List.of("sub/one.png", "http://x.example/a.jpg")),
            new Item("by id", "", "Brand", List.of(), List.of("by id.JPG", "lost.jpg")),
            new Item("unknown", "", "", List.of(), ""),
            new Item("bare", "", "", List.of(), "lost too.jpg"));
    assertThat(dataset.manifest().counts())
        .containsEntry("users", 2)
        .containsEntry("items", 4)
        .containsEntry("events", 6)
        .containsEntry("events_per_user", 3.0)
        .containsEntry("events_per_item", 1.5)
        .containsEntry("sparsity", 0.375)
        .containsEntry("tied_events", 2)
        .containsEntry("users_with_ties", 2)
        .containsEntry("users_over_max_length", 2)
        .containsEntry("targets_over_max_length", 2)
        .containsEntry("items_not_in_catalogue", 1)
        .containsEntry("items_without_text", 2)
        .containsEntry("items_without_title", 3)
        .containsEntry("items_without_brand", 2)
        .containsEntry("items_without_category", 3)
        .containsEntry("items_without_image", 2)
        .containsEntry("images_not_found", 1)
        .containsEntry("catalogue_items_without_events", 1)
        .containsEntry("catalogue_rows_repeated", 1);
  }

  @Test
  void moreEventsThanAnArrayHoldsAreRefused() throws IOException {
    Path events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2");
    Prepared.events(Format.CSV, Prepared.ALL, events);
    Path manifest = directory.resolve("out/dataset.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("\"events\" : 2,", "\"events\" : 3000000000,"));
    assertThatThrownBy(() -> PreparedDataset.open(directory.resolve("out")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("out")
                + ": 3,000,000,000 events are more than the 2,147,483,639 that can be used; prepare"
                + " a part of them, such as the latest years or some of the users");
  }

  /** Whoever opens the list in a spreadsheet computes nothing of what strangers wrote. */
  @Test
  void noRejectBeginsLikeAFormula() throws IOException {
    Path events =
        Prepared.file(
            directory,
            "events.jsonl",
            "{\"user\": \"u\", \"item\": \"a\", \"time\": 1}",
            "-Infinity",
            "-5",
            "\t+5");
    Prepared.events(
        Format.JSONL,
        new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.REMOVE, 50, 0.99),
        events);
    assertThat(Files.readAllLines(directory.resolve("out/rejects.csv")))
        .containsExactly(
            "file,line,reason,content",
            events + ",2,not an object,'-Infinity",
            events + ",3,not an object,-5",
            events + ",4,not an object,'\t+5");
  }

  /** Files with a few bytes changed give a data set or our exception, in every format of text. */
  @Test
  void fuzz() throws IOException {
    Map<Format, String> valid =
        Map.of(
            Format.RECBOLE,
            "user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\nv\ta\t3\n",
            Format.CSV,
            "user,item,time\nu,\"a\",1\nu,\"b\nb\",2\nv,a,3\n",
            Format.AMAZON,
            """
            {'reviewerID': 'u', "asin": 'a\\x41', 'unixReviewTime': 1}
            {'user_id': 'u', "asin": '\\ud83d', 'timestamp': 1700000000000}
            """);
    Random random = new Random(11);
    int prepared = 0;
    int refused = 0;
    for (int round = 0; round < 9; round++) {
      Format format = List.copyOf(new TreeMap<>(valid).keySet()).get(round % 3);
      byte[] bytes = valid.get(format).getBytes(StandardCharsets.UTF_8);
      for (int change = random.nextInt(5); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Path events = Files.write(directory.resolve("events"), bytes);
      try {
        Prepared.events(
            format,
            new PrepareOptions.Protocol(0, 0, PrepareOptions.Duplicates.KEEP, 50, 0.5),
            events);
        prepared++;
      } catch (DataException e) {
        refused++;
      }
      assertThat(Prepared.listing(directory)).isSubsetOf("events", "out");
    }
    assertThat(prepared).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void theSameInputGivesTheSameFiles() {
    StringBuilder log = new StringBuilder("user,item,time");
    Random random = new Random(3);
    for (int event = 0; event < 20_000; event++) {
      log.append(
          "\nu%s,i%s,%s".formatted(random.nextInt(500), random.nextInt(300), random.nextInt(9)));
    }
    Path events = Prepared.file(directory, "events.csv", log.toString());
    Map<String, String> first =
        Prepared.events(Format.CSV, PrepareOptions.Protocol.PAPER, events).manifest().hashes();
    Map<String, String> second =
        Prepared.events(Format.CSV, PrepareOptions.Protocol.PAPER, events).manifest().hashes();
    assertThat(second).isEqualTo(first);
  }
}
