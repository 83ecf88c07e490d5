package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.features.FeatureStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdItemsTest {

  @TempDir Path directory;

  @Test
  void coldItemsFollowThoseWithEvents() {
    Dataset without = prepare(false);
    assertThat(ids(without.catalogue().items())).containsExactly("b", "a");
    assertThat(without.allItems()).isSameAs(without.catalogue());
    assertThat(without.manifest().counts()).containsEntry("cold_items", 0);
    assertThat(DatasetReport.of(without))
        .contains("  catalogue items without events                  3  left out\n");

    Dataset with = prepare(true);
    assertThat(with.catalogue().items()).isEqualTo(without.catalogue().items());
    assertThat(ids(with.allItems().items())).containsExactly("b", "a", "z", "rare", "y");
    assertThat(with.allItems().item(3).title()).isEqualTo("Zed");
    assertThat(with.allItems().item(3).text("colour")).isEqualTo("red");
    assertThat(with.histories().items()).isEqualTo(without.histories().items());
    assertThat(with.manifest().counts())
        .containsEntry("cold_items", 3)
        .containsEntry("items", 2)
        .containsEntry("items_without_title", 1)
        .containsEntry("items without column: colour", 2)
        .containsEntry("catalogue_items_without_events", 3);
    assertThat(DatasetReport.of(with))
        .contains(
            "  catalogue items without events                  3  kept: cold items, which models do"
                + " not learn\n");
  }

  @Test
  void modelsReadTheRowsOfItemsWithEvents() {
    Dataset dataset = prepare(true);
    float[] all = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
    FeatureStore.write(dataset, new FeatureTable("text", "mine", 2, all));
    assertThat(FeatureStore.readAll(dataset, "text", "mine").values()).isEqualTo(all);
    FeatureTable table = FeatureStore.read(dataset, "text", "mine");
    assertThat(table.rows()).isEqualTo(3);
    assertThat(table.values()).containsExactly(0, 0, 1, 1, 2, 2);
  }

  private static List<String> ids(List<Item> items) {
    return items.stream().map(Item::id).toList();
  }

  /** Of "rare" one event is left, too few for the core; z and y have none. */
  private Dataset prepare(boolean keepCold) {
    Path events =
        Prepared.file(
            directory,
            "events.csv",
            "user,item,time",
            "u,b,1700000000",
            "u,a,1700000001",
            "v,a,1700000002",
            "v,b,1700000003",
            "v,rare,1700000004");
    Path items =
        Prepared.file(
            directory,
            "items.csv",
            "item,title,colour",
            "z,Zed,red",
            "a,Ay,",
            "rare,Rare,",
            "y,,blue",
            "z,Zed again,");
    Prepared.run(
        new PrepareOptions.Sources(
            Format.CSV,
            List.of(events),
            List.of(items),
            Optional.empty(),
            Map.of(),
            List.of("colour")),
        new PrepareOptions.Protocol(
            0,
            2,
            PrepareOptions.Duplicates.REMOVE,
            PrepareOptions.Ties.FILE,
            keepCold,
            50,
            0,
            Optional.empty()),
        directory);
    return PreparedDataset.open(directory.resolve("out"), List.of("colour"));
  }
}
