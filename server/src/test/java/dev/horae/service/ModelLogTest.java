package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModelLogTest {

  @Test
  void theNewestLinesAreKeptAndARepeatedOneOnce() {
    ModelLog log = new ModelLog();
    for (int i = 0; i < ModelLog.MOST + 3; i++) {
      log.add(i + " new items");
      log.add(i + " new items");
    }
    assertThat(log.lines())
        .hasSize(ModelLog.MOST)
        .startsWith("3 new items")
        .endsWith(ModelLog.MOST + 2 + " new items");
  }
}
