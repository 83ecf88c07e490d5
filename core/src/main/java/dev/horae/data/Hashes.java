package dev.horae.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.Checksum;

/** SHA-256 and checksums, as lower-case hexadecimal digits. */
public final class Hashes {

  private static final int CHUNK = 1 << 16;

  private Hashes() {}

  /** {@return a digest to be fed} */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** {@return the hash of some bytes, one part after the other} */
  public static String sha256(byte[]... parts) {
    MessageDigest digest = sha256();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digits(digest);
  }

  /** {@return the hash of a file} Throws {@link DataException} when it cannot be read. */
  public static String sha256(Path file) {
    MessageDigest digest = sha256();
    update(digest, file);
    return digits(digest);
  }

  /** Feeds a file to a digest. Throws {@link DataException} when it cannot be read. */
  public static void update(MessageDigest digest, Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[CHUNK];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /** {@return the digits of a 32-bit checksum, such as CRC-32C, without leading zeros} */
  public static String digits(Checksum sum) {
    return Integer.toHexString((int) sum.getValue());
  }

  /** {@return the digits of what was fed} The digest starts again. */
  public static String digits(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
