package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.http.Keys.Role;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

  private static final Keys.Created READ = Keys.create("reader", Role.READ, 5);
  private static final Keys.Created ADMIN = Keys.create("boss", Role.ADMIN, 6);
  private static final Keys KEYS = new Keys(List.of(READ.key(), ADMIN.key()));

  @Test
  void aSecretIsRandomAndOnlyItsHashIsKept() {
    Set<String> secrets = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      secrets.add(Keys.create("k", Role.READ, 0).secret());
    }
    assertThat(secrets).hasSize(1000).allMatch(secret -> secret.matches("hk_[A-Za-z0-9_-]{43}"));
    assertThat(READ.key().json()).doesNotContain(READ.secret().substring(3));
    assertThat(READ.toString()).doesNotContain(READ.secret().substring(3));
  }

  @Test
  void aDocumentIsReadBack() {
    assertThat(Keys.Key.read("reader", READ.key().json())).isEqualTo(READ.key());
    assertThat(new Keys.Key("a", Role.WRITE, "00".repeat(32), 7).json())
        .isEqualTo("{\"role\":\"write\",\"sha256\":\"" + "00".repeat(32) + "\",\"created\":7}");
  }

  @Test
  void aKeyIsFoundByItsSecretAlone() {
    assertThat(KEYS.find(READ.secret())).contains(READ.key());
    assertThat(KEYS.find(ADMIN.secret())).contains(ADMIN.key());
    assertThat(KEYS.find(READ.secret().toLowerCase(java.util.Locale.ROOT))).isEmpty();
    assertThat(KEYS.find(READ.key().sha256())).isEmpty();
    assertThat(KEYS.find("")).isEmpty();
  }

  @Test
  void rolesContainEachOther() {
    assertThat(Role.ADMIN.allows(Role.WRITE)).isTrue();
    assertThat(Role.WRITE.allows(Role.WRITE)).isTrue();
    assertThat(Role.READ.allows(Role.WRITE)).isFalse();
    assertThat(KEYS.authorize(ADMIN.secret(), Role.WRITE)).isEqualTo(ADMIN.key());
    assertThatThrownBy(() -> KEYS.authorize(READ.secret(), Role.ADMIN))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().kind()).isEqualTo(Problem.Kind.FORBIDDEN);
              assertThat(e.problem().detail())
                  .isEqualTo("the key 'reader' has the role read, and this needs admin");
              assertThat(e.problem().repair()).isEqualTo("use a key of the role admin");
            });
  }

  @Test
  void noKeyAndAnUnknownOneAreUnauthorized() {
    assertThatThrownBy(() -> KEYS.authorize(null, Role.READ)).hasMessage("there is no key");
    String other = Keys.create("other", Role.ADMIN, 0).secret();
    assertThatThrownBy(() -> KEYS.authorize(other, Role.READ))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().kind()).isEqualTo(Problem.Kind.UNAUTHORIZED);
              assertThat(e.problem().detail()).isEqualTo("the key is not known");
            });
  }

  @Test
  void headersAreUnderstood() {
    String secret = READ.secret();
    assertThat(Keys.secret(null, null)).isNull();
    assertThat(Keys.secret("Bearer " + secret, null)).isEqualTo(secret);
    assertThat(Keys.secret("bEARER  " + secret, null)).isEqualTo(secret);
    assertThat(Keys.secret(null, secret)).isEqualTo(secret);
    assertThat(Keys.secret("Bearer " + secret, secret)).isEqualTo(secret);
    assertThatThrownBy(() -> Keys.secret("Bearer " + secret, ADMIN.secret()))
        .hasMessage("Authorization and X-API-Key are two keys");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b"})
  void otherAuthorizationIsNotUnderstood(String header) {
    assertThatThrownBy(() -> Keys.secret(header, null))
        .isInstanceOf(ProblemException.class)
        .hasMessage("the header Authorization is not understood");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hk_", "password", "hk_ü"})
  void whatIsNoKeyIsNotLookedFor(String key) {
    assertThatThrownBy(() -> Keys.secret(null, key)).hasMessage("this is no key of ours");
  }
}
