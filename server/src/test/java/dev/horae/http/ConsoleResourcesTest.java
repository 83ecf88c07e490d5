package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's files as they are sent. */
class ConsoleResourcesTest {

  private static final Path SOURCES =
      Path.of("../server/src/main/resources/dev/horae/http/console");
  private static final Pattern LOADED = Pattern.compile("(?:src|href)=\"([^\"]+)\"");
  private static final Pattern IMPORTED = Pattern.compile("from \"(\\.[^\"]+)\"");

  private final ConsoleResources files = new ConsoleResources();

  @Test
  void whatThePageLoadsIsThere() {
    List<String> loaded = LOADED.matcher(text("")).results().map(match -> match.group(1)).toList();

    assertThat(loaded).hasSizeGreaterThan(7).contains("main.js", "console.css");
    assertThat(loaded.stream().filter(name -> !name.startsWith("/")))
        .allSatisfy(name -> assertThat(files.file(name)).as(name).isPresent());
  }

  @Test
  void whatScriptsImportIsThere() throws Exception {
    for (Path script : scripts()) {
      List<String> imported =
          IMPORTED.matcher(Files.readString(script)).results().map(m -> m.group(1)).toList();
      for (String name : imported) {
        String path = SOURCES.relativize(script.resolveSibling(name).normalize()).toString();
        assertThat(files.file(path)).as("%s imports %s", script, name).isPresent();
      }
    }
  }

  @Test
  void everyFileOfALibraryIsInItsJarWithItsLicence() {
    assertThat(files.libraries())
        .isNotEmpty()
        .allSatisfy(
            library -> {
              assertThat(library.files()).contains("LICENSE");
              assertThat(library.files())
                  .allSatisfy(
                      file ->
                          assertThat(files.file("lib/" + library.name() + "/" + file))
                              .as("%s of %s", file, library)
                              .isPresent());
              assertThat(text("lib/" + library.name() + "/LICENSE").toUpperCase(Locale.ROOT))
                  .contains(library.licence());
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../ServeConfig.class",
        "pages/../../ServeConfig.class",
        "/index.html",
        "pages/",
        "nothing.js",
        "lib/preact/package.json",
        "lib/preact/../uplot/LICENSE",
        "lib/unknown/LICENSE",
        "INDEX.HTML",
        "index.html/"
      })
  void whatIsNotAFileOfTheConsoleIsNotThere(String path) {
    assertThat(files.file(path)).isEmpty();
  }

  @Test
  void whatIsNotThereTakesNoMemory() {
    assertThat(files.file("main.js")).isPresent();
    for (char c = 'a'; c <= 'z'; c++) {
      assertThat(files.file("no" + c + ".js")).isEmpty();
      assertThat(files.file("pages/no" + c + ".css")).isEmpty();
    }
    assertThat(files.kept()).isEqualTo(1);
  }

  @Test
  void filesHaveTheirTypes() {
    assertThat(
            Stream.of(
                "", "main.js", "console.css", "mark.svg", "libraries.json", "lib/uplot/LICENSE"))
        .map(path -> files.file(path).orElseThrow().type())
        .containsExactly(
            "text/html; charset=utf-8",
            "text/javascript; charset=utf-8",
            "text/css; charset=utf-8",
            "image/svg+xml",
            "application/json",
            "text/plain; charset=utf-8");
  }

  @Test
  void nothingIsDrawnFromTextAsMarkupAndNothingIsInline() throws Exception {
    assertThat(text(""))
        .doesNotContain("<style", " style=", " onclick=")
        .doesNotContain("<script>");
    for (Path script : scripts()) {
      assertThat(Files.readString(script))
          .as(script.toString())
          .doesNotContain(".innerHTML", ".outerHTML", "insertAdjacent", "document.write", "eval(")
          .doesNotContain("new Function", "setAttribute(\"style\"");
    }
  }

  private static List<Path> scripts() throws Exception {
    try (Stream<Path> found = Files.walk(SOURCES)) {
      List<Path> scripts = found.filter(path -> path.toString().endsWith(".js")).toList();
      assertThat(scripts).hasSizeGreaterThan(10);
      return scripts;
    }
  }

  private String text(String path) {
    return new String(files.file(path).orElseThrow().bytes(), StandardCharsets.UTF_8);
  }
}
