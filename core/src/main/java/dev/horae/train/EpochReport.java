package dev.horae.train;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How an epoch went.
 *
 * @param number from 1
 * @param epochs most epochs of the run
 * @param losses mean of each loss, before its weight
 * @param metric what early stopping watches, such as {@code ndcg@20}
 * @param valid its value on the validation targets
 * @param best the best one so far
 * @param bestEpoch when that was, from 1
 * @param seconds of the epoch, validation included
 * @param secondsLeft when all epochs are done; early stopping may end the run before
 */
public record EpochReport(
    int number,
    int epochs,
    Map<String, Double> losses,
    String metric,
    double valid,
    double best,
    int bestEpoch,
    double seconds,
    double secondsLeft) {

  /** {@return the losses in one phrase, such as {@code ce 5.116, cp 0.686}} */
  static String text(Map<String, Double> losses) {
    return losses.entrySet().stream()
        .map(loss -> String.format(Locale.ROOT, "%s %.3f", loss.getKey(), loss.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** {@return the losses in one phrase} */
  public String lossText() {
    return text(losses);
  }
}
