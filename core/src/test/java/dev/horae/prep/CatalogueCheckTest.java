package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of ids, categories and pictures that do not fit together. */
class CatalogueCheckTest {

  @TempDir Path directory;

  private Path events(String... ids) {
    List<String> lines = new ArrayList<>(List.of("user,item"));
    List.of(ids).forEach(id -> lines.add("u," + id));
    return Prepared.file(directory, "events.csv", lines.toArray(String[]::new));
  }

  private Dataset prepare(Path events, List<String> items, Optional<Path> images) {
    return Prepared.run(
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(events),
            items.isEmpty()
                ? List.of()
                : List.of(Prepared.file(directory, "items.csv", items.toArray(String[]::new))),
            images,
            Map.of(),
            List.of()),
        Prepared.ALL,
        directory);
  }

  private List<?> warnings(Path events, List<String> items) {
    List<?> all =
        (List<?>) prepare(events, items, Optional.empty()).manifest().provenance().get("warnings");
    return all.subList(1, all.size()); // the first says that there is no time
  }

  @Test
  void aCatalogueOfOtherItemsIsRefusedWithTheDifference() {
    Map<String, String> differences =
        Map.of(
            "3", "leading zeros",
            "003.0", "'.0' at the end",
            "'003'", "quotation marks",
            "item:003", "what stands before the last of : / _ # - |",
            "x003", "letters before the number");
    differences.forEach(
        (id, difference) ->
            assertThatThrownBy(
                    () ->
                        prepare(events("003"), List.of("item,title", id + ",T"), Optional.empty()))
                .isInstanceOf(DataException.class)
                .hasMessage(
                    "items: none of the 1 items of the events are in the catalogue: the events"
                        + " have 003, the catalogue has "
                        + id
                        + "; they differ by "
                        + difference
                        + ": write the ids alike in both files"));
    assertThatThrownBy(() -> prepare(events("a"), List.of("item,title", "b,T"), Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "items: none of the 1 items of the events are in the catalogue: the events have a, the"
                + " catalogue has b; if they should be the same ids, name their column with"
                + " ``column`` item=NAME");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  @Test
  void blanksAroundIdsAreNoPartOfThem() {
    assertThat(warnings(events("a ", " b"), List.of("item,title", " a,A", "b\u00a0,B"))).isEmpty();
  }

  @Test
  void aCatalogueThatFitsInPartIsWarnedAbout() {
    assertThat(warnings(events("a", "b", "C"), List.of("item,title", "a,A", "b,B", "c,C")))
        .isEqualTo(
            List.of(
                "only 2 of the 3 items of the events are in the catalogue: the events have C, the"
                    + " catalogue has c; they differ by upper and lower case: write the ids alike"
                    + " in both files"));
    assertThat(warnings(events("a", "b", "q"), List.of("item,title", "a,A", "b,B", "c,C")))
        .isEmpty();
  }

  @Test
  void theFirstValueOfEachFieldCountsWhereAnIdStandsTwice() {
    Dataset dataset =
        prepare(
            events("a"),
            List.of("item,title,brand", "a,,X", "a,nan,", "a,Lamp,Y", "a,Other,Z"),
            Optional.empty());
    assertThat(dataset.catalogue().item(1).title()).isEqualTo("Lamp");
    assertThat(dataset.catalogue().item(1).brand()).isEqualTo("X");
    assertThat(DatasetReport.of(dataset))
        .containsPattern(
            "rows with the id of an earlier one +3  merged: the first value of each field counts");
  }

  @Test
  void categoriesInOneTextAreWarnedAboutAndTheMostFrequentShown() {
    Dataset dataset =
        prepare(
            events("a", "b", "c"),
            List.of("item,categories", "a,Home > Lamps", "b,Home > Lamps", "c,Toys"),
            Optional.empty());
    assertThat(DatasetReport.of(dataset))
        .containsPattern("different categories +2  the most frequent:")
        .containsPattern("    Home > Lamps +2  items\n    Toys +1  item\n")
        .endsWith(
            "  2 items have one category with '>' in it, such as 'Home > Lamps': if those are"
                + " several, name what stands between them, as in ``categorySeparator`` ' > '\n");
  }

  @Test
  void separatorsAreNamedAsTheyStandInTheText() {
    Map<String, String> separators =
        Map.of(
            "Toys -> Dolls", " -> ",
            "Toys &amp; Games &gt; Dolls", " &gt; ",
            "Toys >> Dolls", " >> ",
            "Toys; Dolls", "; ",
            "R&D;Dolls &amp; Co", ";");
    separators.forEach(
        (text, separator) ->
            assertThat(warnings(events("a"), List.of("item\tcategories", "a\t" + text)).toString())
                .as(text)
                .contains("``categorySeparator`` '" + separator + "'"));
    assertThat(warnings(events("a"), List.of("item,categories", "a,Toys &amp; Games"))).isEmpty();
  }

  @Test
  void aPictureFolderOfOtherItemsIsRefused() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("images"));
    assertThatThrownBy(() -> prepare(events("3"), List.of(), Optional.of(folder)))
        .isInstanceOf(DataException.class)
        .hasMessage(folder + ": holds no pictures; correct ``images``");
    Files.write(folder.resolve("003.jpg"), new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF});
    assertThatThrownBy(() -> prepare(events("3"), List.of(), Optional.of(folder)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder
                + ": none of the 1 items of the events have a picture here: a picture is called"
                + " 003, an item 3; they differ by leading zeros: call the pictures by the ids");
    assertThat(prepare(events("003"), List.of(), Optional.of(folder)).catalogue().item(1).image())
        .isEqualTo("003.jpg");
  }

  /** That the catalogue names pictures does not make them ours. */
  @Test
  void aPictureFolderWithoutTheNamedIsRefused() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("images"));
    Pictures.write(folder.resolve("pic_1.png"), Pictures.PNG);
    for (String name : List.of("a.png|b.png", "pic_2", "C:\\img\\pic_3.png")) {
      assertThatThrownBy(
              () -> prepare(events("3"), List.of("item,image", "3," + name), Optional.of(folder)))
          .isInstanceOf(DataException.class)
          .hasMessage(
              folder
                  + ": none of the 1 items of the events have a picture here: a picture is called"
                  + " pic_1, an item 3, and the catalogue names pictures such as "
                  + name
                  + "; call the pictures by the ids of the items, or as the catalogue does");
    }
    for (String name : List.of("pic_1", "C:\\img\\pic_1.png")) {
      assertThat(
              prepare(events("3"), List.of("item,image", "3," + name), Optional.of(folder))
                  .catalogue()
                  .item(1)
                  .image())
          .isEqualTo("pic_1.png");
    }
  }

  @Test
  void anIdThatStandsForNobodyIsWarnedAbout() {
    Path events =
        Prepared.file(
            directory, "events.csv", "user,item", "-1,a", "-1,b", "-1,c", "u,a", "u,b", "v,c");
    assertThat(warnings(events, List.of()))
        .isEqualTo(
            List.of(
                "user -1 holds 50.0 % of the events, 1.5 times as many as any other: if it stands"
                    + " for an unknown user, name it with ``missing``"));
  }

  @Test
  void wordsForNobodyAreKnownInEverySpelling() {
    for (String word :
        List.of(
            "(null)",
            "nil",
            "(none)",
            "n.a.",
            "{00000000-0000-0000-0000-000000000000}",
            "(not set)",
            "0",
            "999999",
            "??",
            "Unknown")) {
      List<String> lines = new ArrayList<>(List.of("user,item"));
      for (String user : List.of("u", "v", "w")) {
        "abc".chars().forEach(item -> lines.add(user + "," + (char) item));
      }
      "abcdefgh".chars().forEach(item -> lines.add(word + "," + (char) item));
      Path events = Prepared.file(directory, "events.csv", lines.toArray(String[]::new));
      assertThat(warnings(events, List.of()).toString())
          .as(word)
          .contains("user " + word + " holds");
    }
    Path events = Prepared.file(directory, "events.csv", "user,item", "none,a", "none,b", "u,a");
    Dataset dataset =
        Prepared.run(
            new PrepareOptions.Sources(
                Format.CSV,
                List.of(events),
                List.of(),
                Optional.empty(),
                Map.of(),
                List.of(),
                PrepareOptions.Text.PLAIN,
                new PrepareOptions.Cells(List.of(), "|")),
            Prepared.ALL,
            directory);
    assertThat(DatasetReport.of(dataset)).contains("user none holds 66.7 % of the events");
  }

  @Test
  void itemsThatAreListsAreWarnedAbout() {
    Path events =
        Prepared.file(directory, "events.csv", "user,item", "u,a b c", "v,b c a", "w,c a d");
    assertThat(warnings(events, List.of()))
        .isEqualTo(
            List.of(
                "nearly every user has one event, of an item such as 'a b c': if that is a list of"
                    + " items, write one row for each"));
  }
}
