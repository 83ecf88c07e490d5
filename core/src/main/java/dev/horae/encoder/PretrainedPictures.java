package dev.horae.encoder;

import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A picture encoder of the user's choice: a vision transformer in a directory as the hub has it. A
 * picture's vector is the last state of [CLS] after the final norm (HM4SR, Eq. 3); CLIP's is not
 * projected into the space that it shares with texts. One picture at a time: its patches fill a
 * matrix product, and its vector cannot depend on neighbours. Safe for use by many threads at once.
 *
 * <p>With {@code allStates} a vector holds the state of [CLS] that enters the first layer and that
 * after each layer, before the final norm.
 */
public final class PretrainedPictures implements AutoCloseable {

  private final String name;
  private final String id;
  private final Path directory;
  private final Vit.Config config;
  private final ImagePreprocessor preprocessor;
  private final ScalarType type;
  private final boolean allStates;
  private @Nullable Vit model; // null until there is something to encode

  public PretrainedPictures(Path directory, boolean bfloat16, boolean allStates) {
    this.directory = directory;
    this.allStates = allStates;
    name = PretrainedFiles.name(directory, allStates);
    config = Vit.Config.of(PretrainedFiles.config(directory));
    preprocessor = ImagePreprocessor.read(directory);
    config.requireSize(preprocessor.width(), preprocessor.height());
    type = bfloat16 ? ScalarType.BFloat16 : ScalarType.Float;
    List<Path> files = new ArrayList<>(List.of(directory.resolve(ImagePreprocessor.FILE)));
    files.addAll(PretrainedWeights.files(directory));
    id = PretrainedFiles.id(directory, name, files, type.name());
  }

  public String name() {
    return name;
  }

  /** {@return what distinguishes its vectors from all others', in the cache} */
  public String id() {
    return id;
  }

  /** {@return where it lies} */
  public Path directory() {
    return directory;
  }

  /** {@return whether it computes in 16 bits} */
  public boolean isBfloat16() {
    return type == ScalarType.BFloat16;
  }

  /** {@return whether a vector holds the states of all layers} */
  public boolean isOfAllStates() {
    return allStates;
  }

  /** {@return values per picture, F: those of all states together} */
  public int width() {
    return states() * config.width();
  }

  /** {@return how many states a vector holds, one behind the other} */
  public int states() {
    return allStates ? config.layers() + 1 : 1;
  }

  /** {@return the encoder, read on first use} */
  public synchronized Vit model() {
    if (model == null) {
      model = new Vit(config, PretrainedWeights.read(directory, config.prefix(), type));
    }
    return model;
  }

  /** {@return the vector of a picture file's content, [F]} */
  public float[] encode(byte[] picture) throws UnreadablePictureException {
    float[] pixels = preprocessor.apply(Pictures.decode(picture));
    Vit vit = model();
    try (Scope scope = Scope.inference()) {
      Tensor batch = Ops.float32(pixels, 1, 3, preprocessor.height(), preprocessor.width());
      List<Tensor> states = vit.states(batch);
      return Ops.floats(allStates ? vit.classStates(states, 1) : vit.vectors(states, 1));
    }
  }

  @Override
  public synchronized void close() {
    if (model != null) {
      model.close();
    }
  }
}
