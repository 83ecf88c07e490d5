package dev.horae.cli;

import dev.horae.config.Names;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Moment;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.serve.Recommender;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.ListArguments;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "recommend",
    description =
        "Recommend next items for a history, a user of the data set, or a file of histories.",
    sortOptions = false,
    footer = {
      "",
      "TIME is as prepare reads it: epoch seconds to nanoseconds, or an ISO date or date-time. An"
          + " event without one keeps its place in the list. Items that the catalogue lacks are"
          + " skipped and named. A history without a known item gets what is most popular, and the"
          + " answer says why. What is an item id of the catalogue as a whole is that item; one"
          + " with commas goes into a --history of its own.",
      "",
      "Examples:",
      "  horae recommend runs/toys --history 'B005E7BDXW@2013-09-16,B00A850V92@2014-02-20'",
      "  horae recommend runs/toys --user A1VXOAVRGKGEAK --explain --no-exclude-seen",
      "  horae recommend runs/toys --input histories.jsonl --output answers.jsonl",
      "  tail -f histories.jsonl | horae recommend runs/toys --input -",
      "",
      "A line of FILE.jsonl, which may be gzipped: {\"user\": \"any name\", \"history\":"
          + " [{\"item\": \"ID\", \"time\": TIME}, ...]}; an event may also be [\"ID\", TIME] or"
          + " \"ID\".",
      "",
      "Fields of an answer in JSON, in this order: line (with --input), user, items (item, title,"
          + " score, source, reason where popular or cold), source (model or popular), reason (null"
          + " where the model gave as many items as wanted), unknown (items that were skipped),"
          + " later (events left out), untimed (events without a usable time), at, model,"
          + " unfinished. A line that cannot be used gets line, user, items and error; the exit"
          + " code is then 3."
    })
