package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.train.EpochReport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeProgressTest {

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final NodeProgress node =
      new NodeProgress(new PrintStream(printed, true, StandardCharsets.UTF_8));

  private List<String> lines() {
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void stepsThatFollowCloselyAreSaidOnceAndTheLastAlways() {
    node.at("train", 1, 3, "loss 2.0");
    node.at("train", 2, 3, "loss 1.9");
    node.at("train", 3, 3, "loss 1.8");
    assertThat(lines()).hasSize(2).allMatch(line -> NodeProgress.of(line).isPresent());
    assertThat(lines().get(1)).endsWith("\ttrain\t3\t3\tloss 1.8");
    assertThat(NodeProgress.of("[Gloo] Rank 0 is connected to 1 peer ranks.")).isEmpty();
  }

  @Test
  void theDriverPrintsEpochsAndAPipeHasNoMeter() {
    node.at("train", 3, 3, "");
    node.ended(new EpochReport(1, 2, Map.of("ce", 3.0), "ndcg@20", 0.5, 0.5, 1, 2, 2));
    StringWriter out = new StringWriter();
    lines().forEach(line -> NodeProgress.show(line, new PrintWriter(out)));
    assertThat(out.toString().lines())
        .containsExactly(
            "epoch 1 of 2: valid ndcg@20 0.5000, best 0.5000 in epoch 1; ce 3.000; 2.0 s, at most"
                + " 2 s left");
  }
}
