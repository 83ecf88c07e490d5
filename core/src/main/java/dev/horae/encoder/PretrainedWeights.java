package dev.horae.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The tensors of a pre-trained model by name, out of one safetensors file or several. A model takes
 * each that it needs, saying its shape; {@link #requireAllTaken} then refuses what is left over, so
 * that nothing is silently half loaded. Holds what was taken until {@link #close}.
 */
public final class PretrainedWeights implements AutoCloseable {

  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private record Stored(Path file, String name, Safetensors.Entry entry) {}

  private final String files;
  private final Map<String, Stored> stored = new LinkedHashMap<>();
  private final Set<String> taken = new TreeSet<>();
  private final List<Tensor> held = new ArrayList<>();
  private final ScalarType type;

  private PretrainedWeights(String files, ScalarType type) {
    Scope.requireNone("A pre-trained encoder");
    this.files = files;
    this.type = type;
  }

  /** {@return the weight files of the directory, the index of a sharded model first} */
  static List<Path> files(Path directory) {
    Path index = directory.resolve(INDEX);
    Path single = directory.resolve(SINGLE);
    if (Files.exists(single)) {
      return List.of(single);
    }
    if (!Files.exists(index)) {
      throw new DataException(
          directory
              + ": has neither "
              + SINGLE
              + " nor "
              + INDEX
              + "; save the model's weights as safetensors");
    }
    Set<String> shards = new TreeSet<>();
    Json.read(index, JsonNode.class)
        .path("weight_map")
        .properties()
        .forEach(entry -> shards.add(entry.getValue().asText()));
    List<Path> files = new ArrayList<>(List.of(index));
    for (String shard : shards) {
      if (!Files.exists(directory.resolve(shard))) {
        throw new DataException(
            index + ": names '" + shard + "', which is not there; download the model again");
      }
      files.add(directory.resolve(shard));
    }
    return files;
  }

  /**
   * @param prefix what the names may begin with, such as {@code bert.}; taken off
   * @param type of the tensors that are handed out: float32 or bfloat16
   */
  static PretrainedWeights read(Path directory, String prefix, ScalarType type) {
    List<Path> files = files(directory);
    PretrainedWeights weights = new PretrainedWeights(files.get(0).toString(), type);
    for (Path file : files.subList(files.size() == 1 ? 0 : 1, files.size())) {
      weights.add(file, Safetensors.read(file), prefix);
    }
    return weights;
  }

  /** {@return the float32 weights of one file} */
  public static PretrainedWeights of(Path file, Safetensors tensors) {
    PretrainedWeights weights = new PretrainedWeights(file.toString(), ScalarType.Float);
    weights.add(file, tensors, "");
    return weights;
  }

  private void add(Path file, Safetensors tensors, String prefix) {
    tensors
        .entries()
        .forEach(
            (name, entry) -> {
              String plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
              // The names of LayerNorm's parameters in BERT's first years.
              plain = plain.replace("LayerNorm.gamma", "LayerNorm.weight");
              plain = plain.replace("LayerNorm.beta", "LayerNorm.bias");
              stored.put(plain, new Stored(file, name, entry));
            });
  }

  /** {@return a copy of the tensor; throws when it is missing or has another shape} */
  Tensor take(String name, long... shape) {
    return take(List.of(name), shape);
  }

  /**
   * {@return copies of the tensors, which have the same shape, behind one another along the first
   * axis}
   */
  Tensor take(List<String> names, long... shape) {
    long[] whole = shape.clone();
    whole[0] *= names.size();
    try (Scope scope = Scope.inference()) {
      Tensor values = torch.empty(whole, new TensorOptions(type), new MemoryFormatOptional());
      for (int i = 0; i < names.size(); i++) {
        Stored one = find(names.get(i), shape);
        Tensor raw =
            torch.from_blob(
                new BytePointer(one.entry().bytes()), shape, new TensorOptions(type(one)));
        values.narrow(0, i * shape[0], shape[0]).copy_(raw);
        taken.add(names.get(i));
      }
      held.add(scope.keep(values));
      return values;
    }
  }

  private Stored find(String name, long[] shape) {
    Stored found = stored.get(name);
    if (found == null) {
      throw new CheckpointException(
          files
              + ": lacks the tensor '"
              + name
              + "' "
              + Arrays.toString(shape)
              + " that config.json calls for");
    }
    if (!Arrays.equals(found.entry().shape(), shape)) {
      throw new CheckpointException(
          found.file()
              + ": tensor '"
              + found.name()
              + "' has shape "
              + Arrays.toString(found.entry().shape())
              + " where config.json calls for "
              + Arrays.toString(shape));
    }
    return found;
  }

  private static ScalarType type(Stored stored) {
    return switch (stored.entry().dtype()) {
      case "F32" -> ScalarType.Float;
      case "F16" -> ScalarType.Half;
      case "BF16" -> ScalarType.BFloat16;
      default ->
          throw new CheckpointException(
              stored.file()
                  + ": tensor '"
                  + stored.name()
                  + "' is "
                  + stored.entry().dtype()
                  + "; save it as F32, F16 or BF16");
    };
  }

  /**
   * Throws when a tensor was not taken.
   *
   * @param idle pattern of the names of parts that are no part of the encoder, such as heads
   */
  void requireAllTaken(String idle) {
    stored.forEach(
        (name, one) -> {
          if (!taken.contains(name) && !name.matches(idle)) {
            throw new CheckpointException(
                one.file()
                    + ": tensor '"
                    + one.name()
                    + "' "
                    + Arrays.toString(one.entry().shape())
                    + " has no place in the model that config.json describes");
          }
        });
  }

  @Override
  public void close() {
    held.forEach(Tensor::close);
    held.clear();
  }
}
