package dev.horae.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;

/**
 * A module written in Java, or a plain group of modules under one name.
 *
 * <p>libtorch calls back into the Java object for as long as the parent lives, but does not keep it
 * from the garbage collector; so a layer holds what it registered.
 */
public class Layer extends Module {

  private final List<Object> held = new ArrayList<>();

  /** Registers a part under {@code name}, which becomes the first word of its parameters' names. */
  protected final <M extends Module> M add(String name, M part) {
    held.add(part);
    return register_module(name, part);
  }

  /** Registers a list of parts under {@code name}.0, {@code name}.1 and so on. */
  protected final <M extends Module> List<M> addAll(String name, List<M> parts) {
    Layer list = add(name, new Layer());
    for (int i = 0; i < parts.size(); i++) {
      list.add(Integer.toString(i), parts.get(i));
    }
    return List.copyOf(parts);
  }

  /**
   * Registers a parameter. What libtorch returns is a reference into the module's list, which moves
   * when the list grows; a copy of the handle stays valid.
   */
  protected final Tensor addParameter(String name, Tensor start, boolean learns) {
    return new Tensor(register_parameter(name, start, learns));
  }

  /** Registers values that move with the module but neither learn nor count as parameters. */
  protected final Tensor addBuffer(String name, Tensor values) {
    return new Tensor(register_buffer(name, values));
  }
}
