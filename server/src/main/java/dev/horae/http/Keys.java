package dev.horae.http;

import dev.horae.data.Hashes;
import dev.horae.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys that are valid now. It never changes: another key, another {@code Keys}. */
public final class Keys {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 32;
  private static final String PREFIX = "hk_";
  private static final Pattern SECRET = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S+)");
  private static final HexFormat HEX = HexFormat.of();

  /** What a key may do; each may do what those before it may. */
  public enum Role {
    READ,
    WRITE,
    ADMIN;

    /** {@return whether a key of this role may do what asks for the other} */
    public boolean allows(Role needed) {
      return compareTo(needed) >= 0;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A key as it is stored: its secret cannot be had from it.
   *
   * @param sha256 of the secret, in hexadecimal
   * @param created seconds since 1970-01-01 UTC
   */
  public record Key(String name, Role role, String sha256, long created) {

    /** {@return what {@link #read} reads; the name is that of the document} */
    public String json() {
      return JsonObject.MAPPER
          .createObjectNode()
          .put("role", role.toString())
          .put("sha256", sha256)
          .put("created", created)
          .toString();
    }

    /** {@return the key that a document holds} */
    public static Key read(String name, String json) {
      JsonObject object =
          JsonObject.parse(json.getBytes(StandardCharsets.UTF_8), "role", "sha256", "created");
      return new Key(
          name,
          object.required("role", object.choice("role", Role.class)),
          object.required("sha256", object.text("sha256", 64, 64)),
          object.required("created", object.time("created")));
    }
  }

  /**
   * @param secret what its owner sends; it is shown once and stored nowhere
   */
  public record Created(Key key, String secret) {
    @Override
    public String toString() {
      return key.toString(); // not the secret, which must not come into a log
    }
  }

  private final List<Key> keys;
  private final List<byte[]> hashes;

  /** {@return the keys that documents hold} */
  static Keys of(List<Store.Document> documents) {
    return new Keys(
        documents.stream().map(document -> Key.read(document.name(), document.json())).toList());
  }

  public Keys(Collection<Key> keys) {
    this.keys = List.copyOf(keys);
    this.hashes = this.keys.stream().map(key -> HEX.parseHex(key.sha256())).toList();
  }

  /** {@return a new key of 256 random bits} */
  public static Created create(String name, Role role, long now) {
    byte[] random = new byte[BYTES];
    RANDOM.nextBytes(random);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    return new Created(new Key(name, role, HEX.formatHex(sha256(secret)), now), secret);
  }

  /** {@return the key of a secret} Takes as long whichever key it is, and when it is none. */
  public Optional<Key> find(String secret) {
    byte[] hash = sha256(secret);
    int found = -1;
    for (int i = 0; i < hashes.size(); i++) {
      found = MessageDigest.isEqual(hash, hashes.get(i)) ? i : found;
    }
    return found < 0 ? Optional.empty() : Optional.of(keys.get(found));
  }

  public List<Key> all() {
    return keys;
  }

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * {@return the secret that a request sends; null where it sends none}
   *
   * @param authorization the header of this name, null where there is none
   * @param apiKey the header {@code X-API-Key}, null where there is none
   */
  public static @Nullable String secret(@Nullable String authorization, @Nullable String apiKey) {
    String bearer = authorization == null ? null : bearer(authorization);
    if (bearer != null && apiKey != null && !bearer.equals(apiKey)) {
      throw unauthorized("Authorization and X-API-Key are two keys", "send one of them");
    }
    String secret = bearer == null ? apiKey : bearer;
    if (secret != null && !SECRET.matcher(secret).matches()) {
      throw unauthorized("this is no key of ours", "send a key, which begins with " + PREFIX);
    }
    return secret;
  }

  /**
   * {@return who asks, when the key is known and its role is enough}
   *
   * @param secret null where the request sends none
   */
  public Key authorize(@Nullable String secret, Role needed) {
    if (secret == null) {
      throw unauthorized("there is no key", "send Authorization: Bearer KEY, or X-API-Key: KEY");
    }
    Key key =
        find(secret)
            .orElseThrow(() -> unauthorized("the key is not known", "ask for a key that is valid"));
    if (!key.role().allows(needed)) {
      throw Problem.of(
              Problem.Kind.FORBIDDEN,
              "the key '"
                  + key.name()
                  + "' has the role "
                  + key.role()
                  + ", and this needs "
                  + needed,
              "use a key of the role " + needed)
          .exception();
    }
    return key;
  }

  private static String bearer(String authorization) {
    var matcher = BEARER.matcher(authorization);
    if (!matcher.matches()) {
      throw unauthorized(
          "the header Authorization is not understood", "send Authorization: Bearer KEY");
    }
    return matcher.group(1);
  }

  private static ProblemException unauthorized(String detail, String repair) {
    return Problem.of(Problem.Kind.UNAUTHORIZED, detail, repair).exception();
  }

  private static byte[] sha256(String secret) {
    return Hashes.sha256().digest(secret.getBytes(StandardCharsets.UTF_8));
  }
}
