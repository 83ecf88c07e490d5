package dev.horae.service;

import dev.horae.store.Store;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever answers a request in a thread how long its parts took: waiting to be scored,
 * scoring, and each call of the store. Nobody listens unless requests are traced.
 */
public final class Phases {

  /** Is told of a part when it has ended. */
  public interface Listener {
    /**
     * @param start as {@link System#nanoTime} has it
     * @param end likewise
     */
    void took(String phase, long start, long end);
  }

  private static final ThreadLocal<@Nullable Listener> LISTENERS = new ThreadLocal<>();

  private Phases() {}

  /** Does some work, of whose parts the listener is told. */
  public static void listen(Listener listener, Runnable work) {
    LISTENERS.set(listener);
    try {
      work.run();
    } finally {
      LISTENERS.remove();
    }
  }

  static void took(String phase, long start, long end) {
    Listener listener = LISTENERS.get();
    if (listener != null) {
      listener.took(phase, start, end);
    }
  }

  /** {@return what the work returns, which is told of as a part} */
  static <T> T during(String phase, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      took(phase, start, System.nanoTime());
    }
  }

  /** {@return the same store, whose calls are told of: {@code store history} and so on} */
  static Store of(Store store) {
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (proxy, method, arguments) -> {
              long start = System.nanoTime();
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                took("store " + method.getName(), start, System.nanoTime());
              }
            });
  }
}
