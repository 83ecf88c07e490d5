package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The jar for {@code spark-submit}: what is in it stands before or beside what Spark has. */
class JarIT {

  /** Ours, what was relocated, and libraries with native code, which cannot be. */
  private static final List<String> PACKAGES =
      List.of(
          "dev/horae/",
          "org/bytedeco/",
          "org/duckdb/",
          "ai/djl/",
          "ai/onnxruntime/",
          "com/luciad/imageio/webp/",
          "com/sun/jna/",
          "com/twelvemonkeys/");

  /** What classes of theirs find by name, with native libraries under their names. */
  private static final Pattern RESOURCE =
      Pattern.compile(
          "META-INF/.*|native/.*|libduckdb_java\\.so_linux_(amd64|arm64)|all-minilm-l6-v2.*"
              + "|webp-imageio\\.properties|(cv|nlp)/.*|bert-(tokenizer|vocabulary).*|profiles/.*\\.icc"
              + "|LICENSE|NOTICE|README|Privacy\\.md|ThirdPartyNotices\\.txt|GIT_COMMIT_ID");

  @Test
  void nothingIsInItThatCouldClashWithSpark() throws IOException {
    try (JarFile jar = new JarFile(System.getProperty("spark.jar"))) {
      List<String> names =
          jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
      assertThat(names)
          .filteredOn(name -> PACKAGES.stream().noneMatch(name::startsWith))
          .filteredOn(name -> !RESOURCE.matcher(name).matches())
          .isEmpty();
      assertThat(names)
          .filteredOn(name -> name.endsWith(".class"))
          .noneMatch(name -> name.startsWith("META-INF/"));
      assertThat(names)
          .contains(
              "dev/horae/spark/SparkMain.class",
              "dev/horae/shaded/jackson/databind/ObjectMapper.class",
              "dev/horae/shaded/picocli/CommandLine.class",
              "org/bytedeco/pytorch/global/torch.class",
              "org/duckdb/DuckDBDriver.class",
              "all-minilm-l6-v2.onnx")
          .noneMatch(name -> name.contains("slf4j") || name.contains("log4j2.xml"));
    }
  }

  /** Each names a class of the jar, under its new name where it has one. */
  @Test
  void whatIsFoundByNameIsThere() throws IOException {
    try (JarFile jar = new JarFile(System.getProperty("spark.jar"))) {
      TreeSet<String> missing = new TreeSet<>();
      for (ZipEntry entry : jar.stream().filter(e -> isService(e.getName())).toList()) {
        try (InputStream in = jar.getInputStream(entry)) {
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .filter(type -> jar.getEntry(type.replace('.', '/') + ".class") == null)
              .forEach(missing::add);
        }
      }
      assertThat(missing).isEmpty();
      assertThat(jar.getEntry("META-INF/services/java.sql.Driver")).isNotNull();
    }
  }

  private static boolean isService(String name) {
    return name.startsWith("META-INF/services/") && !name.endsWith("/");
  }
}
