package dev.horae.report;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A drawing of a table: its columns become places, colours and intervals.
 *
 * @param data what is drawn, and nothing else
 * @param x name of the column to the right: texts are categories in their order, numbers a scale
 * @param y name of the column of numbers upwards
 * @param series name of the column whose values are colours; null where all have one
 * @param low name of the column with the lower end of an interval around y; null for none
 * @param high likewise
 * @param logX whether x is drawn on a logarithmic scale
 * @param logY likewise
 * @param note below it; empty for none
 */
public record Chart(
    String title,
    Mark mark,
    Table data,
    String x,
    String y,
    @Nullable String series,
    @Nullable String low,
    @Nullable String high,
    boolean logX,
    boolean logY,
    String note)
    implements Block {

  /** What stands for a row. */
  public enum Mark {
    LINE,
    BAR,
    DOT
  }

  /** Throws {@link IllegalArgumentException} where it names a column that the table lacks. */
  public Chart {
    List<String> names = data.columns().stream().map(Table.Column::name).toList();
    Stream.of(x, y, series, low, high)
        .filter(name -> name != null && !names.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  title + ": there is no column " + name + " among " + names);
            });
  }

  /** {@return a chart without series, intervals and logarithms} */
  public static Chart of(Mark mark, Table data, String x, String y) {
    return new Chart(data.title(), mark, data, x, y, null, null, null, false, false, "");
  }

  /** {@return the same chart, its rows in the colours of a column's values} */
  public Chart by(String series) {
    return new Chart(title, mark, data, x, y, series, low, high, logX, logY, note);
  }

  /** {@return the same chart with intervals} */
  public Chart within(String low, String high) {
    return new Chart(title, mark, data, x, y, series, low, high, logX, logY, note);
  }

  /** {@return the same chart with logarithmic scales} */
  public Chart logarithmic(boolean logX, boolean logY) {
    return new Chart(title, mark, data, x, y, series, low, high, logX, logY, note);
  }

  /** {@return the same chart with a note below it} */
  public Chart noted(String note) {
    return new Chart(title, mark, data, x, y, series, low, high, logX, logY, note);
  }

  @Override
  public Optional<Table> table() {
    return Optional.of(data);
  }
}
