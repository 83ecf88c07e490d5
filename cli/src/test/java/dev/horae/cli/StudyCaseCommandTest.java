package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Items;
import dev.horae.report.Table;
import dev.horae.report.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two runs of a small shop with pictures: HM4SR and a heuristic baseline. */
class StudyCaseCommandTest {

  private static TrainedShop shop;
  private static Path knn;

  @BeforeAll
  static void train() throws IOException {
    shop = TrainedShop.get();
    knn = shop.folder().resolve("knn");
    done("train", "--data", shop.data(), "--out", knn, "model.type=vmis-knn");
  }

  private static Findings study(Path out, Object... more) {
    List<Object> all =
        new ArrayList<>(List.of("study", "case", "--run", shop.run(), "--run", knn, "--out", out));
    all.addAll(List.of(more));
    done(all.toArray());
    return FindingsFiles.read(out);
  }

  @Test
  void usersAreFoundAndExplained() {
    Findings findings = study(shop.folder().resolve("case"));
    assertThat(findings.title()).isEqualTo("Case study on data");
    assertThat(findings.origin().protocol()).startsWith("leave-one-out, equal times: file");
    Table shown = findings.tables().get(0);
    assertThat(shown.rows()).isNotEmpty().hasSizeLessThanOrEqualTo(4);
    assertThat(shown.rows())
        .allSatisfy(
            row -> {
              boolean first = row.get(1).equals("won by hm4sr");
              int winner = ((Number) row.get(first ? 3 : 4)).intValue();
              int loser = ((Number) row.get(first ? 4 : 3)).intValue();
              assertThat(winner).isLessThanOrEqualTo(5);
              assertThat(loser).isGreaterThan(5);
            });
    assertThat(study(shop.folder().resolve("case-again")).tables().get(0).rows())
        .as("the same users each time")
        .isEqualTo(shown.rows());
    long all =
        findings.tables().stream()
            .filter(table -> table.title().equals("By length of the history"))
            .flatMap(table -> table.rows().stream())
            .filter(row -> row.get(1).equals("both"))
            .mapToLong(row -> ((Number) row.get(3)).longValue())
            .sum();
    assertThat(all).as("every user is in one group").isEqualTo(60);
  }

  @Test
  void aUserIsShownWithHistoryPicturesAndReasons() throws IOException {
    Path out = shop.folder().resolve("case-of-one");
    Findings findings = study(out, "--user", "u7");
    List<Items> rows =
        findings.blocks().stream().filter(Items.class::isInstance).map(Items.class::cast).toList();
    assertThat(rows.stream().map(Items::title))
        .containsExactly(
            "History of user u7",
            "What user u7 took next",
            "First 5 of hm4sr for user u7",
            "First 5 of vmis-knn for user u7");
    assertThat(rows.get(0).items()).hasSize(7);
    assertThat(rows.get(0).items().get(0).small()).matches("#1, 202\\d-\\d\\d-\\d\\d");
    assertThat(rows.get(0).items())
        .anySatisfy(item -> assertThat(item.picture()).startsWith("data:image/jpeg;base64,"));
    assertThat(rows.get(1).items()).allMatch(Items.Shown::marked);
    Table why =
        findings.tables().stream()
            .filter(table -> table.title().equals("Why hm4sr, user u7"))
            .findFirst()
            .orElseThrow();
    assertThat(why.columns().stream().map(Table.Column::name))
        .containsExactly("rank", "item", "score", "id", "text", "image", "mattered most");
    for (List<?> row : why.rows()) {
      double sum = number(row, 3) + number(row, 4) + number(row, 5);
      assertThat(number(row, 2)).as("the views add up").isCloseTo(sum, within(1e-4));
    }
    assertThat(findings.blocks())
        .anySatisfy(
            block ->
                assertThat(block)
                    .isInstanceOfSatisfying(
                        Text.class,
                        text -> assertThat(text.text()).contains("made of id ", "without '")));
    assertThat(Files.readString(out.resolve("findings.md"))).contains("## User u7, ");
  }

  private static double number(List<?> row, int column) {
    return ((Number) row.get(column)).doubleValue();
  }

  @Test
  void whatCannotBeComparedIsRefusedAllAtOnce() throws IOException {
    Path out = shop.folder().resolve("case-refused");
    assertThat(refusal("--run", knn, "--out", out)).contains("name at least two different runs");
    assertThat(refusal("--run", knn, "--run", knn, "--out", out))
        .contains("--run: ", "name at least two different runs");
    assertThat(
            refusal("--run", knn, "--run", shop.run(), "--user", "x", "--user", "y", "--out", out))
        .contains("--user: x is no user of " + shop.data(), "--user: y is no user", "2 problems");

    Path other = shop.folder().resolve("other-data");
    Path raw = shop.folder().resolve("shop");
    done(
        "prepare",
        "--format=csv",
        "--events",
        raw.resolve("events.csv"),
        "--min-item-events=1",
        "--split=time",
        "--cut=0.7",
        "--out",
        other);
    Path otherRun = shop.folder().resolve("other-run");
    done("train", "--data", other, "--out", otherRun, "model.type=most-popular");
    assertThat(refusal("--run", knn, "--run", otherRun, "--out", out))
        .contains(
            otherRun + " (on " + other + ") cannot be compared user by user with " + knn,
            "other items",
            "split by time at ",
            "and not leave-one-out",
            "take runs of one data set");
    assertThat(out).doesNotExist();
  }

  private static String refusal(Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = "study";
    all[1] = "case";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    TrainedShop.Result result = horae(all);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    return result.err();
  }
}
