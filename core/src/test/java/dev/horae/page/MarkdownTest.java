package dev.horae.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MarkdownTest {

  @Test
  void nothingOfATextIsInterpreted() {
    assertThat(Markdown.text("a|b `c` *d* _e_ ~f~ $g$ [h](i) <b> \\| j\r\nk &lt; & l"))
        .isEqualTo(
            "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\~f\\~ \\$g\\$ \\[h\\](i) \\<b> \\\\\\| j k \\&lt; &"
                + " l");
    assertThat(Markdown.text("0.5313 ± 0.0442")).isEqualTo("0.5313 ± 0.0442");
  }
}
