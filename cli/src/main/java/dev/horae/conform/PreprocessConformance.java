package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.encoder.ImagePreprocessor;
import dev.horae.picture.Resampling;
import dev.horae.picture.RgbImage;
import dev.horae.tensor.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds {@link ImagePreprocessor} against pictures prepared by torchvision and Pillow: for each
 * {@code in.image*} [H, W, 3] the fixture has the result of Resize, CenterCrop, ToTensor and
 * Normalize(0.5, 0.5), and for some the resized picture.
 */
public final class PreprocessConformance {

  /** The sidecar's {@code model}. */
  public static final String MODEL = "image-preprocess";

  /** Grey levels by which a correct resampler may differ; ours should not differ at all. */
  private static final double LEVEL = 1;

  /** Rounding of the last steps in float, beside one level of [-1, 1]. */
  private static final double TENSOR = 2 / 255.0 + 1e-6;

  private PreprocessConformance() {}

  public static List<ComparedTensor> check(Path file) {
    RecordedTensors tensors = RecordedTensors.read(file);
    List<ComparedTensor> results = new ArrayList<>();
    tensors
        .entries()
        .forEach(
            (name, in) -> {
              if (name.startsWith("in.image")) {
                check(tensors, name.substring("in.image".length()), picture(in), results);
              }
            });
    return results;
  }

  private static void check(
      RecordedTensors tensors, String id, RgbImage image, List<ComparedTensor> results) {
    Safetensors.Entry sub = tensors.entries().get("out.tensor" + id + "_sub");
    if (sub != null) {
      float[] ours = preprocessor(256, 224).apply(image);
      float[] every14th = new float[3 * 16 * 16];
      for (int i = 0; i < every14th.length; i++) {
        int row = i / 256 * 224 + i / 16 % 16 * 14;
        every14th[i] = ours[row * 224 + i % 16 * 14];
      }
      results.add(ComparedTensor.of("out.tensor" + id + "_sub", sub.floats(), every14th, TENSOR));
      return;
    }
    Safetensors.Entry resized = tensors.get("out.resized" + id);
    int height = (int) resized.shape()[0];
    int width = (int) resized.shape()[1];
    RgbImage ours = Resampling.BILINEAR.resize(image, width, height);
    float[] levels = new float[ours.values().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = ours.values()[i] & 255;
    }
    results.add(ComparedTensor.of("out.resized" + id, values(resized), levels, LEVEL));
    Safetensors.Entry tensor = tensors.get("out.tensor" + id);
    ImagePreprocessor preprocessor = preprocessor(Math.min(height, width), (int) tensor.shape()[1]);
    results.add(
        ComparedTensor.of("out.tensor" + id, tensor.floats(), preprocessor.apply(image), TENSOR));
  }

  private static ImagePreprocessor preprocessor(int shortestEdge, int crop) {
    JsonNode json =
        Json.MAPPER
            .createObjectNode()
            .put("image_processor_type", "ViTImageProcessor")
            .put("default_to_square", false)
            .put("size", shortestEdge)
            .put("do_center_crop", true)
            .put("crop_size", crop);
    return ImagePreprocessor.of(Path.of(ImagePreprocessor.FILE), json);
  }

  private static RgbImage picture(Safetensors.Entry entry) {
    float[] values = values(entry);
    byte[] levels = new byte[values.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (int) values[i];
    }
    return new RgbImage((int) entry.shape()[1], (int) entry.shape()[0], levels);
  }

  private static float[] values(Safetensors.Entry entry) {
    if (entry.dtype().equals("F32")) {
      return entry.floats();
    }
    long[] whole = entry.longs();
    float[] values = new float[whole.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = whole[i];
    }
    return values;
  }
}
