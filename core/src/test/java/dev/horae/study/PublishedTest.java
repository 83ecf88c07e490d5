package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishedTest {

  @ParameterizedTest
  @CsvSource({
    "Toys, hm4sr, 0.0573",
    "Games, sas-rec, 0.0546",
    "Beauty, ti-sas-rec, 0.0432",
    "Home, dif-sr, 0.0112",
    "Games, m3-srec, 0.0643",
    "Home, hm4sr, 0.0191",
    "Toys, gru4rec, 0.0289"
  })
  void rowsOfThePaperAreFoundHoweverTheNameIsSplit(String dataset, String model, double ndcg10) {
    assertThat(Published.entry(dataset, model).orElseThrow().ndcg10()).isEqualTo(ndcg10);
  }

  @Test
  void whatThePaperDoesNotHaveIsNotFound() {
    assertThat(Published.entry("Toys", "vmis-knn")).isEmpty();
    assertThat(Published.entry("Films", "hm4sr")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0415, 0.0004, 0.0415 ± 0.0004 against 0.0411 published: within 1 %",
    "0.0362, NaN, 0.0362 against 0.0411 published: 12 % below",
    "0.0500, 0, 0.0500 ± 0.0000 against 0.0411 published: 22 % above"
  })
  void theVerdictIsOneLine(double mean, double deviation, String verdict) {
    Published.Entry entry = Published.entry("Toys", "sasrec").orElseThrow();
    assertThat(Published.verdict(new Spread(mean, deviation), entry, "text minilm"))
        .isEqualTo("NDCG@10 " + verdict);
  }
}
