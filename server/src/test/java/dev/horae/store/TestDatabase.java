package dev.horae.store;

import java.nio.file.Path;

/** The databases that tests run with. */
enum TestDatabase {
  SQLITE {
    @Override
    String address(Path folder) {
      return "sqlite:" + folder.resolve("horae.db");
    }
  },
  POSTGRESQL {
    @Override
    String address(Path folder) {
      return PostgresServer.address("of_" + Integer.toHexString(folder.toString().hashCode()));
    }
  };

  /** {@return the address of a folder's own database, which is empty at first} */
  abstract String address(Path folder);

  /** {@return the store of a folder} */
  Store open(Path folder) {
    return Store.open(address(folder));
  }
}
