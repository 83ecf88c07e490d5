package dev.horae.cli;

import dev.horae.data.Csv;
import dev.horae.serve.Recommender.Scored;
import java.util.List;
import java.util.stream.Stream;

/** Answers as CSV, an item on a line; one line without an item where there is none. */
final class CsvAnswers {

  static final String HEADER =
      Csv.line(
          List.of(
              "line", "user", "rank", "item", "title", "score", "source", "reason", "unknown",
              "later", "untimed"));

  private final Reply.Terms terms;

  CsvAnswers(Reply.Terms terms) {
    this.terms = terms;
  }

  String lines(Reply reply) {
    Question question = reply.question();
    String line = question.line() > 0 ? Long.toString(question.line()) : "";
    String user = question.user() == null ? "" : JsonValue.plain(question.user());
    if (question.problem() != null) {
      return Csv.line(List.of(line, user, "", "", "", "", "error", question.problem(), "", "", ""));
    }
    if (reply.answer().items().isEmpty()) {
      return Csv.line(row(List.of(line, user, "", "", "", ""), rest(reply, reply.reason(terms))));
    }
    StringBuilder lines = new StringBuilder();
    int rank = 0;
    for (Scored item : reply.answer().items()) {
      rank++;
      String title = terms.catalogue().item(item.item()).title();
      String score = Float.toString((float) item.score());
      lines.append(
          Csv.line(
              row(
                  List.of(line, user, Integer.toString(rank), item.item(), title, score),
                  rest(reply, reply.reason(item, terms)))));
    }
    return lines.toString();
  }

  private static List<String> rest(Reply reply, String reason) {
    return List.of(
        JsonAnswers.name(reply.answer().source()),
        reason,
        Integer.toString(reply.answer().unknown().size()),
        Integer.toString(reply.question().history().later()),
        Integer.toString(reply.question().history().untimed()));
  }

  private static List<String> row(List<String> first, List<String> rest) {
    return Stream.concat(first.stream(), rest.stream()).toList();
  }
}
