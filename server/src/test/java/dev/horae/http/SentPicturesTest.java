package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.RawShop;
import dev.horae.http.ServedShop.Reply;
import dev.horae.http.ServedShop.Trained;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that are sent: of new items, and to search by. */
class SentPicturesTest {

  private static ServedShop shop;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    shop = ServedShop.start();
  }

  @AfterAll
  static void stop() {
    shop.close();
  }

  private static Reply put(ServedShop to, String path, String type, byte[] picture) {
    return to.send(
        "PUT",
        path,
        picture,
        request -> {
          if (!type.isEmpty()) {
            request.setHeader("Content-Type", type);
          }
        });
  }

  private static String like(byte[] picture, int n) {
    return "{\"image\": \"%s\", \"by\": \"image\", \"n\": %s}"
        .formatted(Base64.getEncoder().encodeToString(picture), n);
  }

  private static String detail(Reply reply) {
    return reply.json().path("detail").textValue();
  }

  private byte[] drawn(int i) throws IOException {
    Path file = folder.resolve(i + ".png");
    RawShop.draw(file, i);
    return Files.readAllBytes(file);
  }

  @Test
  void aPictureOfTheCatalogueFindsItsItem() throws IOException {
    for (int i : new int[] {2, 20, 37}) {
      JsonNode answer = shop.post("/v1/similar", like(drawn(i), 3)).json();
      assertThat(answer.at("/source").textValue()).isEqualTo("similar");
      assertThat(answer.at("/items")).hasSize(3);
      assertThat(answer.at("/items/0/item").textValue()).isEqualTo("i" + i);
      assertThat(answer.at("/items/0/score").doubleValue()).isBetween(0.9999, 1.0001);
    }
  }

  /** Without a word, so that nothing but the picture can have scored it. */
  @Test
  void aNewItemIsScoredByItsPicture() throws IOException {
    byte[] picture = drawn(60);
    try (ServedShop fresh = ServedShop.start()) {
      String path = "/v1/items/box%2F60";
      assertThat(put(fresh, path + "/image", "image/png", picture).status()).isEqualTo(404);
      fresh.ask("PUT", path, "{\"properties\": {\"new\": true}}", request -> {});
      Reply sent = put(fresh, path + "/image", "image/png", picture);
      assertThat(sent.status()).as(sent.text()).isEqualTo(200);
      String address = sent.json().path("image").textValue();
      assertThat(address).startsWith(path + "/image?v=");
      assertThat(fresh.get(address).response().body()).isEqualTo(picture);
      while (!fresh.get(path).json().path("encoded").booleanValue()) {
        Thread.onSpinWait();
      }
      assertThat(fresh.post("/v1/similar", like(picture, 1)).json().at("/items/0/item").textValue())
          .isEqualTo("box/60");
      String question = "{\"history\": [\"i0\"], \"filter\": \"new\", \"n\": 1}";
      assertThat(fresh.post("/v1/recommend", question).json().at("/source").textValue())
          .isEqualTo("model");

      fresh.ask("PUT", path, "{\"title\": \"Box\"}", request -> {}); // replaces words, not pictures
      assertThat(fresh.get(path + "/image").type()).isEqualTo("image/png");
      assertThat(fresh.ask("DELETE", path + "/image", null, request -> {}).status()).isEqualTo(204);
      assertThat(fresh.get(path + "/image").status()).isEqualTo(404);
      assertThat(fresh.ask("DELETE", path + "/image", null, request -> {}).status()).isEqualTo(404);
      put(fresh, path + "/image", "", picture);
      fresh.ask("DELETE", path, null, request -> {});
      assertThat(fresh.shop().store().document("picture", "box/60")).isEmpty();
    }
  }

  @Test
  void whatIsNoPictureIsRefusedWithTheReason() throws IOException {
    String path = "/v1/items/i1/image";
    byte[] words = "hello".getBytes(StandardCharsets.UTF_8);
    for (Reply reply :
        List.of(put(shop, path, "", words), shop.post("/v1/similar", like(words, 1)))) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(detail(reply)).isEqualTo("image = 5 bytes cannot be read: is not a picture");
      assertThat(reply.json().path("field").textValue()).isEqualTo("image");
    }
    byte[] bomb = claims(60_000, 60_000);
    for (Reply reply :
        List.of(put(shop, path, "", bomb), shop.post("/v1/similar", like(bomb, 1)))) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(detail(reply))
          .endsWith(
              "claims 60000 x 60000 pixels; at most 50000000, and 65535 per side, are decoded");
    }
    assertThat(detail(put(shop, path, "", new byte[0]))).isEqualTo("the body is empty");
    assertThat(put(shop, path, "text/html", words).status()).isEqualTo(415);
    try (ServedShop small = ServedShop.start("most_bytes=1024")) {
      assertThat(put(small, path, "image/png", new byte[10_241]).status()).isEqualTo(413);
    }
    assertThat(shop.get(path).response().body()).isEqualTo(drawn(1)); // as before
  }

  /** {@return a PNG of a few bytes whose header claims so many pixels} */
  private static byte[] claims(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(0x89504e470d0a1a0aL);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(width);
    fields.writeInt(height);
    fields.write(new byte[] {8, 2, 0, 0, 0}); // eight bits of red, green, blue
    chunk(out, "IHDR", header.toByteArray());
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[100_000]);
    deflater.finish();
    byte[] packed = new byte[1000];
    int length = deflater.deflate(packed);
    deflater.end();
    chunk(out, "IDAT", Arrays.copyOf(packed, length));
    chunk(out, "IEND", new byte[0]);
    return bytes.toByteArray();
  }

  private static void chunk(DataOutputStream out, String name, byte[] content) throws IOException {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(type);
    sum.update(content);
    out.writeInt(content.length);
    out.write(type);
    out.write(content);
    out.writeInt((int) sum.getValue());
  }

  @Test
  void aRunThatKeepsNoEncoderSaysWhatToDo() throws IOException {
    Trained trained = ServedShop.trained();
    Path old = folder.resolve("old");
    copy(trained.run(), old);
    Path provenance = old.resolve("provenance.json");
    ObjectNode said = (ObjectNode) JsonObject.MAPPER.readTree(Files.readAllBytes(provenance));
    said.withObject("/checksums").remove("features/encoder-descriptor.safetensors");
    Files.write(provenance, JsonObject.MAPPER.writeValueAsBytes(said));
    String why =
        "the run keeps the picture vectors 'descriptor', not what makes them; encode the pictures"
            + " again, by a picture encoder, and train anew";

    try (ServedShop served = ServedShop.start()) {
      served.shop().load("old", old).join();
      served.shop().models().activate("old");
      Reply refused = served.post("/v1/similar", like(drawn(2), 1));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(detail(refused)).endsWith("bytes cannot be compared: " + why);

      served.ask("PUT", "/v1/items/new", "{\"title\": \"Red train\"}", request -> {});
      put(served, "/v1/items/new/image", "image/png", drawn(60));
      while (!served.get("/v1/items/new").json().path("encoded").booleanValue()) {
        Thread.onSpinWait();
      }
      String log = served.get("/v1/models").text();
      while (!log.contains("1 new items are without their pictures: " + why)) {
        log = served.get("/v1/models").text();
      }
      assertThat(log).contains("1 new items are scored by their content");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
