package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PrepareCommandTest {

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine command =
      new CommandLine(new PrepareCommand())
          .setOut(new PrintWriter(out))
          .setErr(new PrintWriter(err));

  /** A terminal obeys what begins with ESC, whoever wrote it. */
  @Test
  void whatATerminalWouldObeyIsNotPrinted() throws IOException {
    Path events = directory.resolve("log.csv");
    StringBuilder lines = new StringBuilder("user,item\n");
    for (int i = 0; i < 25; i++) {
      lines.append("u").append(i).append(",a\n");
      lines.append(i < 10 ? "\u001b[31mred,b" + i + "\n" : "");
    }
    Files.writeString(events, lines);
    String[] arguments = {
      "--format=csv",
      "--events=" + events,
      "--min-user-events=1",
      "--min-item-events=1",
      "--out=" + directory.resolve("shop")
    };
    assertThat(command.execute(arguments)).isZero();
    assertThat(out.toString())
        .contains("  user  [31mred holds 28.6 % of the events")
        .doesNotContain("\u001b")
        .endsWith("\n");
    Files.writeString(events, "us\u001b[31mer,item\nu,a\n");
    TrainedShop.refused(
        3,
        events
            + ": has no column user_id or user for the user, only us [31mer, item; name it with"
            + " --column user=NAME, or, if the first line of the file is data, give the names with"
            + " --header\n",
        Stream.concat(Stream.of("prepare"), Stream.of(arguments)).toArray());
  }

  @Test
  void preparesAndReports() throws IOException {
    Path events = directory.resolve("log.csv");
    Files.writeString(
        events, "customer,item,time\nu,a,2024-01-01\nu,b,2024-01-02\nu,b,2024-01-02\nv,a,oops\n");
    Path data = directory.resolve("shop");
    int exit =
        command.execute(
            "--format=csv",
            "--events=" + events,
            "--column=user=customer",
            "--min-user-events=1",
            "--min-item-events=1",
            "--max-rejects=0.5",
            "--out=" + data);
    assertThat(err.toString()).isEmpty();
    assertThat(exit).isZero();
    assertThat(out.toString().lines().map(String::stripTrailing))
        .containsExactly(
            "Data set shop in " + data,
            "  users                                           1",
            "  items                                           2",
            "  events                                          2",
            "  events per user                              2.00",
            "  events per item                              1.00",
            "  sparsity                                   0.00 %",
            "  first day                              2024-01-01",
            "  last day                               2024-01-02",
            "",
            "Leave-one-out",
            "  training targets                                1",
            "  validation targets                              0",
            "  test targets                                    0",
            "  users cut at the maximum length                 0  more than 50 events before the"
                + " last",
            "  targets whose input is cut                      0",
            "",
            "Audit of the events",
            "  rows read                                       4",
            "  rows rejected                                   1  25.0 %",
            "  duplicates removed                              1",
            "  events outside the core                         0  with 0 users and 0 items; users"
                + " need 1, items 1; 0 rounds",
            "  events tied with the one before                 0  0.0 %, input order decides",
            "  users with ties                                 0  0.0 %",
            "",
            "Audit of the catalogue",
            "  items not in catalogue                          2  100.0 %",
            "  items without text                              2  100.0 %",
            "  items without title                             2  100.0 %",
            "  items without brand                             2  100.0 %",
            "  items without category                          2  100.0 %",
            "  items without image                             2  100.0 %",
            "",
            "Sources",
            "  event file                               73 bytes  "
                + events
                + "  time: ISO dates without an offset (UTC)",
            "",
            "Warnings",
            "  1 x unreadable time: left out, listed in rejects.csv; times may be epoch seconds,"
                + " milliseconds, microseconds or nanoseconds, YYYYMMDD, YYYYMMDDHHMM,"
                + " YYYYMMDDHHMMSS, or ISO such as 2014-07-23 or 2014-07-23T18:30:00.5+02:00");
  }

  @Test
  void aWrongMappingSaysWhatIsPossible() {
    int exit = command.execute("--format=csv", "--events=x", "--out=y", "--column=usr=customer");
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString().lines().findFirst())
        .hasValue(
            "--column usr=customer is not WHAT=NAME; WHAT is user, item, time, title, brand,"
                + " categories or image");
  }

  @Test
  void wrongValuesNameKeyValueAndRepair() {
    assertThat(command.execute("--format=xml", "--events=x", "--out=y")).isEqualTo(2);
    assertThat(err.toString().lines().findFirst())
        .hasValue(
            "Invalid value for option '--format': 'xml' is not one of recbole, amazon, csv, jsonl,"
                + " parquet");
    assertThat(command.execute("--format=csv", "--events=x", "--out=y", "--max-rejects=5"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("--max-rejects 5.0 is not a share; write a number from 0 to 1, such as 0.05");
    TrainedShop.Result several =
        TrainedShop.horae(
            "prepare",
            "--format=csv",
            "--events=x",
            "--out=y",
            "--split=time",
            "--cut=2014-13-01",
            "--min-item-events=-3",
            "--max-length=0");
    assertThat(several.err().lines())
        .startsWith(
            "--cut 2014-13-01 is neither a moment nor a share between 0 and 1 of the events; write"
                + " one such as 2014-01-01, or 0.9",
            "--min-item-events -3 is negative; the paper has 5",
            "--max-length 0 is not positive; the paper has 50");
  }
}
