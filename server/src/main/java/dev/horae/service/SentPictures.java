package dev.horae.service;

import dev.horae.features.ContentEncoder;
import dev.horae.picture.Descriptor;
import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import java.util.concurrent.Semaphore;

/**
 * Reads pictures that clients send. Decoding one may take a second of a processor, so only as many
 * are read at once as there are processors; further ones are refused.
 */
final class SentPictures {

  private static final String FIELD = "image";

  private final Semaphore free = new Semaphore(Runtime.getRuntime().availableProcessors());

  private interface Reading<T> {
    T of(byte[] picture) throws UnreadablePictureException;
  }

  /**
   * Reads a picture for nothing else than to know that it can be read.
   *
   * @throws Refusal when it cannot
   */
  void require(byte[] picture) {
    read(picture, bytes -> Pictures.decode(bytes, Descriptor.ENOUGH));
  }

  /**
   * {@return the vector of a picture}
   *
   * @throws Refusal when it cannot be read, or the run has nothing that encodes it
   */
  float[] vector(byte[] picture, ContentEncoder encoder) {
    encoder
        .pictureProblem()
        .ifPresent(
            problem -> {
              throw Refusal.invalid(
                  FIELD,
                  size(picture),
                  "cannot be compared: " + problem,
                  "name items instead, or give a text");
            });
    return read(picture, bytes -> encoder.picture(bytes).orElseThrow());
  }

  private <T> T read(byte[] picture, Reading<T> reading) {
    if (!free.tryAcquire()) {
      throw Refusal.overloaded("as many pictures are being read as may");
    }
    try {
      return reading.of(picture);
    } catch (UnreadablePictureException e) {
      throw Refusal.invalid(
          FIELD,
          size(picture),
          "cannot be read: " + e.getMessage(),
          "send a picture as JPEG, PNG, GIF, BMP or WebP");
    } finally {
      free.release();
    }
  }

  private static String size(byte[] picture) {
    return picture.length + " bytes";
  }
}
