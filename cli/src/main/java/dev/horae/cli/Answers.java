package dev.horae.cli;

import dev.horae.data.Workers;
import dev.horae.prep.Line;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.shell.Console;
import dev.horae.shell.Plain;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers in one format: of one question, or of a file by all cores. */
final class Answers {

  /** The forms of an answer. */
  enum Format {
    TABLE,
    JSON,
    CSV
  }

  private static final int PIECES = 32; // held at once

  /** Some answers of a file, as text. */
  private record Piece(byte[] text, int failed, @Nullable String firstProblem) {}

  private final Recommender recommender;
  private final Reply.Terms terms;
  private final Format format;
  private final boolean explain;
  private final int columns;
  private long answered;
  private long failed;
  private @Nullable String firstProblem;

  /**
   * @param columns of the terminal that shows the answers; 0 where none does
   */
  Answers(Recommender recommender, Reply.Terms terms, Format format, boolean explain, int columns) {
    this.recommender = recommender;
    this.terms = terms;
    this.format = format;
    this.explain = explain;
    this.columns = columns;
  }

  /** {@return how many histories could not be answered} */
  long failed() {
    return failed;
  }

  /** {@return how many lines were read, those that could not be answered included} */
  long answered() {
    return answered;
  }

  /** {@return why the first of those that could not be answered could not; null when all were} */
  @Nullable String firstProblem() {
    return firstProblem;
  }

  String of(Question question) {
    return header() + text(List.of(question));
  }

  /**
   * Writes the answers in the order of the lines, as soon as they are known. A line that cannot be
   * used gets an answer that says why.
   */
  void write(HistoryLines lines, OutputStream out) throws IOException {
    HistoryParser parser =
        new HistoryParser(lines.name(), new ItemIds(terms.catalogue()), terms.at());
    int size = recommender.atOnce(terms.top());
    out.write(header().getBytes(StandardCharsets.UTF_8));
    out.flush();
    for (List<Line> chunk = lines.next(PIECES * size);
        !chunk.isEmpty();
        chunk = lines.next(PIECES * size)) {
      List<Line> all = chunk;
      Piece[] pieces = new Piece[(all.size() + size - 1) / size];
      Workers.each(
          pieces.length,
          i ->
              pieces[i] =
                  piece(parser, all.subList(i * size, Math.min(all.size(), (i + 1) * size))));
      for (Piece piece : pieces) {
        out.write(piece.text());
        failed += piece.failed();
        firstProblem = firstProblem == null ? piece.firstProblem() : firstProblem;
      }
      out.flush();
      answered += all.size();
      Console.progress().at("recommend", answered, 0, "");
    }
  }

  private Piece piece(HistoryParser parser, List<Line> lines) {
    List<Question> questions = lines.stream().map(parser::line).toList();
    List<String> problems =
        questions.stream().map(Question::problem).filter(problem -> problem != null).toList();
    return new Piece(
        text(questions).getBytes(StandardCharsets.UTF_8),
        problems.size(),
        problems.isEmpty() ? null : problems.get(0));
  }

  private String header() {
    return format == Format.CSV ? CsvAnswers.HEADER : "";
  }

  private String text(List<Question> questions) {
    StringBuilder text = new StringBuilder();
    JsonAnswers json = new JsonAnswers(terms);
    CsvAnswers csv = new CsvAnswers(terms);
    for (Reply reply : replies(questions)) {
      switch (format) {
        case TABLE ->
            text.append(heading(reply.question())).append(TableAnswers.text(reply, terms, columns));
        case JSON -> text.append(json.line(reply));
        case CSV -> text.append(csv.lines(reply));
      }
    }
    return text.toString();
  }

  private static String heading(Question question) {
    if (question.line() == 0) {
      return "";
    }
    Object user = question.user();
    return (question.line() == 1 ? "" : "\n")
        + "line "
        + question.line()
        + (user == null ? "" : ", user " + Plain.line(JsonValue.plain(user)))
        + "\n";
  }

  private List<Reply> replies(List<Question> questions) {
    List<List<Recommender.Event>> histories =
        questions.stream()
            .filter(question -> question.problem() == null)
            .map(question -> question.history().events())
            .toList();
    List<Explanation> explanations = new ArrayList<>();
    if (explain) {
      for (List<Recommender.Event> history : histories) {
        explanations.add(recommender.explain(history, terms.top(), terms.excludeSeen()));
      }
    }
    List<Answer> answers =
        explain
            ? explanations.stream().map(Explanation::answer).toList()
            : recommender.recommend(histories, terms.top(), terms.excludeSeen());
    List<Reply> replies = new ArrayList<>();
    int next = 0;
    for (Question question : questions) {
      if (question.problem() == null) {
        Optional<Explanation> why =
            explain ? Optional.of(explanations.get(next)) : Optional.empty();
        replies.add(new Reply(question, answers.get(next++), why));
      } else {
        replies.add(new Reply(question, null, Optional.empty()));
      }
    }
    return replies;
  }
}
