package dev.horae.tensor;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A module's parameters by name, as safetensors. The names are those under which the official
 * PyTorch code saves its {@code state_dict}, so weights trained there load unchanged. Frozen
 * feature tables are buffers, not parameters: they belong to the data set and are not saved.
 */
public final class Checkpoint {

  private Checkpoint() {}

  /** {@return the parameters by name, in registration order} */
  public static Map<String, Tensor> parameters(Module module) {
    StringTensorDict dict = module.named_parameters();
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (long i = 0; i < dict.size(); i++) {
      parameters.put(
          dict.get(i).key().getString(), new Tensor(dict.get(i).value())); // not a view of dict
    }
    return parameters;
  }

  /** {@return how many values training changes} */
  public static long trainedValues(Module module) {
    return parameters(module).values().stream()
        .filter(Tensor::requires_grad)
        .mapToLong(Tensor::numel)
        .sum();
  }

  /** {@return the parameters, ready to be written; see {@link #entry}} */
  public static Safetensors save(Module module, Map<String, String> metadata) {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    parameters(module).forEach((name, value) -> entries.put(name, entry(value)));
    return new Safetensors(metadata, entries);
  }

  /**
   * {@return the values of a float32 tensor, ready to be written} In main memory that is a view,
   * not a copy: write it before the tensor changes or goes.
   */
  public static Safetensors.Entry entry(Tensor x) {
    long[] shape = x.sizes().vec().get();
    return isPlain(x)
        ? new Safetensors.Entry("F32", shape, Ops.memory(x), 0)
        : Safetensors.Entry.of(Ops.floats(x), shape);
  }

  /** Copies stored float32 values into a tensor of as many. */
  public static void copy(Safetensors.Entry from, Tensor to) {
    if (isPlain(to)) {
      Iterator<ByteBuffer> target = Ops.memory(to).iterator();
      from.blocks().stream()
          .map(block -> block.duplicate().rewind())
          .filter(ByteBuffer::hasRemaining)
          .forEach(block -> target.next().put(block));
    } else {
      to.detach().copy_(Ops.float32(from.floats(), to.sizes().vec().get()));
    }
  }

  private static boolean isPlain(Tensor x) {
    return x.is_cpu() && x.is_contiguous() && x.scalar_type().intern() == ScalarType.Float;
  }

  /**
   * Copies weights, which must be finite, into the module. Entries that the module does not have
   * are ignored: official files carry frozen tables and dead parameters.
   *
   * @param source named in errors
   */
  public static void load(Module module, Safetensors weights, Path source) {
    Map<String, Tensor> parameters = parameters(module);
    TreeSet<String> missing = new TreeSet<>(parameters.keySet());
    missing.removeAll(weights.entries().keySet());
    if (!missing.isEmpty()) {
      throw new CheckpointException(
          source
              + ": lacks the parameters "
              + missing
              + " of this model; was it made with other settings?");
    }
    parameters.forEach(
        (name, value) -> {
          Safetensors.Entry entry = requireNonNull(weights.entries().get(name)); // none is missing
          long[] shape = value.sizes().vec().get();
          if (!Arrays.equals(shape, entry.shape())) {
            throw new CheckpointException(
                source
                    + ": '"
                    + name
                    + "' has shape "
                    + Arrays.toString(entry.shape())
                    + " but this model needs "
                    + Arrays.toString(shape)
                    + "; it was made for another catalogue or other settings");
          }
          if (!entry.dtype().equals("F32")) {
            throw new CheckpointException(
                source + ": '" + name + "' is " + entry.dtype() + "; save it as F32");
          }
          requireFinite(entry, name, source);
          copy(entry, value);
        });
  }

  private static void requireFinite(Safetensors.Entry entry, String name, Path source) {
    for (ByteBuffer block : entry.blocks()) {
      FloatBuffer values =
          block.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind().asFloatBuffer();
      while (values.hasRemaining()) {
        float value = values.get();
        if (!Float.isFinite(value)) {
          throw new CheckpointException(
              source
                  + ": '"
                  + name
                  + "' has the value "
                  + value
                  + "; its training has diverged, or the file is damaged: put back a good one, or"
                  + " train anew with a lower train.learning_rate");
        }
      }
    }
  }
}
