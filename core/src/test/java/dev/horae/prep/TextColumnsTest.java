package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.InvalidValue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Item;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns of the items files beyond those that every data set has. */
class TextColumnsTest {

  @TempDir Path directory;

  private Path events;

  @BeforeEach
  void someEvents() {
    events = Prepared.file(directory, "events.csv", "user,item,time", "u,a,1", "u,b,2", "u,c,3");
  }

  private Dataset prepare(Format format, Path items, String... names) {
    Path log = events;
    if (format == Format.RECBOLE) {
      log =
          Prepared.file(
              directory, "e.inter", "user_id:token\titem_id:token", "u\ta", "u\tb", "u\tc");
    } else if (format == Format.PARQUET) {
      log = parquet("events", "SELECT * FROM (VALUES ('u','a'),('u','b'),('u','c')) t(user,item)");
    } else if (format != Format.CSV) {
      log =
          Prepared.file(
              directory,
              "e.json",
              "{'user': 'u', 'item': 'a'}",
              "{'user': 'u', 'item': 'b'}",
              "{'user': 'u', 'item': 'c'}");
    }
    return Prepared.run(sources(format, log, items, names), Prepared.ALL, directory);
  }

  private static PrepareOptions.Sources sources(
      Format format, Path events, Path items, String... names) {
    return new PrepareOptions.Sources(
        format, List.of(events), List.of(items), Optional.empty(), Map.of(), List.of(names));
  }

  private Path parquet(String name, String query) {
    Path file = directory.resolve(name + ".parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (%s) TO '%s' (FORMAT parquet)".formatted(query, file));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return file;
  }

  /** {@return what each item has in the fields, with a stroke between} */
  private List<String> texts(String... fields) {
    return PreparedDataset.open(directory.resolve("out"), List.of(fields))
        .catalogue()
        .items()
        .stream()
        .map(item -> String.join("|", List.of(fields).stream().map(item::text).toList()))
        .toList();
  }

  @Test
  void csvKeepsWhatIsAskedForAndLoadsItOnRequestOnly() {
    Path items =
        Prepared.file(
            directory,
            "items.csv",
            "item,title,note,Long Text,price",
            "a,Train,,\"two",
            "lines, \"\"quoted\"\"\",3.50",
            "b,Boat,x,  plain  ,");
    Dataset dataset = prepare(Format.CSV, items, "price", "Long Text");
    assertThat(dataset.catalogue().item(1))
        .isEqualTo(new Item("a", "Train", "", List.of(), List.of()));
    assertThat(texts("Long Text", "title", "price"))
        .containsExactly("two\nlines, \"quoted\"|Train|3.50", "plain|Boat|", "||");
    assertThat(dataset.manifest().counts())
        .containsEntry("items without column: price", 2)
        .containsEntry("items without column: Long Text", 1);
    assertThat(DatasetReport.of(dataset)).containsPattern("items without Long Text +1 +33.3 %");
    assertThat(dataset.manifest().provenance())
        .containsEntry("text_columns", List.of("price", "Long Text"));
  }

  /** Where figures have other shapes, SQL must not get them. */
  @Test
  void theLocaleChangesNothing() {
    Path items = Prepared.file(directory, "items.csv", "item,title,price", "a,Train,3.50");
    String here = DatasetReport.of(prepare(Format.CSV, items, "price"));
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(String.format(Locale.getDefault(), "%d", 1))
          .isEqualTo("\u0661"); // or the test would say nothing
      assertThat(DatasetReport.of(prepare(Format.CSV, items, "price"))).isEqualTo(here);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void recBoleNamesColumnsWithoutTheirType() {
    Path items =
        Prepared.file(directory, "s.item", "item_id:token\tyear:float\ttitle:token", "a\t1995\tT");
    prepare(Format.RECBOLE, items, "year");
    assertThat(texts("year", "title")).containsExactly("1995|T", "|", "|");
  }

  @Test
  void listsAndObjectsBecomeTheirWords() {
    Path items =
        Prepared.file(
            directory,
            "items.json",
            "{'item': 'a', 'price': 3.5, 'description': ['One.', '', 'Two.'],"
                + " 'details': {'Colour': 'red', 'Size': ['4', '5']}}",
            "{'item': 'b', 'price': None, 'description': []}");
    prepare(Format.JSONL, items, "details", "description", "price");
    assertThat(texts("description", "details", "price"))
        .containsExactly("One. Two.|Colour red Size 4 5|3.5", "||", "||");
  }

  @Test
  void parquetKeepsTextsNumbersAndLists() {
    Path items =
        parquet(
            "items",
            "SELECT 'a' AS item, ['x', 'y'] AS words, 2.5 AS price, '[not json' AS \"odd \"\""
                + " name\"");
    prepare(Format.PARQUET, items, "odd \" name", "words", "price");
    assertThat(texts("words", "odd \" name", "price"))
        .containsExactly("x y|[not json|2.5", "||", "||");
  }

  @Test
  void aFieldThatIsNotThereNamesThoseThatAre() {
    Path items = Prepared.file(directory, "items.csv", "item,title,price", "a,Train,3");
    prepare(Format.CSV, items, "price");
    Path file = directory.resolve("out/items.parquet");
    assertThatThrownBy(() -> texts("title", "prize"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file
                + ": has no text field 'prize', only title, categories, brand, price;"
                + " ``PreparationBuilder.textColumns`` keeps further columns of the items files");
  }

  @Test
  void aColumnThatIsNotThereIsRefusedWithWhatThereIs() {
    Path csv = Prepared.file(directory, "items.csv", "item,title,price", "a,Train,3");
    assertThatThrownBy(() -> prepare(Format.CSV, csv, "prize"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            csv
                + ": has no column prize, only item, title, price; did you mean price? correct"
                + " ``textColumns``");
    Path json = Prepared.file(directory, "items.json", "{'item': 'a', 'price': 3}");
    assertThatThrownBy(() -> prepare(Format.JSONL, json, "price", "prize"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            json
                + ": has no column prize, only item, price; did you mean price? correct"
                + " ``textColumns``");
    Path empty = Prepared.file(directory, "empty.json", "{'item': 'a', 'price': None}");
    assertThatThrownBy(() -> prepare(Format.JSONL, empty, "price"))
        .isInstanceOf(DataException.class)
        .hasMessage("items: no row has a value in column price; correct ``textColumns``");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void namesThatEveryDataSetHasAreRefused() {
    for (List<String> names : List.of(List.of("Title"), List.of("a", "A"), List.of(" "))) {
      assertThatThrownBy(() -> sources(Format.CSV, events, events, names.toArray(String[]::new)))
          .isInstanceOf(InvalidValue.class)
          .hasMessageContaining("is blank, named twice or a column of every data set");
    }
    assertThatThrownBy(
            () ->
                new PrepareOptions.Sources(
                    Format.CSV,
                    List.of(events),
                    List.of(),
                    Optional.empty(),
                    Map.of(),
                    List.of("price")))
        .isInstanceOf(InvalidValue.class)
        .hasMessageContaining("give at least one items file");
  }
}
