package dev.horae.model;

import java.util.List;
import java.util.Locale;

/**
 * One factor of the product that {@link Horae} is.
 *
 * @param epsilon the factor is log(1 + signal / epsilon), which is 0 without evidence; 0 stands for
 *     the signal itself
 */
record HoraeFactor(Group group, Signal signal, double epsilon) {

  /** All there are, those that are logarithms first. */
  static final List<HoraeFactor> ALL =
      List.of(
          new HoraeFactor(Group.AFTER, Signal.FOLLOWERS, 1e-4),
          new HoraeFactor(Group.TOGETHER, Signal.TOGETHER, 1e-3),
          new HoraeFactor(Group.TOGETHER, Signal.TOGETHER_WITH_LAST, 1e-3),
          new HoraeFactor(Group.TOGETHER, Signal.TAKEN_WITH_LIKE, 1e-3),
          new HoraeFactor(Group.WORDS, Signal.WORDS, 1e-2),
          new HoraeFactor(Group.TEXT, Signal.TEXT, 1e-2),
          new HoraeFactor(Group.REPEAT, Signal.TAKEN_SHARE, 1e-2),
          new HoraeFactor(Group.WORDS, Signal.WORDS, 0),
          new HoraeFactor(Group.TEXT, Signal.TEXT, 0),
          new HoraeFactor(Group.TEXT, Signal.TEXT_OF_LAST, 0),
          new HoraeFactor(Group.IMAGE, Signal.IMAGE, 0),
          new HoraeFactor(Group.IMAGE, Signal.IMAGE_OF_LAST, 0),
          new HoraeFactor(Group.POPULARITY, Signal.POPULARITY, 0),
          new HoraeFactor(Group.TREND, Signal.LATELY, 0),
          new HoraeFactor(Group.TREND, Signal.LONGER, 0),
          new HoraeFactor(Group.TREND, Signal.AGE, 0),
          new HoraeFactor(Group.TREND, Signal.UNBORN, 0),
          new HoraeFactor(Group.REPEAT, Signal.TAKEN, 0),
          new HoraeFactor(Group.REPEAT, Signal.SINCE_TAKEN, 0),
          new HoraeFactor(Group.NETWORK, Signal.NETWORK, 0),
          new HoraeFactor(Group.NETWORK, Signal.SECOND_NETWORK, 0));

  /**
   * What a factor is a function of, one value per item for a history: means over its newest events,
   * the k-th newest weighing 1/k, or the newest event alone.
   */
  enum Signal {
    FOLLOWERS,
    TOGETHER,
    TOGETHER_WITH_LAST,
    TAKEN_WITH_LIKE, // taken together with neighbours in words
    WORDS,
    TEXT,
    TEXT_OF_LAST,
    IMAGE,
    IMAGE_OF_LAST,
    POPULARITY,
    LATELY, // these four: see HoraeTrend.State
    LONGER,
    AGE,
    UNBORN,
    TAKEN,
    SINCE_TAKEN,
    TAKEN_SHARE, // of all events of the history
    NETWORK, // scores of a tower, in standard deviations
    SECOND_NETWORK
  }

  /** Under what explanations add factors up, and how they say that it is the chief reason. */
  enum Group {
    AFTER("taken after", "often taken after", true),
    TOGETHER("taken together", "taken by users of", true),
    WORDS("words", "words like", true),
    TEXT("text", "text like", true),
    IMAGE("image", "picture like", true),
    POPULARITY("popularity", "popular", false),
    TREND("trend", "popular lately", false),
    REPEAT("repeat", "taken before", false),
    NETWORK("network", "the network", false);

    final String title;
    private final String reason;
    private final boolean ofAnEvent;

    Group(String title, String reason, boolean ofAnEvent) {
      this.title = title;
      this.reason = reason;
      this.ofAnEvent = ofAnEvent;
    }

    /** {@return the reason, with the number of the event that the score would fall most without} */
    String inWords(List<Double> influence) {
      int most = 0;
      for (int e = 1; e < influence.size(); e++) {
        most = influence.get(e) > influence.get(most) ? e : most;
      }
      return ofAnEvent && !influence.isEmpty() ? reason + " #" + (most + 1) : reason;
    }
  }

  /** {@return the name under which its weight is kept} */
  String key() {
    return (isLogarithm() ? "log " : "") + signal.name().toLowerCase(Locale.ROOT);
  }

  boolean isLogarithm() {
    return epsilon > 0;
  }

  /** {@return whether it depends on nothing but the day, if on that} */
  boolean isOfTheDay() {
    return group == Group.TREND || group == Group.POPULARITY;
  }

  /** {@return the factor of an item on a day} */
  double of(HoraeSignals.Values signals, HoraeTrend.State state, int item) {
    return isOfTheDay() ? state.of(signal) : of(signals.of(signal, item));
  }

  double of(double signal) {
    return isLogarithm() ? Math.log(1 + Math.max(0, signal) / epsilon) : signal;
  }
}
