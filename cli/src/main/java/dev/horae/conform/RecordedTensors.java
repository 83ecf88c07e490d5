package dev.horae.conform;

import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.nio.file.Path;
import java.util.Map;

/** The tensors of a fixture's file. */
record RecordedTensors(Path file, Map<String, Safetensors.Entry> entries) {

  static RecordedTensors read(Path file) {
    return new RecordedTensors(file, Safetensors.read(file).entries());
  }

  /**
   * {@return the tensor of that name}
   *
   * @throws CheckpointException when there is none
   */
  Safetensors.Entry get(String name) {
    Safetensors.Entry entry = entries.get(name);
    if (entry == null) {
      throw new CheckpointException(
          file
              + ": has no tensor '"
              + name
              + "', which a fixture of this kind has; write it again");
    }
    return entry;
  }
}
