package dev.horae.study.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Origin;
import dev.horae.report.Text;
import dev.horae.run.Presets;
import dev.horae.study.cost.CostFindings.Measured;
import dev.horae.study.cost.CostPlan.Point;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class CostTest {

  private static final Origin ORIGIN = new Origin("horae", List.of(), "", List.of(), "", "", "");

  private static CostPlan plan(String... models) {
    return CostPlan.of(List.of(models), 1000, 50, Map.of("text", 384), false);
  }

  @Test
  void aPowerLawIsFoundWithItsError() {
    double[] x = {1, 2, 4, 8};
    PowerLaw exact =
        PowerLaw.fit(x, DoubleStream.of(x).map(v -> 3 * Math.pow(v, 1.5)).toArray()).orElseThrow();
    assertThat(exact.exponent()).isCloseTo(1.5, within(1e-12));
    assertThat(exact.factor()).isCloseTo(3, within(1e-12));
    assertThat(exact.error()).isCloseTo(0, within(1e-12));
    assertThat(exact.at(16)).isCloseTo(192, within(1e-9));

    // log2 y = 0, 1, 2 and then 2 in place of 3: slope 0.7, residuals -.2, .1, .4, -.3
    PowerLaw noisy = PowerLaw.fit(x, new double[] {1, 2, 4, 4}).orElseThrow();
    assertThat(noisy.exponent()).isCloseTo(0.7, within(1e-12));
    assertThat(noisy.error()).isCloseTo(Math.sqrt(0.30 / 2 / 5), within(1e-12));

    assertThat(PowerLaw.fit(new double[] {1, 2}, new double[] {1, 2})).isEmpty();
    assertThat(PowerLaw.fit(new double[] {1, 2, 3}, new double[] {1, 0, 2})).isEmpty();
    assertThat(PowerLaw.fit(new double[] {2, 2, 2}, new double[] {1, 3, 2})).isEmpty();
  }

  @Test
  void eachSizeIsVariedAlone() {
    CostPlan plan = plan("hm4sr");
    Sizes base = new Sizes(1000, 50, 64, 4, 1024);
    assertThat(plan.bases()).isEqualTo(Map.of("hm4sr", base));
    assertThat(plan.points()).doesNotHaveDuplicates().hasSize(1 + 4 * 4 + 3); // no single expert
    assertThat(plan.points().get(0)).isEqualTo(new Point("hm4sr", base));
    for (Dimension dimension : Dimension.values()) {
      assertThat(plan.points())
          .as(dimension + " has a largest size of its own")
          .contains(new Point("hm4sr", base.with(dimension, 4 * base.of(dimension))));
    }
    assertThat(base).hasToString("items 1,000, length 50, width 64, experts 4, batch 1,024");
  }

  @Test
  void settingsAreThoseOfTheModel() {
    for (String model : List.of("hm4sr", "m3srec", "sasrec", "gru4rec", "iisan")) {
      CostPlan plan = plan(model);
      for (Point point : plan.points()) {
        assertThat(Presets.of(model, point.settings()).train().batchSize())
            .as(point.file())
            .isEqualTo(point.sizes().batch());
      }
      assertThat(plan.points().stream().map(Point::file)).doesNotHaveDuplicates();
    }
    Point wide = new Point("hm4sr", new Sizes(1000, 50, 128, 8, 1024));
    assertThat(wide.settings())
        .contains(
            "model.hidden_size=128",
            "model.inner_size=512",
            "model.interactive_experts=8",
            "model.temporal_experts=8",
            "train.workers=1");
    assertThat(wide.file())
        .isEqualTo("hm4sr-items-1000-length-50-width-128-experts-8-batch-1024.json");
    assertThat(plan("sasrec").points()).as("has no experts").hasSize(1 + 4 * 4);
  }

  @Test
  void whatIsNoNetworkIsRefused() {
    assertThatThrownBy(() -> plan("vmis-knn", "hm4sr", "horae"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("vmis-knn is no network")
        .hasMessageContaining("horae is no network")
        .hasMessageContaining("2 problems");
  }

  /** Made up: time linear in everything but square in width, memory linear in items. */
  private static Measured measured(Point point) {
    Sizes s = point.sizes();
    double perExample = 1e-9 * s.items() * s.length() * s.width() * s.width() * s.experts();
    return new Measured(point, perExample, 10L * s.items() * s.width(), (long) s.items() << 20);
  }

  @Test
  void exponentsStandBesideThePapers() {
    CostPlan plan = plan("hm4sr", "sasrec");
    List<Measured> all =
        plan.points().stream()
            .filter(point -> point.model().equals("hm4sr"))
            .map(CostTest::measured)
            .toList();
    Findings findings = CostFindings.of(plan, all, List.of("sasrec failed"), ORIGIN);
    List<? extends List<?>> rows = findings.tables().get(0).rows();
    assertThat(rows).hasSize(5);
    assertThat(rows.stream().map(row -> String.valueOf(row.get(1))))
        .containsExactly("items", "length", "width", "experts", "batch");
    assertThat(rows.stream().map(row -> Math.round((double) row.get(3) * 1e6) / 1e6))
        .as("of a history for length, of a step for all others")
        .containsExactly(1.0, 2.0, 2.0, 1.0, 1.0);
    assertThat(rows.stream().map(row -> String.valueOf(row.get(6))))
        .containsExactly("0", "1 to 2", "1 to 2", "1", "1");
    assertThat((double) rows.get(0).get(7)).isCloseTo(1, within(1e-9));
    assertThat((double) rows.get(2).get(7)).isCloseTo(0, within(1e-9));
    assertThat((double) rows.get(2).get(9)).as("parameters").isCloseTo(1, within(1e-9));
    assertThat(findings.blocks()).contains(Text.warning("sasrec failed"));
    assertThat(findings.blocks())
        .filteredOn(Chart.class::isInstance)
        .hasSize(10)
        .allMatch(chart -> ((Chart) chart).logX() && ((Chart) chart).logY());
  }

  @Test
  void withoutMemoryThereIsTime() {
    CostPlan plan = plan("sasrec");
    List<Measured> all =
        plan.points().stream().map(point -> new Measured(point, 1, 5, null)).toList();
    Findings findings = CostFindings.of(plan, all, List.of(), ORIGIN);
    assertThat(findings.tables().get(0).rows()).hasSize(4);
    assertThat(findings.tables().get(0).rows().get(0).get(6)).as("not analysed").isNull();
    assertThat(findings.tables().get(0).rows().get(0).get(7)).isNull();
    assertThat(findings.tables().stream().map(table -> table.title()))
        .noneMatch(title -> title.startsWith("Memory"));
  }
}
