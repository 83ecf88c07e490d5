package dev.horae.cli;

import dev.horae.data.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Reads what {@code --history} says: {@code ID[@TIME],...}. What is an id of the catalogue as a
 * whole is that item, also with commas and an @ in it.
 */
final class HistoryOption {

  private final ItemIds ids;
  private final long at;
  private final CommandLine command;

  /**
   * @param at the moment of recommending, seconds since 1970-01-01 UTC
   */
  HistoryOption(ItemIds ids, long at, CommandLine command) {
    this.ids = ids;
    this.at = at;
    this.command = command;
  }

  /**
   * @param options each a list, or one event whose id has commas
   */
  History parse(List<String> options) {
    List<History.Given> events = new ArrayList<>();
    for (String option : options) {
      Optional<History.Given> whole = known(option);
      whole.ifPresent(events::add);
      for (String part : whole.isPresent() ? new String[0] : option.split(",", -1)) {
        if (!part.isBlank()) {
          events.add(known(part).orElseGet(() -> unknown(part.strip())));
        }
      }
    }
    return History.until(at, events);
  }

  /** An item of the catalogue, alone or with a time behind the last @ that has one. */
  private Optional<History.Given> known(String event) {
    if (ids.isKnown(ids.resolved(event))) {
      return Optional.of(new History.Given(ids.resolved(event), Optional.empty()));
    }
    return split(event).filter(given -> ids.isKnown(given.item()));
  }

  private Optional<History.Given> split(String event) {
    for (int sign = event.lastIndexOf('@'); sign > 0; sign = event.lastIndexOf('@', sign - 1)) {
      String after = event.substring(sign + 1);
      Optional<Moment> time = Moment.parse(after);
      if (time.isPresent() || HistoryParser.isMissing(after)) {
        return Optional.of(new History.Given(ids.resolved(event.substring(0, sign)), time));
      }
    }
    return Optional.empty();
  }

  /** An item that the catalogue lacks, unless it is a known one with a broken time. */
  private History.Given unknown(String event) {
    for (int sign = event.lastIndexOf('@'); sign > 0; sign = event.lastIndexOf('@', sign - 1)) {
      if (ids.isKnown(ids.resolved(event.substring(0, sign))) && split(event).isEmpty()) {
        throw new ParameterException(
            command,
            "--history: '"
                + event.substring(sign + 1)
                + "' in '"
                + event
                + "' is not a time; write epoch seconds or 2014-07-23");
      }
    }
    return split(event)
        .filter(given -> given.time().isPresent())
        .orElseGet(() -> new History.Given(event, Optional.empty()));
  }
}