final class RecommendCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "A directory that 'horae train' made.")
  Path run;

  @ArgGroup(multiplicity = "1")
  Source source;

  static final class Source {
    @Option(
        names = "--history",
        paramLabel = "ID[@TIME],...",
        description = "What one user did, oldest first. Given again, it goes on.")
    List<String> history;

    @Option(
        names = "--user",
        paramLabel = "ID",
        description = "A user of the data set, with everything known of them.")
    String user;

    @Option(
        names = "--input",
        paramLabel = "FILE.jsonl",
        description =
            "One history per line, - for standard input. The answers come in the same order, as"
                + " soon as they are known.")
    Path input;
  }

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "The moment of recommending: later events are left out and counted; the last events"
              + " without a time get it. Default: now.")
  String at;

  @Mixin ListArguments list;

  @Option(
      names = "--explain",
      description =
          "Say what each view contributes to a score, which events mattered, and how the experts"
              + " were mixed.")
  boolean explain;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "table, json (a line per history) or csv (a line per item). Default: table; json with"
              + " --input or --output.")
  Answers.Format format;

  @Option(names = "--json", description = "The same as --format json.")
  boolean json;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Write the answers here, whole or not at all; - is standard output. What a link points to"
              + " is replaced; a device or a named pipe is written to.")
  Path output;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "With --user: where the data set lies, when it was moved since training.")
  Path data;

  @Override
  public Integer call() {
    OutputFile file = check(); // what cannot be written is refused before anything is read
    long moment = moment();
    RunDirectory directory = RunDirectory.open(run);
    TrainedRun trained = TrainedRun.open(directory);
    try (Recommender recommender = Recommender.of(trained)) {
      Reply.Terms terms = terms(trained, recommender, moment);
      Answers answers =
          new Answers(
              recommender,
              terms,
              format,
              explain,
              file.isStandardOutput() && Console.styles() ? Console.columns() : 0);
      if (source.input == null) {
        Question question =
            source.user == null
                ? given(recommender.catalogue(), moment)
                : user(Inputs.dataset(directory, data), moment);
        notes(terms, trained, file);
        file.writeText(answers.of(question));
      } else {
        try (HistoryLines lines = new HistoryLines(source.input, System.in)) {
          notes(terms, trained, file);
          batch(answers, lines, file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + source.input, e);
    }
    return 0;
  }

  private OutputFile check() {
    OutputFile file =
        OutputFile.of("--output", output == null ? OutputFile.STANDARD_OUTPUT : output, spec);
    if (source.input != null) {
      file.requireApartFrom("--input", source.input, spec);
    }
    list.check();
    if (json && format != null && format != Answers.Format.JSON) {
      throw wrong("--json and --format " + format.name().toLowerCase(Locale.ROOT) + " differ");
    }
    boolean forPeople = !json && source.input == null && output == null;
    format = format != null ? format : forPeople ? Answers.Format.TABLE : Answers.Format.JSON;
    if (explain && format == Answers.Format.CSV) {
      throw wrong("--explain has no place in CSV; use --format table or json");
    }
    return file;
  }

  private long moment() {
    if (at == null) {
      return Instant.now().getEpochSecond();
    }
    return Moment.parse(at)
        .orElseThrow(
            () -> wrong("--at " + at + " is not a time; write epoch seconds or 2014-07-23"))
        .seconds();
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Reply.Terms terms(TrainedRun trained, Recommender recommender, long moment) {
    return new Reply.Terms(
        recommender.catalogue(),
        list.top(),
        list.excludeSeen(),
        list.excludeSeen().orElseGet(recommender::seldomRepeats),
        moment,
        Names.choice(trained.config().model().getClass()),
        !trained.finished());
  }

  /** What a person should know; it does not stand among answers for a program. */
  private void notes(Reply.Terms terms, TrainedRun trained, OutputFile file) {
    boolean apart = file.isStandardOutput() && format != Answers.Format.TABLE;
    PrintWriter print = apart ? spec.commandLine().getErr() : spec.commandLine().getOut();
    if (terms.unfinished()) {
      print.println(
          run
              + ": "
              + TrainedRun.UNFINISHED
              + " (horae train --resume "
              + CommandText.quoted(run.toString())
              + ")");
    }
    if (list.excludeSeen().isEmpty()) {
      String share =
          String.format(
              Locale.ROOT,
              "%.1f %% of the training events repeat an item",
              100 * trained.counts().repeatShare());
      print.println(
          terms.excludeSeen()
              ? "seen items are left out: " + share + "; --no-exclude-seen keeps them"
              : "seen items may come again: " + share + "; --exclude-seen leaves them out");
    }
    if (trained.coldItemsLeftOut() > 0) {
      print.printf(
          Locale.ROOT,
          trained.features().isEmpty()
              ? "cold items, which have no events, cannot be scored by this model, which reads"
                  + " neither texts nor pictures: %,d%n"
              : "cold items without a text or picture that this model reads cannot be scored:"
                  + " %,d%n",
          trained.coldItemsLeftOut());
    }
    print.flush();
  }

  private Question given(Catalogue catalogue, long moment) {
    HistoryOption option = new HistoryOption(new ItemIds(catalogue), moment, spec.commandLine());
    return Question.of(null, option.parse(source.history));
  }

  private Question user(Dataset dataset, long moment) {
    int u = dataset.users().indexOf(source.user);
    if (u < 0) {
      String stranger =
          "the data set has no user '"
              + source.user
              + "'"
              + Names.didYouMean(source.user, dataset.users());
      return Question.stranger(source.user, stranger);
    }
    List<History.Given> events = new ArrayList<>();
    for (int e = dataset.histories().starts()[u]; e < dataset.histories().starts()[u + 1]; e++) {
      events.add(
          History.Given.of(
              dataset.catalogue().item(dataset.histories().items()[e]).id(),
              dataset.histories().times()[e]));
    }
    return Question.of(source.user, History.until(moment, events));
  }

  private void batch(Answers answers, HistoryLines lines, OutputFile file) {
    file.write(out -> answers.write(lines, out));
    if (answers.answered() == 0) {
      spec.commandLine().getErr().println(lines.name() + ": holds no history");
    }
    if (answers.failed() > 0) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%,d of %,d histories could not be answered, the first: %s",
              answers.failed(),
              answers.answered(),
              answers.firstProblem()));
    }
  }
}
