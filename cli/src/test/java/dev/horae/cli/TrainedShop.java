package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A {@link RawShop} taken through prepare, encode and train by the verbs, once for all tests. */
record TrainedShop(Path folder, Path data, Path run, TrainedShop.Result training) {

  private static TrainedShop only;

  record Result(int code, String out, String err) {}

  static synchronized TrainedShop get() throws IOException {
    if (only == null) {
      Path folder = Files.createTempDirectory("horae-shop");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      only = make(folder);
    }
    return only;
  }

  private static TrainedShop make(Path folder) throws IOException {
    Path shop = folder.resolve("shop");
    Path data = folder.resolve("data");
    Path run = folder.resolve("run");
    RawShop.write(shop);
    Result prepared =
        done(
            "prepare",
            "--format=csv",
            "--events",
            shop.resolve("events.csv"),
            "--items",
            shop.resolve("items.csv"),
            "--images",
            shop.resolve("images"),
            "--min-item-events=1",
            "--out",
            data);
    assertThat(prepared.out()).contains("Data set data in " + data, "  users   ", " 60\n");
    Result encoded = done("encode", data, "--text", "minilm", "--image", "descriptor");
    assertThat(encoded.out()).contains("48 of 48 items", "42 of 48 items", "6 no picture named");
    Result training = train(data, run);
    assertThat(training.err()).isEmpty();
    assertThat(training.code()).isZero();
    return new TrainedShop(folder, data, run, training);
  }

  static Result horae(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), words);
    return new Result(code, out.toString(), err.toString());
  }

  static Result done(Object... arguments) {
    Result result = horae(arguments);
    assertThat(result.err()).as("standard error of %s", Arrays.toString(arguments)).isEmpty();
    assertThat(result.code()).isZero();
    return result;
  }

  static void refused(int code, String message, Object... arguments) {
    Result result = horae(arguments);
    assertThat(result.err()).isEqualTo(message);
    assertThat(result.code()).isEqualTo(code);
    assertThat(result.out()).isEmpty();
  }

  static Result train(Path data, Path out, Object... more) {
    List<Object> all =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data,
                "--out",
                out,
                "model.hidden_size=16",
                "model.inner_size=32",
                "train.epochs=2",
                "train.batch_size=64"));
    all.addAll(List.of(more));
    return horae(all.toArray());
  }

  /** {@return a copy of one of the shop's folders, for a test to spoil} */
  Path copy(Path from, String name) throws IOException {
    Path to = folder.resolve(name);
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
    return to;
  }

  static JsonNode json(String text) throws IOException {
    return Json.MAPPER.readTree(text);
  }

  static void delete(Path folder) {
    try {
      AtomicFiles.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
