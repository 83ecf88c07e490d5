package dev.horae.cli;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.data.Moment;
import dev.horae.data.TrainingCounts;
import dev.horae.data.Workers;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Answer;
import dev.horae.serve.Recommender.Event;
import dev.horae.serve.Recommender.Explanation;
import dev.horae.train.RunDirectory;
import dev.horae.train.Training;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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
      "TIME is epoch seconds or milliseconds, or an ISO date or date-time. A history's user need"
          + " not be known; items that the catalogue lacks are skipped and named.",
      "",
      "Examples:",
      "  horae recommend runs/toys --history 'B005E7BDXW@2013-09-16,B00A850V92@2014-02-20'",
      "  horae recommend runs/toys --user A1VXOAVRGKGEAK --explain --exclude-seen",
      "  horae recommend runs/toys --input histories.jsonl --output answers.jsonl",
      "",
      "A line of FILE.jsonl: {\"user\": \"any name\", \"history\": [{\"item\": \"ID\", \"time\":"
          + " TIME}, ...]}"
    })
final class RecommendCommand implements Callable<Integer> {

  private static final int PIECE = 256; // histories that one worker answers at once
  private static final int CHUNK = 32 * PIECE; // histories held at once

  @Spec CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "A directory that 'horae train' made.")
  Path run;

  @ArgGroup(multiplicity = "1")
  Source source;

  static final class Source {
    @Option(
        names = "--history",
        paramLabel = "ID[@TIME],...",
        description = "What one user did, oldest first.")
    String history;

    @Option(
        names = "--user",
        paramLabel = "ID",
        description = "A user of the data set, with everything known of them.")
    String user;

    @Option(
        names = "--input",
        paramLabel = "FILE.jsonl",
        description = "One history per line; the answer is one line per history.")
    Path input;
  }

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "The moment of recommending: later events are left out, events without a time get it."
              + " Default: now.")
  String at;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "10",
      description = "Items per history. Default: ${DEFAULT-VALUE}.")
  int top;

  @Option(names = "--exclude-seen", description = "Leave out items of the history.")
  boolean excludeSeen;

  @Option(
      names = "--explain",
      description =
          "Say what each view contributes to a score, which events mattered, and how the experts"
              + " were mixed. For --history and --user.")
  boolean explain;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Write JSON lines here, whole or not at all; - is standard output. What a link points to"
              + " is replaced; a device or a named pipe is written to.")
  Path output;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Where the data set lies, when it was moved since training.")
  Path data;

  private long moment;

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ParameterException(spec.commandLine(), "--top " + top + " is not positive");
    }
    if (explain && source.input != null) {
      throw new ParameterException(
          spec.commandLine(), "--explain goes with --history or --user, not with --input");
    }
    file(); // what cannot be written is refused before anything is read
    moment = at == null ? Instant.now().getEpochSecond() : time(at, "--at");
    RunDirectory directory = RunDirectory.open(run);
    Inputs inputs = Inputs.of(directory, data);
    Dataset dataset = inputs.dataset();
    try (Recommender recommender =
        new Recommender(
            Training.load(directory, dataset, inputs.features()),
            dataset.catalogue(),
            TrainingCounts.of(dataset.histories(), dataset.catalogue().size()),
            dataset.manifest().maxLength())) {
      if (source.input != null) {
        batch(recommender);
      } else {
        single(recommender, dataset);
      }
    }
    return 0;
  }

  private void single(Recommender recommender, Dataset dataset) {
    List<Event> all = source.user == null ? history(source.history) : historyOf(dataset);
    List<Event> history = all.stream().filter(event -> event.time() <= moment).toList();
    PrintWriter print = spec.commandLine().getOut();
    Object answer;
    String text;
    if (explain) {
      Explanation explanation = recommender.explain(history, top, excludeSeen);
      answer = explanation;
      text = Explanations.text(explanation, dataset.catalogue());
    } else {
      Answer plain = recommender.recommend(List.of(history), top, excludeSeen).get(0);
      answer = plain;
      text = Explanations.text(plain, dataset.catalogue());
    }
    if (output == null) {
      int later = all.size() - history.size();
      if (later > 0) {
        print.printf(
            "left out, later than %s: %s %s%n",
            Moment.day(moment), later, later == 1 ? "event" : "events");
      }
      print.print(text);
    } else {
      file().writeText(Json.line(answer) + "\n");
    }
    print.flush();
  }

  private OutputFile file() {
    return OutputFile.of("--output", output == null ? OutputFile.STANDARD_OUTPUT : output, spec);
  }

  private void batch(Recommender recommender) {
    file().write(out -> answer(recommender, out));
  }

  /** Holds a chunk of the file at a time; its pieces are read, answered and worded by workers. */
  private void answer(Recommender recommender, OutputStream out) throws IOException {
    try (HistoryLines lines = new HistoryLines(source.input, moment)) {
      long done = 0;
      for (List<HistoryLines.Raw> chunk = lines.next(CHUNK);
          !chunk.isEmpty();
          chunk = lines.next(CHUNK)) {
        List<HistoryLines.Raw> all = chunk;
        byte[][] answers = new byte[(all.size() + PIECE - 1) / PIECE][];
        Workers.each(
            answers.length,
            i -> {
              int end = Math.min(all.size(), (i + 1) * PIECE);
              answers[i] = answers(recommender, all.subList(i * PIECE, end));
            });
        for (byte[] answer : answers) {
          out.write(answer);
        }
        done += chunk.size();
        Console.progress().at("recommend", done, 0, "");
      }
    }
  }

  /** {@return a line of JSON for each history} */
  private byte[] answers(Recommender recommender, List<HistoryLines.Raw> raw) {
    List<HistoryLines.Line> lines = raw.stream().map(HistoryLines.Raw::line).toList();
    List<Answer> answers =
        recommender.recommend(
            lines.stream().map(HistoryLines.Line::history).toList(), top, excludeSeen);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("user", lines.get(i).user());
      line.put("items", answers.get(i).items());
      line.put("unknown", answers.get(i).unknown());
      text.append(Json.line(line)).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private List<Event> history(String text) {
    List<Event> events = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String event = part.strip();
      int sign = event.lastIndexOf('@');
      boolean timed = sign > 0; // without an id before it, '@' belongs to the id
      Optional<Moment> time = timed ? Moment.parse(event.substring(sign + 1)) : Optional.empty();
      if (timed && time.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            "--history: '"
                + event.substring(sign + 1)
                + "' in '"
                + event
                + "' is no time; write epoch seconds or 2014-07-23");
      }
      String id = timed ? event.substring(0, sign) : event;
      if (!id.isEmpty()) {
        events.add(new Event(id, time.map(Moment::seconds).orElse(moment)));
      }
    }
    return events;
  }

  private List<Event> historyOf(Dataset dataset) {
    int u = dataset.users().indexOf(source.user);
    if (u < 0) {
      throw new DataException(
          dataset.directory()
              + ": has no user '"
              + source.user
              + "'; give what they did with --history instead");
    }
    List<Event> events = new ArrayList<>();
    for (int e = dataset.histories().starts()[u]; e < dataset.histories().starts()[u + 1]; e++) {
      events.add(
          new Event(
              dataset.catalogue().item(dataset.histories().items()[e]).id(),
              dataset.histories().times()[e]));
    }
    return events;
  }

  private long time(String text, String option) {
    return Moment.parse(text)
        .map(Moment::seconds)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    option + " " + text + " is no time; write epoch seconds or 2014-07-23"));
  }
}
