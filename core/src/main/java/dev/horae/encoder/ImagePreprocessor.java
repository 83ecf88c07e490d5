package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.picture.Resampling;
import dev.horae.picture.RgbImage;
import java.awt.Rectangle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a vision model wants done to a picture before it looks: the {@code preprocessor_config.json}
 * of a Hugging Face style directory, for the image processors of ViT, DeiT, CLIP and DINOv2 (Bit).
 * The steps are theirs, in their order: resize, crop the centre, rescale, normalise. On the same
 * decoded picture the result equals that of Pillow and the reference implementation in Python;
 * where a key is absent, that implementation's default for the kind of processor holds.
 *
 * <p>What is not implemented is a {@link DataException} that names the file, the key and the value.
 */
public final class ImagePreprocessor {

  public static final String FILE = "preprocessor_config.json";

  /** Keys that say nothing about the numbers. */
  private static final Set<String> SILENT =
      Set.of(
          "image_processor_type",
          "feature_extractor_type",
          "processor_class",
          "auto_map",
          "_valid_processor_keys",
          "do_convert_rgb", // pictures are RGB when they come here
          "input_data_format",
          "data_format",
          "device",
          "return_tensors",
          "disable_grouping");

  private static final Set<String> KNOWN =
      Set.of(
          "do_resize",
          "size",
          "default_to_square",
          "resample",
          "do_center_crop",
          "crop_size",
          "do_rescale",
          "rescale_factor",
          "do_normalize",
          "image_mean",
          "image_std");

  /** Larger pictures than any encoder takes. */
  private static final int MAX_SIDE = 4096;

  private static final double[] HALF = {0.5, 0.5, 0.5};
  private static final double[] CLIP_MEAN = {0.48145466, 0.4578275, 0.40821073};
  private static final double[] CLIP_STD = {0.26862954, 0.26130258, 0.27577711};

  /** The defaults of each kind of processor. */
  private enum Kind {
    VIT(true, 224, Resampling.BILINEAR, false, HALF, HALF),
    DEIT(true, 256, Resampling.BICUBIC, true, HALF, HALF),
    CLIP(false, 224, Resampling.BICUBIC, true, CLIP_MEAN, CLIP_STD),
    BIT(false, 224, Resampling.BICUBIC, true, CLIP_MEAN, CLIP_STD);

    final boolean square;
    final int size;
    final Resampling resampling;
    final boolean crop;
    final double[] mean;
    final double[] deviation;

    Kind(
        boolean square,
        int size,
        Resampling resampling,
        boolean crop,
        double[] mean,
        double[] deviation) {
      this.square = square;
      this.size = size;
      this.resampling = resampling;
      this.crop = crop;
      this.mean = mean;
      this.deviation = deviation;
    }
  }

  private final boolean shortestEdge; // size is that of the shortest edge
  private final int[] size; // height, width
  private final int @Nullable [] crop; // height, width; null when there is no crop
  private final Resampling resampling;
  private final float[][] levels; // [3, 256]: each level of each channel, rescaled and normalised

  private ImagePreprocessor(
      boolean shortestEdge,
      int[] size,
      int @Nullable [] crop,
      Resampling resampling,
      float[][] levels) {
    this.shortestEdge = shortestEdge;
    this.size = size;
    this.crop = crop;
    this.resampling = resampling;
    this.levels = levels;
  }

