package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.data.Item;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatsTest {

  @TempDir Path directory;

  @Test
  void recBole() {
    Path events =
        Prepared.file(
            directory,
            "shop.inter",
            "item_id:token\tuser_id:token\ttimestamp:float\trating:float",
            "i 1\tu1\t1379289600.0\t5");
    Path items =
        Prepared.file(
            directory,
            "shop.item",
            "item_id:token\ttitle:token_seq\tbrand:token\tcategories:token_seq",
            "i 1\tLEGO \"Star Wars\" set_1\t\tToys_&_Games  Building_Toys");
    Dataset dataset = prepare(Format.RECBOLE, events, items);
    assertThat(Prepared.histories(dataset)).containsExactly("u1: i 1@1379289600");
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item(
                "i 1",
                "LEGO \"Star Wars\" set_1",
                "",
                List.of("Toys & Games", "Building Toys"),
                ""));
  }

  @Test
  void amazon2014() throws IOException {
    Path events =
        gzip(
            "reviews_Toys_5.json.gz",
            "{\"reviewerID\": \"A1\", \"asin\": \"000X\", \"helpful\": [0, 0], \"reviewText\":"
                + " \"it's fine\", \"unixReviewTime\": 1390953600, \"reviewTime\": \"01 29, 2014\"}");
    Path items =
        gzip(
            "meta_Toys.json.gz",
            "{'asin': '000X', 'title': \"Don't stop\", 'price': 3.5, 'salesRank': {'Toys': 4},"
                + " 'imUrl': 'http://pictures.example/images/I/51AbC.jpg?x=1', 'brand': 'Caf\\xe9',"
                + " 'categories': [['Toys & Games', 'Dolls'], ['Gifts']], 'related': None}");
    Dataset dataset = prepare(Format.AMAZON, events, items);
    assertThat(Prepared.histories(dataset)).containsExactly("A1: 000X@1390953600");
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item(
                "000X",
                "Don't stop",
                "Café",
                List.of("Toys & Games", "Dolls"),
                "http://pictures.example/images/I/51AbC.jpg?x=1"));
  }

  @Test
  void amazon2018() {
    Path events =
        Prepared.file(
            directory,
            "Toys_5.json",
            "{\"overall\": 5.0, \"verified\": true, \"reviewerID\": \"A2\", \"asin\": \"B1\","
                + " \"style\": {\"Size:\": \" L\"}, \"unixReviewTime\": 1500000000}");
    Path items =
        Prepared.file(
            directory,
            "meta_Toys.json",
            "{\"category\": [\"Toys\", \"Dolls\"], \"title\": \"Doll\", \"brand\": \"\", \"asin\":"
                + " \"B1\", \"imageURL\": [\"http://x.example/a.jpg\","
                + " \"http://x.example/b.jpg\"], \"imageURLHighRes\": []}");
    Dataset dataset = prepare(Format.AMAZON, events, items);
    assertThat(Prepared.histories(dataset)).containsExactly("A2: B1@1500000000");
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item(
                "B1",
                "Doll",
                "",
                List.of("Toys", "Dolls"),
                List.of("http://x.example/a.jpg", "http://x.example/b.jpg")));
  }

  /** The first metadata of 2018 have small pictures only, under another name. */
  @Test
  void amazon2018First() {
    Path events =
        Prepared.file(
            directory,
            "Toys_5.json",
            "{\"reviewerID\": \"A2\", \"asin\": \"B1\", \"unixReviewTime\": 1500000000}");
    Path items =
        Prepared.file(
            directory,
            "meta_Toys.json",
            "{\"asin\": \"B1\", \"title\": \"Doll\", \"image\":"
                + " [\"https://x.example/I/0._SS40_.jpg\"]}");
    assertThat(prepare(Format.AMAZON, events, items).catalogue().item(1).images())
        .containsExactly("https://x.example/I/0._SS40_.jpg");
  }

  @Test
  void amazon2023() {
    Path events =
        Prepared.file(
            directory,
            "Toys.jsonl",
            "{\"rating\": 4.0, \"title\": \"Nice\", \"asin\": \"CHILD\", \"parent_asin\": \"P1\","
                + " \"user_id\": \"A3\", \"timestamp\": 1677939345945, \"images\": []}");
    Path items =
        Prepared.file(
            directory,
            "meta_Toys.jsonl",
            "{\"main_category\": \"Toys\", \"title\": \"Robot\", \"store\": \"Acme\","
                + " \"categories\": [\"Toys\", \"Robots\"], \"parent_asin\": \"P1\", \"images\":"
                + " [{\"thumb\": \"http://x.example/t.jpg\", \"large\": \"http://x.example/l.jpg\","
                + " \"variant\": \"MAIN\", \"hi_res\": null}]}");
    Dataset dataset = prepare(Format.AMAZON, events, items);
    assertThat(Prepared.histories(dataset)).containsExactly("A3: P1@1677939345");
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item("P1", "Robot", "Acme", List.of("Toys", "Robots"), "http://x.example/l.jpg"));
    assertThat(time(dataset)).isEqualTo("epoch milliseconds");
  }

  @Test
  void csvWithQuotesLinesInFieldsAndOtherNames() {
    Path events =
        Prepared.file(
            directory, "log.csv", "when;who;what", "2024-02-29;\"a;b\";1", "2024-03-01;c;2");
    Path items =
        Prepared.file(
            directory,
            "items.csv",
            "sku,name,path",
            "1,\"A \"\"big\"\"",
            "thing\",\"Home|Garden\"",
            "2,,\"['Home', 'Bed']\"");
    PrepareOptions.Sources sources =
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(events),
            List.of(items),
            Optional.empty(),
            Map.of(
                Column.USER, List.of("who"),
                Column.ITEM, List.of("what", "sku"),
                Column.TIME, List.of("when"),
                Column.TITLE, List.of("name"),
                Column.CATEGORIES, List.of("path")),
            List.of());
    Dataset dataset = Prepared.run(sources, Prepared.ALL, directory);
    assertThat(Prepared.histories(dataset)).containsExactly("a;b: 1@1709164800", "c: 2@1709251200");
    assertThat(dataset.catalogue().items())
        .containsExactly(
            new Item("1", "A \"big\"\nthing", "", List.of("Home", "Garden"), ""),
            new Item("2", "", "", List.of("Home", "Bed"), ""));
  }

  @Test
  void jsonLinesWithEveryKindOfDate() {
    Path events =
        Prepared.file(
            directory,
            "log.jsonl",
            "{\"user\": 7, \"item\": \"a\", \"time\": \"2024-02-29T12:00:00Z\"}",
            "",
            "{\"user\": 7, \"item\": \"b\", \"time\": \"2024-02-29T14:00:00+01:30\"}",
            "{\"user\": 7, \"item\": \"c\", \"time\": \"2024-02-29 12:45:00.999\"}",
            "{\"user\": 7, \"item\": \"d\", \"time\": \"2024-03-01\"}");
    Dataset dataset = Prepared.events(Format.JSONL, Prepared.ALL, events);
    assertThat(Prepared.histories(dataset))
        .containsExactly("7: a@1709208000 b@1709209800 c@1709210700 d@1709251200");
    assertThat(time(dataset))
        .isEqualTo("2 x ISO dates without an offset (UTC), 2 x ISO dates with an offset");
    assertThat(DatasetReport.of(dataset))
        .contains(
            events + ": writes times in several ways, each read as what it is: 2 x ISO dates");
  }

  @Test
  void parquet() throws SQLException {
    Path events = directory.resolve("events.parquet");
    Path items = directory.resolve("items.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (SELECT 7 AS user_id, 'x' AS item_id,"
              + " TIMESTAMP '2024-02-29 12:00:00' AS timestamp) TO '"
              + events
              + "' (FORMAT parquet)");
      statement.execute(
          "COPY (SELECT 'x' AS item_id, 'It''s' AS title, [['A', 'B'], ['C']] AS categories)"
              + " TO '"
              + items
              + "' (FORMAT parquet)");
    }
    Dataset dataset = prepare(Format.PARQUET, events, items);
    assertThat(Prepared.histories(dataset)).containsExactly("7: x@1709208000");
    assertThat(dataset.catalogue().items())
        .containsExactly(new Item("x", "It's", "", List.of("A", "B"), ""));
  }

  @Test
  void eachFileHasItsOwnKindOfTime() {
    Path seconds = Prepared.file(directory, "a.csv", "user,item,time", "u,a,1700000002");
    Path millis = Prepared.file(directory, "b.csv", "user,item,time", "u,b,1700000001999");
    Dataset dataset =
        Prepared.run(
            new PrepareOptions.Sources(Format.CSV, List.of(seconds, millis), List.of()),
            Prepared.ALL,
            directory);
    assertThat(Prepared.histories(dataset)).containsExactly("u: b@1700000001 a@1700000002");
  }

  @Test
  void aLogWithoutTimesKeepsItsOrderAndItsRepeats() {
    Path events = Prepared.file(directory, "e.csv", "user,item", "u,b", "v,a", "u,a", "u,b");
    Dataset dataset = Prepared.events(Format.CSV, Prepared.ALL, events);
    assertThat(Prepared.histories(dataset)).containsExactly("u: b@0 a@0 b@0", "v: a@0");
    assertThat(dataset.manifest().timed()).isFalse();
    assertThat(DatasetReport.of(dataset))
        .contains("the events carry no time: the order of the input is taken as their order");
  }

  private Dataset prepare(Format format, Path events, Path items) {
    return Prepared.run(
        new PrepareOptions.Sources(format, List.of(events), List.of(items)),
        Prepared.ALL,
        directory);
  }

  private static Object time(Dataset dataset) {
    List<?> sources = (List<?>) dataset.manifest().provenance().get("sources");
    return ((Map<?, ?>) sources.get(0)).get("time");
  }

  private Path gzip(String name, String line) throws IOException {
    Path file = directory.resolve(name);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write((line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return file;
  }
}
