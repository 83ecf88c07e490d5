package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.data.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFolderTest {

  @TempDir Path directory;

  private Path folder() {
    return directory.resolve("pictures");
  }

  private Dataset prepare(Path images, String... items) {
    StringBuilder events = new StringBuilder("user,item,time\n");
    StringBuilder rows = new StringBuilder("item,image\n");
    for (String item : items) {
      events.append("u,").append(item.replaceFirst(",.*", "")).append(",1\n");
      rows.append(item).append('\n');
    }
    return Prepared.run(
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(Prepared.file(directory, "events.csv", events.toString())),
            List.of(Prepared.file(directory, "items.csv", rows.toString())),
            Optional.of(images),
            Map.of(),
            List.of()),
        Prepared.ALL,
        directory);
  }

  private static List<String> images(Dataset dataset) {
    return dataset.catalogue().items().stream()
        .map(item -> item.id() + ": " + String.join(" ", item.images()))
        .toList();
  }

  private static Map<String, Number> counts(Dataset dataset) {
    Map<String, Number> counts = new TreeMap<>();
    dataset
        .manifest()
        .counts()
        .forEach(
            (name, count) -> {
              if (name.startsWith("picture_") || name.startsWith("passed over")) {
                counts.put(name, count);
              }
            });
    return counts;
  }

  @Test
  void picturesAreKnownByTheirFirstBytes() throws IOException {
    Pictures.write(folder().resolve("a"), Pictures.JPEG);
    Pictures.write(folder().resolve("b.jfif"), Pictures.JPEG);
    Pictures.write(folder().resolve("c.txt"), Pictures.PNG);
    Pictures.write(folder().resolve("sub/d.JPE"), Pictures.JPEG);
    Pictures.write(folder().resolve("e.avif"), Pictures.AVIF);
    Pictures.write(folder().resolve("f.jpg"), "<html>gone");
    Pictures.write(folder().resolve("g.jpg"), "");
    Pictures.write(folder().resolve("h.svg"), Pictures.SVG);
    Pictures.write(folder().resolve("h.png"), Pictures.PNG);
    Pictures.write(folder().resolve("i.jpg"), Pictures.JPEG);
    Pictures.write(folder().resolve("i.png"), Pictures.PNG);
    Pictures.write(folder().resolve(".j.jpg"), Pictures.JPEG);
    Pictures.write(folder().resolve(".cache/k.jpg"), Pictures.JPEG);
    Pictures.write(folder().resolve("stranger.jpg"), Pictures.JPEG);
    Pictures.write(folder().resolve("failures.jsonl"), "ours");
    Pictures.write(folder().resolve("0123456789abcdef0123456789abcdef01234567"), Pictures.PNG);
    Pictures.write(directory.resolve("outside.jpg"), Pictures.JPEG);
    Files.createSymbolicLink(folder().resolve("l.jpg"), directory.resolve("outside.jpg"));
    Files.createSymbolicLink(folder().resolve("m.jpg"), folder().resolve("a"));
    Files.createSymbolicLink(folder().resolve("n.jpg"), folder().resolve("nowhere"));
    Files.createSymbolicLink(folder().resolve("o"), directory);
    String[] items = "abcdefghijklmn".chars().mapToObj(c -> (char) c + ",").toArray(String[]::new);

    Dataset dataset = prepare(folder(), items);

    assertThat(images(dataset))
        .containsExactly(
            "a: a",
            "b: b.jfif",
            "c: c.txt",
            "d: sub/d.JPE",
            "e: e.avif",
            "f: ",
            "g: ",
            "h: h.png",
            "i: i.jpg",
            "j: ",
            "k: ",
            "l: ",
            "m: m.jpg",
            "n: ");
    assertThat(counts(dataset))
        .containsExactly(
            Map.entry(
                "passed over: AVIF is not read; convert it to JPEG or PNG, such as e.avif", 1),
            Map.entry("passed over: SVG is not read; convert it to JPEG or PNG, such as h.svg", 1),
            Map.entry("passed over: blank line", 2),
            Map.entry(
                "passed over: is a link that leads out of the picture folder, such as l.jpg", 2),
            Map.entry("passed over: is a link to nothing, such as n.jpg", 1),
            Map.entry("passed over: is empty, such as g.jpg", 1),
            Map.entry("passed over: is hidden, such as .cache/k.jpg", 2),
            Map.entry("passed over: is not a picture, such as f.jpg", 1),
            Map.entry("picture_files", 10),
            Map.entry("picture_files_beside_the_used", 1),
            Map.entry("picture_files_of_no_item", 1));
    assertThat(DatasetReport.of(dataset))
        .contains(
            String.format(
                Locale.ROOT,
                "  %-34s %14s%s%n",
                "files passed over",
                "1",
                "  AVIF is not read; convert it to JPEG or PNG, such as e.avif"));
  }

  /** What the catalogue names is found in any spelling, and stays when it is not found. */
  @Test
  void namesAreFoundInAnySpelling() throws IOException {
    Pictures.write(folder().resolve("Cafe\u0301.jpg"), Pictures.JPEG); // an accent of its own
    Pictures.write(folder().resolve("sub/big.JPG"), Pictures.JPEG);
    Pictures.write(folder().resolve("x.avif"), Pictures.AVIF);
    Pictures.write(folder().resolve("x4.png"), Pictures.PNG);
    Pictures.write(folder().resolve("\u00fcber.png"), Pictures.PNG);
    Pictures.write(folder().resolve("red caf\u00e9.png"), Pictures.PNG);
    Pictures.write(folder().resolve("50%25.png"), Pictures.PNG);
    Dataset dataset =
        prepare(
            folder(),
            "x1,Caf\u00e9.jpg",
            "x2, big.jpg ",
            "x3,../../../etc/passwd",
            "x4,x.avif",
            "u\u0308ber,",
            "x5,gone.jpg",
            "x6,https://shop.example/p/red%20caf%C3%A9.png?w=1",
            "x7,https://shop.example/p/50%25.png",
            "x8,https://shop.example/p/x%FF.png",
            "x9,red%20caf%C3%A9.png");
    assertThat(images(dataset))
        .containsExactly(
            "x1: Cafe\u0301.jpg",
            "x2: sub/big.JPG",
            "x3: ../../../etc/passwd",
            "x4: x.avif x4.png",
            "u\u0308ber: \u00fcber.png",
            "x5: gone.jpg",
            "x6: red caf\u00e9.png",
            "x7: 50%25.png", // as it was fetched
            "x8: https://shop.example/p/x%FF.png",
            "x9: red%20caf%C3%A9.png"); // no address, so its signs stand for themselves
    assertThat(dataset.manifest().counts())
        .containsEntry("items_without_image", 3)
        .containsEntry("images_not_found", 4);
  }

  @Test
  void theLongestEndOfANameCounts() throws IOException {
    for (String item : List.of("B01", "B02", "B03")) {
      Pictures.write(folder().resolve(item + "/main.png"), Pictures.PNG);
    }
    Pictures.write(folder().resolve("old/2014/red.png"), Pictures.PNG);
    Pictures.write(folder().resolve("a/twice.png"), Pictures.PNG);
    Pictures.write(folder().resolve("b/twice.png"), Pictures.PNG);
    Pictures.write(folder().resolve("blue.tar.png"), Pictures.PNG);
    Dataset dataset =
        prepare(
            folder(),
            "x1,images/B01/main.png",
            "x2,./B02/main.png",
            "x3,C:\\img\\b03\\MAIN.PNG",
            "x4,https://shop.example/p/B01/main.png?w=100",
            "x5,//shop.example/B02/main.png",
            "x6,main.png",
            "x7,images/B04/main.png",
            "x8,2014/red.png",
            "x9,new/twice.png",
            "y1,blue.tar",
            "y2,HTTPS://shop.example/B03/main",
            "y3,old/2014/red.webp?v=3");
    assertThat(images(dataset))
        .containsExactly(
            "x1: B01/main.png",
            "x2: B02/main.png",
            "x3: B03/main.png",
            "x4: B01/main.png",
            "x5: B02/main.png",
            "x6: ",
            "x7: ",
            "x8: old/2014/red.png",
            "x9: ",
            "y1: blue.tar.png",
            "y2: B03/main.png",
            "y3: old/2014/red.png");
    assertThat(dataset.manifest().counts()).containsEntry("images_not_found", 3);
    assertThat(DatasetReport.of(dataset))
        .contains(
            "  "
                + folder()
                + ": the name that the catalogue gives the picture of 3 items, such as main.png, may"
                + " be that of several: none is taken; name each picture by its path in the folder\n");
  }

  /** One picture that is called like the last part of each name would be that of all. */
  @Test
  void theEndOfDifferentNamesIsNobodys() throws IOException {
    Pictures.write(folder().resolve("main.png"), Pictures.PNG);
    Pictures.write(folder().resolve("none.png"), Pictures.PNG);
    assertThat(
            images(
                prepare(
                    folder(),
                    "x1,images/B01/main.png",
                    "x2,images/B02/main.png",
                    "x3,main.png",
                    "x4,images/none.png",
                    "x5,images/none.png")))
        .containsExactly("x1: ", "x2: ", "x3: main.png", "x4: none.png", "x5: none.png");
  }

  @Test
  void theFolderMayBeALink() throws IOException {
    Pictures.write(folder().resolve("a.jpg"), Pictures.JPEG);
    Path link = Files.createSymbolicLink(directory.resolve("link"), folder());
    assertThat(prepare(link, "a,").catalogue().items()).extracting(Item::image).contains("a.jpg");
  }
}
