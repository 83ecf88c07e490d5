package dev.horae.encoder;

import dev.horae.tensor.Ops;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What stands between the two halves of a feed-forward net, by its name on the hub. */
public enum Activation {
  GELU,
  GELU_NEW,
  GELU_PYTORCH_TANH,
  QUICK_GELU,
  RELU;

  static Activation of(PretrainedConfig config) {
    String name = config.text("hidden_act");
    for (Activation one : values()) {
      if (one.toString().equals(name)) {
        return one;
      }
    }
    String known = Arrays.stream(values()).map(Object::toString).collect(Collectors.joining(", "));
    throw config.unimplemented("hidden_act", known);
  }

  /** {@return the activation of x, which may be overwritten} */
  Tensor apply(Tensor x) {
    return switch (this) {
      case GELU -> torch.gelu_(x);
      case GELU_NEW, GELU_PYTORCH_TANH -> torch.gelu_(x, "tanh");
      case QUICK_GELU -> x.mul_(torch.sigmoid(Ops.scale(x, 1.702)));
      case RELU -> x.relu_();
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
