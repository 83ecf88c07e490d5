package dev.horae.features;

import dev.horae.encoder.PretrainedPictures;
import dev.horae.picture.Descriptor;
import dev.horae.picture.Pictures;
import dev.horae.picture.UnreadablePictureException;
import dev.horae.picture.Whitening;

/**
 * Encodes pictures one by one as those of a table were encoded, to the bit on the machine that made
 * it. Safe for use by many threads at once.
 */
public sealed interface PictureEncoder extends AutoCloseable {

  /** {@return values per picture, F} */
  int width();

  /** {@return the vector of a picture file's content, [F]} */
  float[] encode(byte[] picture) throws UnreadablePictureException;

  @Override
  void close();

  /** The embedded descriptor. */
  record Described(Whitening whitening) implements PictureEncoder {

    /** {@return what the descriptor says of a picture before it is whitened} */
    static float[] raw(byte[] picture) throws UnreadablePictureException {
      return Descriptor.describe(Pictures.decode(picture, Descriptor.ENOUGH));
    }

    @Override
    public int width() {
      return whitening.width();
    }

    @Override
    public float[] encode(byte[] picture) throws UnreadablePictureException {
      return whitening.vector(raw(picture));
    }

    @Override
    public void close() {}
  }

  /** A pre-trained encoder, which is closed with it. */
  record Pretrained(PretrainedPictures encoder) implements PictureEncoder {

    @Override
    public int width() {
      return encoder.width();
    }

    @Override
    public float[] encode(byte[] picture) throws UnreadablePictureException {
      return encoder.encode(picture);
    }

    @Override
    public void close() {
      encoder.close();
    }
  }
}
