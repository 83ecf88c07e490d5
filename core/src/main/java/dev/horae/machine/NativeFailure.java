package dev.horae.machine;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What libtorch's C++ throws: it comes as a plain {@link RuntimeException} without a type. */
public final class NativeFailure {

  /** The C++ library, the allocators of CPU and GPU, and the libraries of the GPU. */
  private static final Pattern WANT_OF_MEMORY =
      Pattern.compile("bad_alloc|allocate memory|out of memory|alloc_failed|cannot allocate new");

  private NativeFailure() {}

  /** {@return whether memory did not suffice, outside of the Java heap} */
  public static boolean isWantOfMemory(Throwable e) {
    return WANT_OF_MEMORY.matcher(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT)).find();
  }

  /**
   * {@return what came out of native code, below an exception or itself; empty when nothing did}
   */
  public static Optional<Throwable> below(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      StackTraceElement[] stack = cause.getStackTrace();
      if (cause.getClass() == RuntimeException.class
          && stack.length > 0
          && stack[0].isNativeMethod()
          && stack[0].getClassName().startsWith("org.bytedeco.")) {
        return Optional.of(cause);
      }
    }
    return Optional.empty();
  }

  /** {@return the first line of its message: below it stands a stack of C++} */
  public static String message(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
  }

  /** {@return where in Horae it was called, such as {@code Ops.floats (Ops.java:92)}} */
  public static String place(Throwable e) {
    return Arrays.stream(e.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith("dev.horae."))
        .findFirst()
        .map(
            frame ->
                "%s.%s (%s:%s)"
                    .formatted(
                        frame.getClassName().replaceFirst(".*[.]", ""),
                        frame.getMethodName(),
                        frame.getFileName(),
                        frame.getLineNumber()))
        .orElse("a place unknown");
  }
}
