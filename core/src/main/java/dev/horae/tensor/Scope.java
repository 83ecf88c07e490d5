package dev.horae.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of code whose native tensors are freed together when it ends.
 *
 * <p>Belongs to the thread that opened it; scopes nest. A forward pass never opens one: the loops
 * do (training step, evaluation batch, request). A model does for work of its own outside of it,
 * such as clustering between two epochs.
 */
public final class Scope implements AutoCloseable {

  private final @Nullable PointerScope outer; // null when this is the outermost scope
  private final @Nullable NoGradGuard noGrad; // null while training
  private final PointerScope inner;

  private Scope(boolean gradients) {
    outer = PointerScope.getInnerScope();
    noGrad = gradients ? null : new NoGradGuard();
    inner = new PointerScope();
  }

  /** Opens a scope in which operations are recorded for {@code backward()}. */
  public static Scope training() {
    return new Scope(true);
  }

  /** Opens a scope in which nothing is recorded. */
  public static Scope inference() {
    return new Scope(false);
  }

  /**
   * Moves {@code tensor} to the enclosing scope, so that it outlives this one. Without an enclosing
   * one it is the caller's to close.
   */
  public <T extends Pointer> T keep(T tensor) {
    if (outer == null) {
      tensor.retainReference(); // else detaching would free it
    } else {
      outer.attach(tensor);
    }
    inner.detach(tensor);
    return tensor;
  }

  /** Throws if a scope is open here: parameters made inside one would be freed with it. */
  public static void requireNone(String what) {
    if (PointerScope.getInnerScope() != null) {
      throw new IllegalStateException(
          what
              + " must be created before the first Scope is opened, or the scope frees its"
              + " parameters");
    }
  }

  @Override
  public void close() {
    inner.close();
    if (noGrad != null) {
      noGrad.close();
    }
  }
}
