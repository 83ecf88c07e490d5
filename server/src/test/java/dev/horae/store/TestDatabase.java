package dev.horae.store;

import java.nio.file.Path;

/** The databases that tests run with. */
enum TestDatabase {
  SQLITE {
    @Override
    Store open(Path folder) {
      return Store.open("sqlite:" + folder.resolve("horae.db"));
    }

    @Override
    Store reopen(Path folder) {
      return open(folder);
    }
  };

  /** {@return an empty store} */
  abstract Store open(Path folder);

  /** {@return the store that was opened for this folder} */
  abstract Store reopen(Path folder);
}
