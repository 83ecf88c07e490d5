package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DelimitedTextTest {

  private static final List<String> NAMES = List.of("user", "item", "note");
  private static final String HEADER = "user,item,note\n";

  @Test
  void quotedFieldsAreThoseOfRfc4180() {
    assertThat(
            read(
                HEADER
                    + "u1,i1,\"a, b\"\r\n"
                    + "u2,i2,\"say \"\"hi\"\"\"\n"
                    + "u3,\"i\n\n"
                    + "3\",\"C:\\\"\n"
                    + "u4,i4,24\" x\n"))
        .containsExactly(
            "2: [u1, i1, a, b]",
            "3: [u2, i2, say \"hi\"]",
            "4: [u3, i\n\n3, C:\\]",
            "7: [u4, i4, 24\" x]");
  }

  @Test
  void aBrokenRecordCostsItsFirstLineOnly() {
    assertThat(
            read(
                HEADER
                    + "u1,i1,x\n"
                    + "u1,i2,\"never closed\n"
                    + "u1,i3,\"closed\"\n"
                    + "u1,i4,\"closed\" too early\n"
                    + "u1,i5,\"open before rows without a mark\n"
                    + "u1,i6,x\n"
                    + "u1,i7,24\"\n"
                    + "u1,i8\n"
                    + "\n"
                    + "u1,i9,\"open to the end"))
        .containsExactly(
            "2: [u1, i1, x]",
            "3: quotation mark never closed",
            "4: [u1, i3, closed]",
            "5: text after a closing quotation mark",
            "6: quotation mark never closed",
            "7: [u1, i6, x]",
            "8: [u1, i7, 24\"]",
            "9: wrong number of fields",
            "10: pass: blank line",
            "11: quotation mark never closed");
  }

  /** A mark within a row, such as that of inches, does not close what is open before it. */
  @Test
  void aRowWithAMarkEndsAnOpenText() {
    assertThat(
            read(
                HEADER
                    + "u1,i1,x\n"
                    + "u1,i2,\"open note\n"
                    + "u2,i1,a 19\" screen\n"
                    + "u1,i3,\"open\n"
                    + "u2,i4,\"say \"\"hi\"\"\"\n"
                    + "u2,i5,24\"\n"))
        .containsExactly(
            "2: [u1, i1, x]",
            "3: quotation mark never closed",
            "4: [u2, i1, a 19\" screen]",
            "5: quotation mark never closed",
            "6: [u2, i4, say \"hi\"]",
            "7: [u2, i5, 24\"]");
  }

  @Test
  void textsOverLinesAreNotTakenForRows() {
    assertThat(
            read(
                HEADER
                    + "u1,i1,x\n"
                    + "u1,i2,\"cable, 1,5 m\nred,green,blue\nsmall, light, cheap\"\n"
                    + "u1,i3,x\n"))
        .containsExactly(
            "2: [u1, i1, x]",
            "3: [u1, i2, cable, 1,5 m\nred,green,blue\nsmall, light, cheap]",
            "6: [u1, i3, x]");
  }

  @Test
  void backslashesBeforeMarksAreRecognised() {
    assertThat(
            read(
                HEADER
                    + "u1,i1,\"24\\\"\"\n"
                    + "u1,i2,\"say \\\"hi\\\", twice\"\n"
                    + "u1,i3,\"two\nlines of \\\"text\\\"\"\n"
                    + "u1,i4,\"C:\\\"\n"
                    + "u1,\"C:\\\",x\n"
                    + "u1,i6,\"\\\\\\\"\"\n"))
        .containsExactly(
            "2: [u1, i1, 24\"]",
            "3: [u1, i2, say \"hi\", twice]",
            "4: [u1, i3, two\nlines of \"text\"]",
            "6: [u1, i4, C:\\]",
            "7: [u1, C:\\, x]",
            "8: [u1, i6, \\\"]");
  }

  @Test
  void withTabsAMarkThatIsNotClosedIsACharacter() {
    assertThat(
            read(
                """
                user\titem\tnote
                u1\ti1\t"Halfway
                u1\ti2\t"quoted\ttext"
                u1\ti3\t"Heroes" live
                u1\ti4\t"Halfway
                u1\ti5\tthere"
                u1\t"two
                lines"\tx
                u1\t"a\tb"
                "u1\ti7\t24\\""
                """))
        .containsExactly(
            "2: [u1, i1, \"Halfway]",
            "3: [u1, i2, quoted\ttext]",
            "4: [u1, i3, \"Heroes\" live]",
            "5: [u1, i4, \"Halfway]",
            "6: [u1, i5, there\"]",
            "7: [u1, two\nlines, x]",
            "9: [u1, \"a, b\"]",
            "10: [\"u1, i7, 24\\\"\"]");
  }

  @Test
  void separatorsAreFoundOut() {
    for (String separator : List.of("\t", "::", ";", "|", ",")) {
      String text = HEADER.replace(",", separator) + "u1,i1,x\n".replace(",", separator);
      assertThat(read(text)).containsExactly("2: [u1, i1, x]");
    }
    assertThat(read("user;item;note;\"price, EUR\"\nu1;i1;x;1,50\n"))
        .containsExactly("2: [u1, i1, x]");
    assertThat(read("sep=;\nuser;item;note\nu1;i1;a,b\n"))
        .containsExactly("1: pass: separator line of Excel", "3: [u1, i1, a,b]");
    assertThat(read("user,item,note,a|b\nu1,i1,x,y|z\n")).containsExactly("2: [u1, i1, x]");
  }

  @Test
  void namesAndSeparatorsMayBeGiven() {
    PrepareOptions.Text how =
        new PrepareOptions.Text("~~", List.of(List.of("user", "item", "note")), Optional.empty());
    assertThat(
            Reading.csv(NAMES, how, "\nu1~~i1~~x\nu2~~i2~~\"y\n".getBytes(StandardCharsets.UTF_8)))
        .asString()
        .isEqualTo("[1: pass: blank line, 2: [u1, i1, x], 3: [u2, i2, \"y]]");
    how = new PrepareOptions.Text("", List.of(NAMES), Optional.empty());
    assertThat(
            Reading.csv(NAMES, how, "u1|i1|x\nuser|item|note\n".getBytes(StandardCharsets.UTF_8)))
        .asString()
        .isEqualTo("[1: [u1, i1, x], 2: header repeated]");
    refused(
        how,
        "u1|i1\n",
        "text:1: ``headers`` names 3 columns, user,item,note, but the first record has 2, u1,i1;"
            + " name each column, in the order of the file");
  }

  @Test
  void aHeaderInTheMiddleIsNoRow() {
    assertThat(read(HEADER + "u1,i1,x\n\uFEFFuser,item,note\nuser,\"item\",note\nuser,item,y\n"))
        .containsExactly(
            "2: [u1, i1, x]", "3: header repeated", "4: header repeated", "5: [user, item, y]");
    refused(
        HEADER + "u1,i1,x\nitem,user,note\n",
        "text:3: here begins a table with another order of columns; put it into a file of its own");
    assertThat(
            Reading.recBole(
                List.of("note"),
                "user_id:token\titem_id:token\tnote:token\nu\ti\t\"x\nuser_id:token\titem_id:token\tnote:token\n"
                    .getBytes(StandardCharsets.UTF_8)))
        .asString()
        .isEqualTo("[2: [\"x], 3: header repeated]");
  }

  @Test
  void dataInPlaceOfAHeaderIsRefusedWithTheRepair() {
    refused(
        "u0\ti0\t5\t1400432000\nu0\ti1\t5\t1400950400\n",
        "text:1: the first line looks like data (u0, i0, 5, 1400432000), not like names of columns;"
            + " give the names, such as ``headers`` user,item,rating,time");
    refused(
        "1,2,2014-04-07T10:51:09.277Z\n",
        "text:1: the first line looks like data (1, 2, 2014-04-07T10:51:09.277Z), not like names of"
            + " columns; give the names, such as ``headers`` user,item,time");
    refused(
        "u1 i1 3\nu1 i2 4\n",
        "text:1: has one column only, 'u1 i1 3'; say with ``separator`` what stands between the"
            + " columns, such as ``separator`` '|'");
    refused(
        "customer,sku\nu1,i1\n",
        "text: has no column user_id or user for the user, only customer, sku; name it with"
            + " ``column`` user=NAME, or, if the first line of the file is data, give the names"
            + " with ``headers``\n"
            + "text: has no column item_id or item for the item, only customer, sku; name it with"
            + " ``column`` item=NAME, or, if the first line of the file is data, give the names"
            + " with ``headers``");
    refused(
        "user,item,note,item\nu,i,n,j\n",
        "text: has the columns item and item, of which only one can count; rename the others");
    refused(
        "{\"user\": 1}\n",
        "text:1: this is JSON, not a table; say ``format`` jsonl, or amazon for its data sets");
    refused("", "text: is empty; its first line should name the columns");
    refused("\n \n", "text: is empty; its first line should name the columns");
    refused(
        "\"user,item\nu,i\n",
        "text:1: the header is refused: quotation mark never closed; the first line should name the columns, or give the names with ``headers``");
    assertThat(read("user,item,note,2019,2020\nu,i,n,3,4\n")).containsExactly("2: [u, i, n]");
  }

  @Test
  void otherEncodingsAreReadOrRefusedByLine() {
    byte[] latin = (HEADER + "u1,i1,Lámpara\nu1,i2,x\n").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(Reading.csv(NAMES, encoded("windows-1252"), latin))
        .asString()
        .isEqualTo("[2: [u1, i1, Lámpara], 3: [u1, i2, x]]");
    assertThat(Reading.csv(NAMES, encoded("windows-1252"), latin)).hasSize(2);
    for (String utf : List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "UTF-8")) {
      for (String mark : List.of("", "\uFEFF")) {
        byte[] text = (mark + HEADER + "u1,i1,ä😀\n").getBytes(Charset.forName(utf));
        assertThat(Reading.csv(NAMES, PrepareOptions.Text.PLAIN, text))
            .asString()
            .isEqualTo("[2: [u1, i1, ä😀]]");
      }
    }
  }

  /** All of the file is one line then, and its end has been cut within a pair of surrogates. */
  @Test
  void whatAWrongEncodingMakesOfAFileIsShownInPart() {
    byte[] text = (HEADER + "u1,i1,x\n".repeat(100) + " ").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Reading.csv(NAMES, encoded("UTF-16LE"), text))
        .isInstanceOf(DataException.class)
        .hasMessageMatching(
            ".*: has one column only, '.{57}[.]{3}'; say with ``separator`` what stands between the"
                + " columns, such as ``separator`` '[|]', or correct ``encoding``, if that is not how"
                + " the file begins");
    String wide = "\uD83D\uDE82".repeat(500);
    refused(
        wide + "\n",
        "text:1: has one column only, '"
            + "\uD83D\uDE82".repeat(57)
            + "...'; say with ``separator`` what stands between the columns, such as ``separator``"
            + " '|'");
  }

  private static PrepareOptions.Text encoded(String name) {
    return new PrepareOptions.Text("", List.of(), Optional.of(Charset.forName(name)));
  }

  private static List<String> read(String text) {
    return Reading.csv(NAMES, text).stream().map(Reading.Entry::toString).toList();
  }

  private static void refused(String text, String message) {
    refused(PrepareOptions.Text.PLAIN, text, message);
  }

  private static void refused(PrepareOptions.Text how, String text, String message) {
    assertThatThrownBy(() -> Reading.csv(NAMES, how, text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }
}
