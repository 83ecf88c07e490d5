package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.data.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** The tiny random encoders of the test resources, made by encoders/generate.py. */
public final class TinyEncoders {

  private TinyEncoders() {}

  public static Path path(String name) {
    return resource("/encoders/" + name);
  }

  static Path resource(String name) {
    try {
      return Path.of(TinyEncoders.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@return a copy that a test may spoil} */
  static Path copy(String name, Path into) {
    Path from = path(name);
    Path to = into.resolve(name);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to;
  }

  /**
   * @param field such as {@code "hidden_size": 7}
   */
  static void setField(Path config, String field) throws IOException {
    ObjectNode fields = (ObjectNode) Json.read(config, JsonNode.class);
    fields.setAll((ObjectNode) Json.MAPPER.readTree("{" + field + "}"));
    Json.write(config, fields);
  }

  /** Asserts that no value is off by more than a ten-thousandth of the largest. */
  public static void assertAgree(float[] ours, float[] wanted) {
    assertThat(ours).hasSameSizeAs(wanted);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      double one = Math.abs((double) ours[i] - wanted[i]);
      assertThat(one).isNotNaN();
      difference = Math.max(difference, one);
    }
    assertThat(difference / largest).isLessThan(1e-5);
  }

  static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
