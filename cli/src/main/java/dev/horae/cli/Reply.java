package dev.horae.cli;

import dev.horae.data.Catalogue;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.serve.Recommender.Scored;
import dev.horae.serve.Recommender.Source;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A question with its answer.
 *
 * @param answer null where the question has a problem
 * @param explanation where it was asked for
 */
record Reply(Question question, @Nullable Answer answer, Optional<Explanation> explanation) {

  /** {@return the answer to a question without a problem} */
  @Override
  public Answer answer() {
    if (answer == null) {
      throw new IllegalStateException("a question with a problem has no answer");
    }
    return answer;
  }

  /** Said of a cold item. */
  static final String COLD = "cold: no events, scored by its content";

  /**
   * What holds for all answers of a command.
   *
   * @param wish whether seen items are left out, where the user said so
   * @param excludeSeen whether seen items are left out
   * @param at the moment of recommending, seconds since 1970-01-01 UTC
   */
  record Terms(
      Catalogue catalogue,
      int top,
      Optional<Boolean> wish,
      boolean excludeSeen,
      long at,
      String model,
      boolean unfinished) {

    /** {@return the moment of recommending, such as 2014-07-23T18:30:00Z} */
    String moment() {
      return Instant.ofEpochSecond(at).toString();
    }
  }

  /**
   * {@return why these are not as many items as wanted, or not the model's; empty when they are}
   */
  String reason(Terms terms) {
    if (answer().source() == Source.POPULAR) {
      return unanswerable(terms) + "; these are the most popular items";
    }
    int all = terms.catalogue().size();
    int left = answer().items().size();
    if (left >= terms.top()) {
      return "";
    }
    if (!terms.excludeSeen() || left == all) {
      return number(all, "item is", "items are") + " all there are";
    }
    String seen =
        left == 0
            ? "all " + number(all, "item is", "items are")
            : all - left + " of " + all + " items " + (all - left == 1 ? "is" : "are");
    String rest = left == 0 ? "none" : Integer.toString(left);
    return seen
        + " in the history; "
        + (terms.wish().isPresent()
            ? "--exclude-seen leaves " + rest
            : "seen items are left out, which leaves " + rest + "; --no-exclude-seen keeps them");
  }

  /** {@return the same of one of its items} */
  String reason(Scored item, Terms terms) {
    String reason = reason(terms);
    return item.cold() ? COLD + (reason.isEmpty() ? "" : "; " + reason) : reason;
  }

  /** Why the model cannot be asked. */
  private String unanswerable(Terms terms) {
    History history = question.history();
    int unknown = answer().unknown().size();
    int later = history.later();
    if (question.stranger() != null) {
      return question.stranger();
    }
    if (unknown == 0 && later == 0) {
      return "the history is empty";
    }
    if (unknown == 0) {
      return (later == 1 ? "the only event" : "all " + number(later, "", "events"))
          + " of the history "
          + (later == 1 ? "is" : "are")
          + " later than "
          + terms.moment();
    }
    if (later == 0) {
      return "the model knows no item of the history";
    }
    return number(later, "event of the history is", "events of the history are")
        + " later than "
        + terms.moment()
        + " and of the others the model knows no item";
  }

  private static String number(int n, String one, String many) {
    return n + " " + (n == 1 ? one : many);
  }
}
