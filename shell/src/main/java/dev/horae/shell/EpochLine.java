package dev.horae.shell;

import dev.horae.page.Numbers;
import dev.horae.train.EpochReport;
import java.util.Locale;

/** How an epoch went, in one line. */
public final class EpochLine {

  private EpochLine() {}

  /** {@return such as {@code epoch 1 of 100: valid ndcg@20 0.0312, best 0.0312 in epoch 1; ...}} */
  public static String of(EpochReport epoch) {
    return String.format(
        Locale.ROOT,
        "epoch %d of %d: valid %s %.4f, best %.4f in epoch %d; %s; %.1f s, %s",
        epoch.number(),
        epoch.epochs(),
        epoch.metric(),
        epoch.valid(),
        epoch.best(),
        epoch.bestEpoch(),
        epoch.lossText(),
        epoch.seconds(),
        epoch.secondsLeft() > 0
            ? "at most " + Numbers.duration(epoch.secondsLeft()) + " left"
            : "the last one");
  }
}
