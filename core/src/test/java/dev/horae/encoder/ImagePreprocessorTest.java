package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.picture.Resampling;
import dev.horae.picture.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against Pillow and transformers; {@code pictures/preprocess.py} made the numbers. */
class ImagePreprocessorTest {

  @TempDir Path directory;

  private static JsonNode numbers() throws IOException {
    try (InputStream in =
        ImagePreprocessorTest.class.getResourceAsStream("/pictures/preprocess.json")) {
      return Json.MAPPER.readTree(in);
    }
  }

  /** The same picture as {@code drawn} of {@code preprocess.py}. */
  private static RgbImage drawn(JsonNode size) {
    int width = size.get(0).asInt();
    int height = size.get(1).asInt();
    byte[] values = new byte[3 * width * height];
    for (int i = 0; i < values.length; i++) {
      int c = i % 3;
      int x = i / 3 % width;
      int y = i / 3 / width;
      values[i] = (byte) (x * 7 + y * 13 + c * 29 + x * y % 31 * 5);
    }
    return new RgbImage(width, height, values);
  }

  @Test
  void resizesToTheBitLikePillow() throws IOException {
    int compared = 0;
    for (JsonNode wanted : numbers().get("resizes")) {
      Resampling resampling =
          wanted.get("resample").asInt() == 2 ? Resampling.BILINEAR : Resampling.BICUBIC;
      JsonNode to = wanted.get("to");
      RgbImage ours =
          resampling.resize(drawn(wanted.get("from")), to.get(0).asInt(), to.get(1).asInt());
      CRC32 crc = new CRC32();
      crc.update(ours.values());
      assertThat(crc.getValue()).as(wanted.toString()).isEqualTo(wanted.get("crc32").asLong());
      compared++;
    }
    assertThat(compared).isEqualTo(16);
  }

  @Test
  void preparesLikeTheProcessorsOfEveryKind() throws IOException {
    int compared = 0;
    for (JsonNode wanted : numbers().get("cases")) {
      ImagePreprocessor preprocessor = ImagePreprocessor.of(directory, wanted.get("config"));
      float[] ours = preprocessor.apply(drawn(wanted.get("from")));
      assertThat(new int[] {3, preprocessor.height(), preprocessor.width()})
          .isEqualTo(Json.MAPPER.convertValue(wanted.get("shape"), int[].class));
      JsonNode every = wanted.get("every_997th");
      assertThat(every).hasSize((ours.length + 996) / 997);
      for (int i = 0; i < every.size(); i++) {
        double value = every.get(i).asDouble();
        assertThat((double) ours[997 * i])
            .as("value %d of %s", 997 * i, wanted.get("config"))
            .isCloseTo(value, within(2e-6 * Math.max(1, Math.abs(value))));
      }
      compared++;
    }
    assertThat(compared).isEqualTo(27);
  }

  /** 200 x 7,000,000 pixels, were all of it computed. */
  @Test
  void aLongThinPictureCostsNoMoreThanItsCrop() throws IOException {
    String config = "{\"image_processor_type\": \"CLIPImageProcessor\", \"size\": 200}";
    ImagePreprocessor preprocessor = ImagePreprocessor.of(directory, Json.MAPPER.readTree(config));
    RgbImage thread = drawn(Json.MAPPER.readTree("[1, 35000]"));
    assertThat(preprocessor.apply(thread)).hasSize(3 * 224 * 224);
  }

  @Test
  void theModelNamesTheKindWhereTheFileDoesNot() throws IOException {
    Files.writeString(directory.resolve("preprocessor_config.json"), "{\"size\": 100}");
    Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"clip\"}");
    assertThat(ImagePreprocessor.read(directory).height()).isEqualTo(224);
    Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"vit\"}");
    assertThat(ImagePreprocessor.read(directory).height()).isEqualTo(100);
    Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"swin\"}");
    assertThatThrownBy(() -> ImagePreprocessor.read(directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("config.json")
                + ": model_type = \"swin\" has no picture preparation here; add"
                + " image_processor_type to preprocessor_config.json");
    Files.delete(directory.resolve("preprocessor_config.json"));
    assertThatThrownBy(() -> ImagePreprocessor.read(directory))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("preprocessor_config.json")
                + ": is missing; a picture encoder's directory says there how pictures are"
                + " prepared");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"resample\": 1 | resample = 1 is not implemented; 2 (bilinear) and 3 (bicubic) are",
        "\"do_pad\": true | do_pad = true is not implemented; leave it out if the model does"
            + " without",
        "\"do_resize\": false | do_resize = false is not implemented; a model needs pictures of"
            + " one size",
        "\"do_resize\": 1 | do_resize = 1 is not implemented; it must be true or false",
        "\"size\": {\"longest_edge\": 9} | size = {\"longest_edge\":9} is not implemented; a number"
            + " of pixels up to 4096, {height, width} or {shortest_edge} is",
        "\"size\": {\"shortest_edge\": 9} | size = {\"shortest_edge\":9} is not implemented;"
            + " without do_center_crop pictures would come in different sizes",
        "\"size\": 2.5 | size = 2.5 is not implemented; a number of pixels up to 4096, {height,"
            + " width} or {shortest_edge} is",
        "\"do_center_crop\": true, \"crop_size\": [9] | crop_size = [9] is not implemented; a"
            + " number of pixels up to 4096 or {height, width} is",
        "\"image_mean\": [1, 2] | image_mean = [1,2] is not implemented; it must be a number or"
            + " three, for red, green and blue",
        "\"image_std\": 0 | image_std = 0 is not implemented; each must be more than 0",
        "\"rescale_factor\": \"x\" | rescale_factor = \"x\" is not implemented; it must be a"
            + " number",
        "\"image_processor_type\": \"SwinImageProcessor\" | image_processor_type ="
            + " \"SwinImageProcessor\" is not implemented; those of ViT, DeiT, CLIP and Bit"
            + " (DINOv2) are",
      })
  void whatIsNotImplementedIsNamed(String key, String message) throws IOException {
    String type = key.contains("_type") ? "" : ", \"image_processor_type\": \"ViTImageProcessor\"";
    JsonNode json = Json.MAPPER.readTree("{" + key + type + "}");
    assertThatThrownBy(() -> ImagePreprocessor.of(Path.of("p.json"), json))
        .isInstanceOf(DataException.class)
        .hasMessage("p.json: " + message);
  }
}
