package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {

  @Test
  void separatorsAndQuotationMarksStayInTheirCell() {
    assertThat(Csv.line(List.of("a", "b,c", "d\"e", "f\ng", "", " h ")))
        .isEqualTo("a,\"b,c\",\"d\"\"e\",\"f\ng\",, h \n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "=", "-", "+a", "-1e", "-."})
  void aFormulaBecomesAText(String formula) {
    assertThat(Csv.cell(formula)).isEqualTo("'" + formula);
  }

  @Test
  void anApostropheStandsWithinTheQuotationMarks() {
    assertThat(Csv.cell("=HYPERLINK(\"x\")")).isEqualTo("\"'=HYPERLINK(\"\"x\"\")\"");
    assertThat(Csv.cell("\r=1")).isEqualTo("\"'\r=1\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "+2.5", "-.5", "-1.5e-7", "3", "-7.", "1-1", "a=b"})
  void whatIsNoFormulaStays(String text) {
    assertThat(Csv.cell(text)).isEqualTo(text);
  }
}
