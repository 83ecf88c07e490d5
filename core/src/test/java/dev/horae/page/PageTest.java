package dev.horae.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.samskivert.mustache.MustacheException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTest {

  private static final String HOSTILE = "</style><script>alert('x & \"y\"')</script>";

  private record Values(String text, String kind, List<String> more) {}

  @Test
  void everyTextIsEscapedWhereverItStands() {
    String html =
        Page.html(PageTest.class, HOSTILE, HOSTILE, new Values(HOSTILE, "a", List.of(HOSTILE)));
    String escaped =
        "&lt;/style&gt;&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;";
    assertThat(html)
        .doesNotContain("<script")
        .contains(
            "<title>" + escaped + "</title>",
            "<h1>" + escaped + "</h1>",
            "<p class=\"lead\">" + escaped + "</p>",
            "<p title=\"" + escaped + "\">" + escaped + "</p>",
            "<b>" + escaped + "</b>");
    assertThat(html.split("</style>")).hasSize(2);
  }

  @Test
  void thePageHasTheSharedStyleThenItsOwnAndLoadsNothing() {
    String html = Page.html(PageTest.class, "A", "B", new Values("", "mine", List.of()));
    assertThat(html)
        .startsWith("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .contains("width=device-width", "prefers-color-scheme: dark", "@media (max-width: 640px)")
        .endsWith("</main>\n</body>\n</html>\n")
        .contains("default-src 'none'; ", "; script-src 'none'\">")
        .doesNotContain("http:", "https:", "src=", "url(", "@import", "<link", "<script");
    assertThat(html.indexOf(".mine { color: red; }"))
        .isGreaterThan(html.indexOf("@media (max-width"));
  }

  @Test
  void onlyTheScriptsOfThePageRun() {
    Values values = new Values("", "a", List.of());
    String html = Page.html(PageTest.class, "A", "B", values, List.of("a < b;", "c;"));
    assertThat(html)
        .endsWith("</main>\n<script>a < b;</script>\n<script>c;</script>\n</body>\n</html>\n")
        // printf 'a < b;' | openssl dgst -sha256 -binary | base64
        .contains(
            "; script-src 'sha256-Wf3t1Wkz7Qi3nSFZafRk5WJutMhVlt1et8Jq802z2qo=' 'sha256-j69Xylmg2xMb3g9TbwYlqX1HoNl3Fr3IxM9sm0n3hiI='\">");
  }

  @Test
  void aNameThatTheValuesLackIsAnError() {
    assertThatThrownBy(() -> Page.html(PageTest.class, "A", "B", Map.of("kind", "a", "text", "b")))
        .isInstanceOf(MustacheException.class)
        .hasMessageContaining("more");
    assertThatThrownBy(() -> Page.html(NumbersTest.class, "A", "B", Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("NumbersTest.css is missing beside dev.horae.page.NumbersTest");
  }
}
