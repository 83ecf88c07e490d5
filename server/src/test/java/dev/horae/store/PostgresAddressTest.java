package dev.horae.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresAddressTest {

  @Test
  void itsPartsGoToTheDriver() {
    PostgresAddress address =
        PostgresAddress.parse(
            "postgresql://a%40b:p%40:s+s@[::1]:5433/shop?sslmode=require&ssl&reWriteBatchedInserts=true");
    assertThat(address.url()).isEqualTo("jdbc:postgresql://[::1]:5433/shop");
    assertThat(address.properties())
        .containsEntry("user", "a@b")
        .containsEntry("password", "p@:s+s")
        .containsEntry("sslmode", "require")
        .containsEntry("ssl", "")
        .containsEntry("reWriteBatchedInserts", "false")
        .containsEntry("currentSchema", "horae");
    assertThat(address).hasToString("postgresql://[::1]:5433/shop");
    assertThat(address.withoutParameters()).isEqualTo("postgresql://a@b@[::1]:5433/shop");
    assertThat(PostgresAddress.parse("postgresql://host/shop?currentSchema=toys").schema())
        .isEqualTo("toys");
  }

  @Test
  void anythingElseIsRefusedWithoutThePassword() {
    for (String address :
        List.of(
            "postgresql:", "postgresql://u:secret@host", "postgresql://u:secret@host/?x=secret")) {
      assertThatThrownBy(() -> PostgresAddress.parse(address))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "the store \""
                  + address.replace("u:secret", "…").replace("?x=secret", "")
                  + "\" is not of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
    }
    assertThatThrownBy(() -> PostgresAddress.parse("postgresql://u:se%cret@host/shop"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the address of the store has a \"%\" that is no code; write \"%25\" for \"%\"");
    assertThatThrownBy(() -> PostgresAddress.parse("postgresql://host/shop?currentSchema=a,b"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "the store postgresql://host/shop: currentSchema=a,b is no name of a schema;"
                + " write letters, digits and _");
  }
}
