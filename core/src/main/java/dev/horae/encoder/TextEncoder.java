package dev.horae.encoder;

import dev.horae.data.Progress;
import dev.horae.data.Sink;
import java.util.List;

/** Turns texts into vectors. Safe for use by many threads at once. */
public interface TextEncoder extends AutoCloseable {

  /** {@return the name of the tables that it fills} */
  String name();

  /** {@return what distinguishes its vectors from all others', in the cache} */
  String id();

  /** {@return values per text, F: those of all states together} */
  int width();

  /** {@return how many states a vector holds, one behind the other} */
  default int states() {
    return 1;
  }

  /** {@return the tokens of a text that are read at most} */
  int maxTokens();

  /** {@return whether the text has more tokens than are read} */
  boolean cuts(String text);

  /**
   * Encodes all texts, one worker per core.
   *
   * @param sink gets the vector of each text, from any thread
   */
  void encode(List<String> texts, Progress progress, Sink<float[]> sink);

  @Override
  void close();
}
