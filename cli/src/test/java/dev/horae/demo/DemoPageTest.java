package dev.horae.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoPageTest {

  private static final long DAY = 86_400;
  private static final long START = 1_700_000_000;

  @TempDir private Path folder;

  @Test
  void thePageCarriesEverythingAndLoadsNothing() throws IOException {
    Path file = folder.resolve("page.html");
    page(card("Mug")).write(file);
    String html = Files.readString(file);
    assertThat(html).startsWith("<!doctype html>").contains("<h1>A run</h1>", "1,500");
    assertThat(html)
        .contains("<td data-name=\"ndcg@10\">0.1235<small>0.1000 – 0.1500</small></td>");
    assertThat(html).contains("14 Nov 2023", "+ 3 days", "+ 2 months", "first");
    assertThat(html)
        .contains("id +1.50", "text -0.50", "m-text negative", "Rank <b>2</b> of 2,000");
    assertThat(html).contains("temporal experts", "width:75.0%");
    assertThat(html).doesNotContain("http:", "https:", "<script", "@import", "<link");
    Matcher sources = Pattern.compile("src=\"([^\"]*)\"").matcher(html);
    int pictures = 0;
    while (sources.find()) {
      assertThat(sources.group(1)).startsWith("data:image/");
      pictures++;
    }
    assertThat(pictures)
        .isEqualTo(4 + 2); // three visits and what came next, one in the top, one reason
  }

  @Test
  void whatTheShopWroteIsTextAndNothingElse() {
    String html = page(card("<script>alert('x & \"y\"')</script>")).html();
    assertThat(html).doesNotContain("<script");
    assertThat(html)
        .contains("&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;");
  }

  @Test
  void missingAndBrokenPicturesLeaveAFrame() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.png"), "not a picture");
    for (Optional<Path> picture :
        List.of(
            Optional.<Path>empty(),
            Optional.of(folder.resolve("nowhere.png")),
            Optional.of(broken))) {
      String html = page(new DemoPage.Card("Mug", "", picture)).html();
      assertThat(html).doesNotContain("<img").contains("<span class=\"blank\">no picture</span>");
    }
  }

  @Test
  void largePicturesShrink() throws IOException {
    Path poster = folder.resolve("poster.png");
    ImageIO.write(
        new BufferedImage(1_000, 1_500, BufferedImage.TYPE_INT_ARGB), "png", poster.toFile());
    String uri = Thumbnail.dataUri(poster).orElseThrow();
    assertThat(uri).startsWith("data:image/jpeg;base64,");
    byte[] bytes = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
    BufferedImage small = ImageIO.read(new ByteArrayInputStream(bytes));
    assertThat(List.of(small.getWidth(), small.getHeight())).containsExactly(128, 192);
  }

  private DemoPage.Card card(String title) {
    try {
      Path picture = folder.resolve("picture.png");
      ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
      return new DemoPage.Card(title, "Brimwick · Kitchen", Optional.of(picture));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DemoPage page(DemoPage.Card item) {
    DemoPage.UserStory story =
        new DemoPage.UserStory(
            "u1",
            List.of(
                new DemoPage.Visit(item, Optional.of(START)),
                new DemoPage.Visit(item, Optional.of(START + 3 * DAY)),
                new DemoPage.Visit(item, Optional.of(START + 63 * DAY))),
            Optional.of(new DemoPage.Next(new DemoPage.Visit(item, Optional.empty()), 2, 2_000)),
            List.of(
                new DemoPage.Recommended(
                    item,
                    1,
                    List.of(new DemoPage.Part("id", 1.5), new DemoPage.Part("text", -.5)),
                    List.of(new DemoPage.Reason(item, .6)),
                    true)),
            List.of(new DemoPage.Gate("temporal experts", List.of(.75, .25))));
    return new DemoPage(
        "A run",
        "What it did.",
        List.of(new DemoPage.Fact("users", "1,500")),
        List.of(
            new DemoPage.Row("HM4SR", List.of(new DemoPage.Metric("ndcg@10", .12345, .1, .15)))),
        List.of(story));
  }
}
