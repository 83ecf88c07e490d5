package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How columns are found by name, and what is said of those that are not. */
class ColumnNamesTest {

  @TempDir Path directory;

  private Dataset prepare(
      Format format, Path events, List<Path> items, Map<Column, List<String>> columns) {
    return Prepared.run(
        new PrepareOptions.Sources(
            format, List.of(events), items, Optional.empty(), columns, List.of()),
        Prepared.ALL,
        directory);
  }

  private void refused(
      Format format,
      Path events,
      List<Path> items,
      Map<Column, List<String>> columns,
      String message) {
    assertThatThrownBy(() -> prepare(format, events, items, columns))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void aNameThatNoFileHasIsRefusedWithWhatThereIs() {
    Path csv = Prepared.file(directory, "e.csv", "user,item,time", "u,a,1");
    Path items = Prepared.file(directory, "i.csv", "item,title", "a,A");
    refused(
        Format.CSV,
        csv,
        List.of(items),
        Map.of(Column.TITLE, List.of("titel")),
        items
            + ": has no column titel for the title, only item, title; did you mean title? name it"
            + " with ``column`` title=NAME");
    refused(
        Format.CSV,
        csv,
        List.of(),
        Map.of(Column.TIME, List.of("when")),
        csv
            + ": has no column when for the time, only user, item, time; name it with ``column``"
            + " time=NAME");
    refused(
        Format.CSV,
        csv,
        List.of(),
        Map.of(Column.TITLE, List.of("title")),
        "``column`` title=title: is for the items files, and there are none; name them with"
            + " ``items``");
    Path recBole = Prepared.file(directory, "e.inter", "user_id:token\titem_id:token", "u\ta");
    refused(
        Format.RECBOLE,
        recBole,
        List.of(),
        Map.of(Column.ITEM, List.of("itemid")),
        recBole
            + ": has no column itemid for the item, only user_id, item_id; did you mean item_id?"
            + " name it with ``column`` item=NAME");
  }

  @Test
  void columnsThatMayBeTheCataloguesAreNamed() {
    Path events = Prepared.file(directory, "e.csv", "user,item,time", "u,a,1400000000");
    Path json =
        Prepared.file(
            directory,
            "i.jsonl",
            "{\"item\": \"a\", \"name\": \"Lamp\", \"imageUrls\": [\"a.jpg\"], \"main_image\":"
                + " \"b.jpg\", \"category\": \"Home\", \"brand\": \"\", \"brand_name\": \"Acme\"}");
    Path csv = Prepared.file(directory, "e.jsonl", "{\"user\": \"u\", \"item\": \"a\"}");
    assertThat(DatasetReport.of(prepare(Format.JSONL, csv, List.of(json), Map.of())))
        .contains(
            "  the catalogue has no title: name may be one; take it with ``column`` title=name\n",
            "  the catalogue has no brand: brand_name may be one; take it with ``column``"
                + " brand=brand_name\n",
            "  the catalogue has no categories: category may be one; take it with ``column``"
                + " categories=category\n",
            "  the catalogue has no image: imageUrls or main_image may be one; take it with"
                + " ``column`` image=imageUrls\n");
    Path items = Prepared.file(directory, "i.csv", "item,title,image,image_url", "a,A,a.jpg,b.jpg");
    assertThat(DatasetReport.of(prepare(Format.CSV, events, List.of(items), Map.of())))
        .doesNotContain("may be one");
  }

  @Test
  void allNamesThatNoFileHasAreRefusedAtOnceAndInOneOrder() {
    Path csv = Prepared.file(directory, "e.csv", "user,item,time", "u,a,1");
    Path items = Prepared.file(directory, "i.csv", "item,title", "a,A");
    refused(
        Format.CSV,
        csv,
        List.of(items),
        Map.of(
            Column.CATEGORIES, List.of("kind"),
            Column.TITLE, List.of("titel"),
            Column.BRAND, List.of("maker")),
        items
            + ": has no column titel for the title, only item, title; did you mean title? name it"
            + " with ``column`` title=NAME\n"
            + items
            + ": has no column maker for the brand, only item, title; name it with ``column``"
            + " brand=NAME\n"
            + items
            + ": has no column kind for the categories, only item, title; name it with ``column``"
            + " categories=NAME");
    Path nothing = Prepared.file(directory, "n.csv", "who,what", "u,a");
    refused(
        Format.CSV,
        nothing,
        List.of(),
        Map.of(Column.USER, List.of("users"), Column.ITEM, List.of("items")),
        nothing
            + ": has no column users for the user, only who, what; name it with ``column``"
            + " user=NAME\n"
            + nothing
            + ": has no column items for the item, only who, what; name it with ``column``"
            + " item=NAME");
  }

  @Test
  void inJsonLinesItIsANameThatNoRowHas() {
    Path events = Prepared.file(directory, "e.jsonl", "{\"user\": \"u\", \"item\": \"a\"}");
    Path items =
        Prepared.file(
            directory, "i.jsonl", "{\"item\": \"a\"}", "{\"item\": \"b\", \"name\": null}");
    refused(
        Format.JSONL,
        events,
        List.of(items),
        Map.of(Column.TITLE, List.of("nam")),
        items
            + ": has no column nam for the title, only item, name; did you mean name? name it with"
            + " ``column`` title=NAME");
    assertThat(
            prepare(Format.JSONL, events, List.of(items), Map.of(Column.TITLE, List.of("name")))
                .catalogue()
                .items())
        .hasSize(1);
  }

  /** One of several files, or of several names, is enough. */
  @Test
  void aNameThatSomeFileHasIsGood() {
    Path events = Prepared.file(directory, "e.csv", "user,what,time", "u,a,1", "u,b,2");
    Path one = Prepared.file(directory, "1.csv", "sku,name", "a,A");
    Path two = Prepared.file(directory, "2.csv", "sku,brand", "b,B");
    Dataset dataset =
        prepare(
            Format.CSV,
            events,
            List.of(one, two),
            Map.of(Column.ITEM, List.of("what", "sku"), Column.TITLE, List.of("name")));
    assertThat(dataset.catalogue().items().get(0).title()).isEqualTo("A");
    assertThat(dataset.catalogue().items().get(1).brand()).isEqualTo("B");
  }

  @Test
  void namesAreComparedAsWrittenThenWithoutCase() {
    Path csv = Prepared.file(directory, "e.csv", "USER_ID,Item,item,TIMESTAMP,ITEM", "u,a,b,7,c");
    assertThat(Prepared.histories(prepare(Format.CSV, csv, List.of(), Map.of())))
        .containsExactly("u: b@7");
    Path json =
        Prepared.file(
            directory,
            "e.jsonl",
            "{\"USER_ID\": \"u\", \"Item\": \"a\", \"item\": \"b\", \"Time\": 7}");
    assertThat(Prepared.histories(prepare(Format.JSONL, json, List.of(), Map.of())))
        .containsExactly("u: b@7");
  }

  @Test
  void columnsOfOneNameAreRefused() {
    Path twice = Prepared.file(directory, "e.csv", "user,item,item", "u,a,b");
    refused(
        Format.CSV,
        twice,
        List.of(),
        Map.of(),
        twice + ": has the columns item and item, of which only one can count; rename the others");
    Path alike = Prepared.file(directory, "f.csv", "user,Item,ITEM", "u,a,b");
    refused(
        Format.CSV,
        alike,
        List.of(),
        Map.of(),
        alike + ": has the columns Item and ITEM, of which only one can count; rename the others");
    Path other = Prepared.file(directory, "g.csv", "user,item,x,x", "u,a,b,c");
    assertThat(Prepared.histories(prepare(Format.CSV, other, List.of(), Map.of())))
        .containsExactly("u: a@0");
  }

  @Test
  void oneColumnIsNotTwoOfUserItemAndTime() {
    Path csv = Prepared.file(directory, "e.csv", "user,item,time", "u,a,1");
    refused(
        Format.CSV,
        csv,
        List.of(),
        Map.of(Column.USER, List.of("ITEM")),
        csv
            + ": column item would be both user and item; name the other with ``column`` user=NAME"
            + " or ``column`` item=NAME");
    Path json = Prepared.file(directory, "e.jsonl", "{\"Who\": \"u\", \"item\": \"a\"}");
    refused(
        Format.JSONL,
        json,
        List.of(),
        Map.of(Column.USER, List.of("who"), Column.TIME, List.of("Who")),
        json
            + ": column Who would be both user and time; name the other with ``column`` user=NAME"
            + " or ``column`` time=NAME");
    Path apart = Prepared.file(directory, "f.csv", "item,item_id", "u,a");
    assertThat(
            Prepared.histories(
                prepare(Format.CSV, apart, List.of(), Map.of(Column.USER, List.of("item")))))
        .containsExactly("u: a@0");
  }

  /** Its cells read 09 22, 2013. */
  @Test
  void amazonsDayInWordsIsNotProposed() {
    Path events =
        Prepared.file(
            directory,
            "e.json",
            "{\"reviewerID\": \"u\", \"asin\": \"a\", \"reviewTime\": \"09 22, 2013\"}");
    assertThat(DatasetReport.of(prepare(Format.AMAZON, events, List.of(), Map.of())))
        .endsWith("the events carry no time: the order of the input is taken as their order\n");
  }

  @Test
  void columnsThatMayBeTimesAreNamedWhenThereIsNone() {
    Path events =
        Prepared.file(
            directory,
            "e.jsonl",
            "{\"user\": \"u\", \"item\": \"a\", \"ts\": 1400432000, \"runtime\": 3}",
            "{\"user\": \"u\", \"item\": \"b\", \"updated\": 1, \"boughtAt\": \"2020-01-01\"}");
    assertThat(DatasetReport.of(prepare(Format.JSONL, events, List.of(), Map.of())))
        .endsWith(
            """
            Warnings
              the events carry no time: the order of the input is taken as their order; ts or\
             boughtAt may be one: take it with ``column`` time=ts
            """);
  }

  @Test
  void recBolesSequencesAreNoEvents() {
    Path split =
        Prepared.file(
            directory,
            "x.train.inter",
            "user_id:token\titem_id_list:token_seq\titem_id:token",
            "u\ta\tb");
    refused(
        Format.RECBOLE,
        split,
        List.of(),
        Map.of(),
        split
            + ": column item_id_list:token_seq holds histories, but prepare reads one event per"
            + " line; take the file with one event per line or write one line for each item");
    Path lists = Prepared.file(directory, "x.inter", "user_id:token\titem_id:token_seq", "u\ta b");
    refused(
        Format.RECBOLE,
        lists,
        List.of(),
        Map.of(),
        lists
            + ": column item_id:token_seq holds many values of the item, but prepare reads one"
            + " event per line; take the file with one event per line or write one line for each"
            + " item");
  }
}
