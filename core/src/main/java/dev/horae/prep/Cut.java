package dev.horae.prep;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.data.Moment;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a split by time cuts: at a moment, or behind a share of all events.
 *
 * @param text one of {@link Moment#FORMS}, or a number between 0 and 1, such as 0.9
 */
public record Cut(String text) {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,99}\\.?\\d{0,99}|\\.\\d{1,99})([eE][+-]?\\d{1,2})?");

  /** Below it, a number with a point is a share that is out of place rather than a moment. */
  private static final BigDecimal NO_MOMENT = BigDecimal.valueOf(1000);

  public Cut {
    text = text.strip();
    Optional<BigDecimal> share = asShare(text);
    unless(
        share.isPresent()
            ? share.get().signum() > 0 && share.get().compareTo(BigDecimal.ONE) < 0
            : Moment.parse(text).isPresent(),
        "cut",
        text,
        "is neither a moment nor a share between 0 and 1 of the events",
        "write one such as 2014-01-01, or 0.9");
  }

  /** {@return the share of events that is to lie before the cut; empty where it is a moment} */
  Optional<BigDecimal> share() {
    return asShare(text);
  }

  /** {@return the moment, a second that has begun} */
  long seconds() {
    return Moment.parse(text).orElseThrow().seconds();
  }

  private static Optional<BigDecimal> asShare(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return Optional.empty();
    }
    BigDecimal number = new BigDecimal(text);
    boolean small = number.abs().compareTo(BigDecimal.ONE) <= 0;
    boolean whole = text.chars().allMatch(c -> c != '.' && c != 'e' && c != 'E');
    return small || !whole && number.abs().compareTo(NO_MOMENT) < 0
        ? Optional.of(number)
        : Optional.empty();
  }
}
