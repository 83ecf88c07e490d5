package dev.horae.nn;

import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How parameters start. */
public final class Initialisation {

  /** As in {@code trm_model.encoder.norm.weight} and {@code layers.0.norm2.bias}. */
  private static final String NORM = ".*\\bnorm\\d?\\.\\w+";

  private Initialisation() {}

  /**
   * RecBole's rule, applied to all parameters that {@code module} has so far: weights of linear
   * maps and lookup tables from N(0, 0.02²), biases 0, layer norms 1 and 0. Row 0 of a table
   * (padding) is drawn like the rest, as in the official codes.
   */
  public static void normal02(Module module) {
    StringTensorDict parameters = module.named_parameters();
    for (long i = 0; i < parameters.size(); i++) {
      Tensor value = parameters.get(i).value().detach();
      String name = parameters.get(i).key().getString();
      if (name.contains("LayerNorm.") || name.contains("_ln.") || name.matches(NORM)) {
        continue; // libtorch starts them at 1 and 0
      }
      if (name.endsWith("bias")) {
        value.zero_();
      } else if (parameters.get(i).value().requires_grad()) {
        torch.normal_(value, 0, 0.02);
      }
    }
  }
}
