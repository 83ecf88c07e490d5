package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Moment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** Settles where a split by time cuts, and refuses a cut that leaves too little on a side. */
final class TimeSplit {

  /** One user proves nothing, and training stops by validation. */
  private static final int FEWEST_ASKED = 2;

  private static final String OTHER = "choose another moment, or a share such as 0.9";

  private final Connection connection;
  private final Cut cut;

  TimeSplit(Connection connection, Cut cut) {
    this.connection = connection;
    this.cut = cut;
  }

  /** Throws {@link DataException} for events without times. */
  void requireTimes(boolean timed) {
    if (!timed) {
      throw new DataException(
          "``split`` time: the events carry no time; name the column of the times with ``column``"
              + " time=NAME, or leave ``split`` and ``cut`` out");
    }
  }

  /**
   * {@return the moment in seconds; of a share the time of the event behind so many}
   *
   * @throws DataException when all events lie on one side of it
   */
  long settle() throws SQLException {
    long first = number("SELECT min(seconds) FROM ordered");
    long last = number("SELECT max(seconds) FROM ordered");
    long seconds = cut.share().isPresent() ? behind(cut.share().get()) : cut.seconds();
    if (seconds <= first) {
      throw new DataException(
          "%s: no event lies before it, the first is of %s; %s"
              .formatted(name(seconds), Moment.text(first), OTHER));
    }
    if (seconds > last) {
      throw new DataException(
          "%s: no event lies at or behind it, the last is of %s; %s"
              .formatted(name(seconds), Moment.text(last), OTHER));
    }
    return seconds;
  }

  private long behind(BigDecimal share) throws SQLException {
    long events = number("SELECT count(*) FROM ordered");
    long before =
        share
            .multiply(BigDecimal.valueOf(events))
            .setScale(0, RoundingMode.HALF_UP)
            .min(BigDecimal.valueOf(events - 1))
            .longValueExact();
    return number("SELECT seconds FROM ordered ORDER BY seconds LIMIT 1 OFFSET " + before);
  }

  /** Throws {@link DataException} when, by the statistics, too few users can be asked. */
  void check(long seconds) throws SQLException {
    long asked = number("SELECT whole FROM statistic WHERE name = 'test_targets'");
    long validated = number("SELECT whole FROM statistic WHERE name = 'valid_targets'");
    if (asked < FEWEST_ASKED || validated == 0) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %,d users have events before it and then an item that was had before it, which"
                  + " %d must; %,d users have three events before it, which one must, for"
                  + " validation; %s",
              name(seconds),
              asked,
              FEWEST_ASKED,
              validated,
              OTHER));
    }
  }

  private String name(long seconds) {
    String moment = Moment.text(seconds);
    return "``cut`` " + cut.text() + (cut.text().equals(moment) ? "" : ", which is " + moment);
  }

  private long number(String query) throws SQLException {
    return Sql.number(connection, query);
  }
}
