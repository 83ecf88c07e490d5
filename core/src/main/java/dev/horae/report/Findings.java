package dev.horae.report;

import java.util.List;

/**
 * What an experiment found, before it is shown.
 *
 * @param title such as {@code Comparison on toys}
 * @param lead one or two sentences below the title
 * @param blocks what is shown, from top to bottom
 */
public record Findings(String title, String lead, Origin origin, List<Block> blocks) {

  public Findings {
    blocks = List.copyOf(blocks);
  }

  /** {@return all tables, those that charts draw included, in order} */
  public List<Table> tables() {
    return blocks.stream().flatMap(block -> block.table().stream()).toList();
  }
}