  /**
   * Reads {@value #FILE} of a model's directory; when it does not name its kind of processor, the
   * {@code model_type} of {@code config.json} does.
   */
  static ImagePreprocessor read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      throw new DataException(
          file
              + ": is missing; a picture encoder's directory says there how pictures are prepared");
    }
    return of(file, Json.read(file, JsonNode.class));
  }

  /**
   * @param file where {@code json} comes from
   */
  public static ImagePreprocessor of(Path file, JsonNode json) {
    return new Reader(file, json).read();
  }

  /** {@return H} */
  int height() {
    return crop == null ? size[0] : crop[0];
  }

  /** {@return W} */
  int width() {
    return crop == null ? size[1] : crop[1];
  }

  /** {@return [3, H, W], row-major} */
  public float[] apply(RgbImage image) {
    int[] resized = resized(image);
    int height = height();
    int width = width();
    int top = Math.floorDiv(resized[0] - height, 2);
    int left = Math.floorDiv(resized[1] - width, 2);
    Rectangle window =
        new Rectangle(left, top, width, height).intersection(new Rectangle(resized[1], resized[0]));
    RgbImage seen = resampling.resize(image, resized[1], resized[0], window);
    float[] out = new float[3 * height * width];
    for (int c = 0; c < 3; c++) {
      // Where the crop is larger than the picture, the rest is black, as in the reference.
      Arrays.fill(out, c * height * width, (c + 1) * height * width, levels[c][0]);
      for (int y = 0; y < seen.height(); y++) {
        int to = (c * height + window.y - top + y) * width + window.x - left;
        int from = 3 * y * seen.width() + c;
        for (int x = 0; x < seen.width(); x++) {
          out[to + x] = levels[c][seen.values()[from + 3 * x] & 255];
        }
      }
    }
    return out;
  }

  /** {@return height and width; the longer edge is cut to whole pixels, not rounded, as there} */
  private int[] resized(RgbImage image) {
    if (!shortestEdge) {
      return size;
    }
    int shorter = Math.min(image.width(), image.height());
    int longer = (int) ((double) size[0] * Math.max(image.width(), image.height()) / shorter);
    return image.height() <= image.width()
        ? new int[] {size[0], longer}
        : new int[] {longer, size[0]};
  }

  /** Turns the file's keys into a preprocessor, or says which of them cannot be. */
  private record Reader(Path file, JsonNode json) {

    ImagePreprocessor read() {
      refuseUnknown();
      Kind kind = kind();
      if (!flag("do_resize", true)) {
        throw refused("do_resize", "a model needs pictures of one size");
      }
      JsonNode given = value("size");
      boolean square = flag("default_to_square", kind.square);
      boolean shortest = given.isNull() || given.isNumber() ? !square : given.has("shortest_edge");
      int[] size = size("size", given, kind.size);
      boolean cropped = flag("do_center_crop", kind.crop);
      if (shortest && !cropped) {
        throw refused("size", "without do_center_crop pictures would come in different sizes");
      }
      return new ImagePreprocessor(
          shortest,
          size,
          cropped ? size("crop_size", value("crop_size"), 224) : null,
          resampling(kind.resampling),
          levels(kind));
    }

    private void refuseUnknown() {
      for (Map.Entry<String, JsonNode> key : json.properties()) {
        boolean off = key.getValue().isNull() || key.getValue().equals(BooleanNode.FALSE);
        if (!off && !SILENT.contains(key.getKey()) && !KNOWN.contains(key.getKey())) {
          throw refused(key.getKey(), "leave it out if the model does without");
        }
      }
    }

    private Kind kind() {
      for (String key : List.of("image_processor_type", "feature_extractor_type")) {
        if (value(key).isTextual()) {
          String name =
              value(key).asText().replaceFirst("(ImageProcessor(Fast|Pil)?|FeatureExtractor)$", "");
          for (Kind kind : Kind.values()) {
            if (kind.name().equals(name.toUpperCase(Locale.ROOT))) {
              return kind;
            }
          }
          throw refused(key, "those of ViT, DeiT, CLIP and Bit (DINOv2) are");
        }
      }
      return ofModel(file.resolveSibling("config.json"));
    }

    private static Kind ofModel(Path config) {
      JsonNode type = Json.read(config, JsonNode.class).path("model_type");
      return switch (type.asText()) {
        case "vit" -> Kind.VIT;
        case "deit" -> Kind.DEIT;
        case "clip", "clip_vision_model" -> Kind.CLIP;
        case "dinov2" -> Kind.BIT;
        default ->
            throw new DataException(
                config
                    + ": model_type = "
                    + type
                    + " has no picture preparation here; add image_processor_type to "
                    + FILE);
      };
    }

    private boolean flag(String key, boolean absent) {
      JsonNode value = value(key);
      if (!value.isNull() && !value.isBoolean()) {
        throw refused(key, "it must be true or false");
      }
      return value.isNull() ? absent : value.asBoolean();
    }

    /** {@return height and width; of a shortest edge, that edge twice} */
    private int[] size(String key, JsonNode given, int absent) {
      if (given.isNull()) {
        return new int[] {absent, absent};
      }
      int[] size =
          given.isNumber()
              ? new int[] {pixels(given), pixels(given)}
              : given.size() == 1 && given.has("shortest_edge") && !key.equals("crop_size")
                  ? new int[] {
                    pixels(given.get("shortest_edge")), pixels(given.get("shortest_edge"))
                  }
                  : given.size() == 2
                      ? new int[] {pixels(given.path("height")), pixels(given.path("width"))}
                      : new int[] {0, 0};
      if (size[0] == 0 || size[1] == 0) {
        throw refused(
            key,
            "a number of pixels up to "
                + MAX_SIDE
                + (key.equals("size")
                    ? ", {height, width} or {shortest_edge}"
                    : " or {height, width}")
                + " is");
      }
      return size;
    }

    /** {@return 0 when the node is no number of pixels} */
    private static int pixels(JsonNode node) {
      boolean whole = node.isNumber() && node.asDouble() == node.asInt();
      return whole && node.asInt() >= 1 && node.asInt() <= MAX_SIDE ? node.asInt() : 0;
    }

    private Resampling resampling(Resampling absent) {
      JsonNode given = value("resample");
      if (given.isNull()) {
        return absent;
      }
      return switch (given.asText()) {
        case "2" -> Resampling.BILINEAR;
        case "3" -> Resampling.BICUBIC;
        default -> throw refused("resample", "2 (bilinear) and 3 (bicubic) are");
      };
    }

    /** In the reference's types: the product in double, the rest in float. */
    private float[][] levels(Kind kind) {
      JsonNode factor = value("rescale_factor");
      if (!factor.isNull() && !factor.isNumber()) {
        throw refused("rescale_factor", "it must be a number");
      }
      double scale =
          flag("do_rescale", true) ? (factor.isNull() ? 1 / 255.0 : factor.asDouble()) : 1;
      boolean normalise = flag("do_normalize", true);
      double[] mean = channels("image_mean", kind.mean);
      double[] deviation = channels("image_std", kind.deviation);
      float[][] levels = new float[3][256];
      for (int c = 0; c < 3; c++) {
        if (!(deviation[c] > 0)) {
          throw refused("image_std", "each must be more than 0");
        }
        for (int i = 0; i < 256; i++) {
          float value = (float) (i * scale);
          levels[c][i] = normalise ? (value - (float) mean[c]) / (float) deviation[c] : value;
        }
      }
      return levels;
    }

    private double[] channels(String key, double[] absent) {
      JsonNode given = value(key);
      if (given.isNull()) {
        return absent;
      }
      double[] values = new double[3];
      for (int c = 0; c < 3; c++) {
        JsonNode one = given.isNumber() ? given : given.path(c);
        if (!one.isNumber() || (given.isArray() && given.size() != 3)) {
          throw refused(key, "it must be a number or three, for red, green and blue");
        }
        values[c] = one.asDouble();
      }
      return values;
    }

    private JsonNode value(String key) {
      return json.hasNonNull(key) ? json.get(key) : NullNode.getInstance();
    }

    private DataException refused(String key, String hint) {
      return new DataException(
          file + ": " + key + " = " + json.get(key) + " is not implemented; " + hint);
    }
  }
}
