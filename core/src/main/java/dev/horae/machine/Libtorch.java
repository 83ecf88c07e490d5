package dev.horae.machine;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TimeZone;
import org.bytedeco.pytorch.global.torch;

/** The native library, which takes half a second to load. */
public final class Libtorch {

  private static final Thread LOADING = new Thread(Libtorch::load, "loading libtorch");
  private static volatile Optional<Throwable> failure = Optional.empty();

  private Libtorch() {}

  /**
   * Begins to load the library on a thread of its own, while the caller reads files; to be called
   * once. Whoever needs the library meanwhile waits.
   */
  public static void loadAhead() {
    linkReading();
    LOADING.setDaemon(true);
    LOADING.start();
  }

  /**
   * Calls the native methods that reading files needs: one that is called for the first time while
   * the system loads a library must wait for that.
   */
  private static void linkReading() {
    Path file = Path.of(System.getProperty("java.home"), "release");
    try (FileChannel channel = FileChannel.open(file);
        InputStream stream = new FileInputStream(file.toFile())) {
      stream.read(new byte[Math.min(1, stream.available())]);
      channel.read(ByteBuffer.allocate(1));
      channel.map(FileChannel.MapMode.READ_ONLY, 0, 1);
      Files.exists(file);
      TimeZone.getDefault(); // asked for by JSON and YAML
    } catch (IOException e) {
      return; // then it waits
    }
  }

  /** Waits until {@link #loadAhead} has ended: a process that exits meanwhile might crash. */
  public static void settle() {
    try {
      LOADING.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void load() {
    try {
      torch.get_num_threads();
    } catch (UnsatisfiedLinkError e) {
      failure = Optional.of(e);
    } catch (NoClassDefFoundError e) { // somebody else was first, and knows why
      return;
    }
  }

  /**
   * {@return why {@link #loadAhead} failed, if it did: who uses the library after that is told by
   * {@link NoClassDefFoundError} only that it cannot be used}
   */
  public static Optional<Throwable> failure() {
    return failure;
  }
}
